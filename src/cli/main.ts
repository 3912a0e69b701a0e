#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { MessierError } from '../core/errors.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const program = new Command('messier')
  .description('Classifiers of astronomical images on ONNX Runtime. The command line tells what this machine can do.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('Run messier --help for the commands.')
  .addHelpText(
    'after',
    `
Examples:
  messier doctor            what this machine can do
  messier doctor --json     the same for a program

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`,
  );

program
  .command('doctor')
  .description('Show what this machine can do: processor, devices with their measured speed, browser, disk.')
  .option('--json', 'print JSON instead of a table')
  .option('--no-measure', 'do not measure speed')
  .addHelpText(
    'after',
    `
Each device is tried in a process of its own. Speed is that of a product of two 1024 x 1024 float32 matrices, the median of 5.
The devices are those of the library's option \`device\`; its "auto" never takes a software adapter.

Examples:
  messier doctor
  messier doctor --json | jq '.devices[] | select(.available)'

Exit codes: 0 the processor can run models, 1 it cannot (reinstall onnxruntime-node), 2 wrong usage, 130 interrupted.`,
  )
  .action(async (options: { json?: boolean; measure: boolean }) => {
    // Loaded when asked for, so that --help stays quick.
    const { doctor } = await import('./doctor.js');
    process.exitCode = await doctor({ json: options.json === true, measure: options.measure });
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints what the user needs to know of an error and chooses the exit code. */
function report(error: unknown): number {
  if (error instanceof Error && 'exitCode' in error && 'code' in error) {
    // Commander has printed its message.
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof Error && error.name === 'AbortError') return 130;
  if (error instanceof MessierError) console.error(`${error.message} [${error.code}]`);
  else console.error(error);
  return 1;
}
