/**
 * Memory and speed of reading a file as large as Galaxy10 DECaLS (17,736 pictures of 256 x 256 x 3, 3.5 GB of values) through openDataset of the
 * built package. Files are generated in a temporary folder; each is read in order, in a process of its own, and every picture is compared.
 *
 * npm run build && npx tsx bench/galaxy10-read.ts [--items 17736] [--layout contiguous] [--built dist] [--json]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** Blocks along (N, H, W, C): none, whole pictures, and what h5py chooses itself for this shape. */
const layouts: Readonly<Record<string, readonly number[] | null>> = {
  contiguous: null,
  'gzip-pictures': [8, 256, 256, 3],
  'gzip-h5py': [555, 16, 16, 1],
};

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '17736' },
    layout: { type: 'string' },
    built: { type: 'string', default: 'dist' },
    json: { type: 'boolean', default: false },
  },
});
const child = fileURLToPath(new URL('galaxy10-child.js', import.meta.url));
const inProcess = (...rest: string[]) =>
  execFileSync('node', [child, ...rest], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const rows: Record<string, unknown>[] = [];
const folder = mkdtempSync(join(tmpdir(), 'messier-bench-'));
try {
  for (const [layout, chunks] of Object.entries(layouts)) {
    if ((values.layout ?? layout) !== layout) continue;
    const file = join(folder, 'Galaxy10_DECals.h5');
    inProcess('write', file, values.items, JSON.stringify(chunks));
    const figures = JSON.parse(inProcess('read', file, `${pathToFileURL(resolve(values.built)).href}/`)) as Record<
      string,
      unknown
    >;
    rows.push({ layout, fileMegabytes: Math.round(statSync(file).size / 2 ** 20), ...figures });
    rmSync(file);
  }
} finally {
  rmSync(folder, { recursive: true });
}
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);
