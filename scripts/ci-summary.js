/**
 * Prints `N passed, N failed` from a report of Vitest's JSON reporter: `node scripts/ci-summary.js report.json`.
 * A test file that failed as a whole (it did not load, say) has no failed test of its own and counts as one failure.
 */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
const skipped = report.numPendingTests + report.numTodoTests;
if (skipped > 0) {
  console.log(`${skipped} skipped`);
}
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles.length} failed`);
