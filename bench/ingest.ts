/**
 * Taking local JPEGs in (hash, whole decode, checks, perceptual hash, thumbnail) beside what sharp alone needs to decode the same files to pixels and
 * make the same thumbnails: `npx tsx bench/ingest.ts`, `--json` for machines. Both take turns in one process, with as many pictures at once.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { intake } from '../src/collect/intake.js';
import { findShared } from '../test/support/shared-data.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, json: { type: 'boolean', default: false } },
});
/** Pictures at once. */
const atOnce = 8;
const thumbnail = { width: 192, height: 192, fit: 'inside', withoutEnlargement: true } as const;

type Way = (bytes: Buffer) => Promise<unknown>;

/** What one may write with sharp: the thumbnail from the file again, where JPEGs are decoded at a smaller scale, or from the pixels. */
const alone: Readonly<Record<string, Way>> = {
  'from the file': async (bytes) => {
    const small = sharp(bytes).resize(thumbnail).jpeg().toBuffer();
    await sharp(bytes).autoOrient().raw().toBuffer();
    await small;
  },
  'from the pixels': async (bytes) => {
    const { data, info } = await sharp(bytes).autoOrient().raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    await sharp(data, { raw: { width, height, channels } }).resize(thumbnail).jpeg().toBuffer();
  },
};

/** Milliseconds a picture. */
async function time(files: readonly Buffer[], way: Way): Promise<number> {
  const start = performance.now();
  const left = files.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const bytes of left) await way(bytes);
    }),
  );
  return (performance.now() - start) / files.length;
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

async function compare(name: string, files: readonly Buffer[], rounds: number) {
  const ways: Readonly<Record<string, Way>> = { messier: (bytes) => intake(bytes), ...alone };
  const times = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
  for (let round = -1; round < rounds; round++) {
    for (const [way, act] of Object.entries(ways)) {
      const taken = await time(files, act);
      // The first round warms up.
      if (round >= 0) times.get(way)?.push(taken);
    }
  }
  const rates = Object.fromEntries([...times].map(([way, list]) => [way, 1000 / median(list)]));
  const { messier = NaN, ...others } = rates;
  const peer = Math.max(...Object.values(others));
  return { name, pictures: files.length, rates, ratio: messier / peer };
}

/** Real pictures of at most 256 pixels a side, and the same enlarged to 1600. */
async function sets(): Promise<readonly (readonly [string, readonly Buffer[]])[]> {
  const folder = findShared('astro6_256', 'images');
  if (folder === undefined) return [];
  const names = (await readdir(folder, { recursive: true })).filter((file) => /\.jpe?g$/i.test(file)).sort();
  const small = await Promise.all(names.slice(0, 400).map((file) => readFile(join(folder, file))));
  const enlarge = (bytes: Buffer, side: number) =>
    sharp(bytes).resize(side, side, { fit: 'inside' }).jpeg({ quality: 90 }).toBuffer();
  return [
    ['256 pixels', small],
    ['640 pixels', await Promise.all(small.slice(0, 120).map((bytes) => enlarge(bytes, 640)))],
    ['1600 pixels', await Promise.all(small.slice(0, 40).map((bytes) => enlarge(bytes, 1600)))],
  ];
}

const results = [];
for (const [name, files] of await sets()) results.push(await compare(name, files, Number(values.rounds)));
if (values.json) console.log(JSON.stringify(results));
else {
  for (const { name, pictures, rates, ratio } of results) {
    const said = Object.entries(rates).map(([way, rate]) => `${way} ${rate.toFixed(0)}/s`);
    console.log(`${name} (${pictures} pictures): ${said.join(', ')}; ratio ${ratio.toFixed(2)}`);
  }
}
