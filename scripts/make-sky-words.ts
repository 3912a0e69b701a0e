/**
 * Makes src/clean/sky-words.ts: which of ImageNet's classes a MobileNetV2 sees in pictures of the sky.
 * `npx tsx scripts/make-sky-words.ts <shared data>`; takes some minutes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describePictures } from '../src/clean/describe.js';
import { openDataset } from '../src/dataset/open.js';
import { makePixelCache } from '../src/dataset/pixel-cache.js';
import { defaultStretch } from '../src/sky/stretch.js';

/** Collections of the web say most of what is looked for; surveys keep galaxies and radio sources among what the sky shows. */
const shares = { astro6_256: 0.5, gz1_256: 0.125, rings_256: 0.125, messier_pairs: 0.125, 'frdeep_radio/FIRST': 0.125 };
/** Share of all classes alike: none is impossible. */
const spread = 0.1;

const [data = '../shared/data'] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'sky-words-'));
try {
  const mean = new Float64Array(1000);
  for (const [name, share] of Object.entries(shares)) {
    const dataset = await openDataset(join(data, name));
    const cache = await makePixelCache(dataset, { side: 224, channels: 3, fit: 'stretch', stretch: defaultStretch, folder });
    const { words } = await describePictures(cache, { path: join(data, 'weights', 'mobilenet_v2_imagenet.onnx') }, { folder });
    const values = words?.data as Float32Array;
    const pictures = values.length / 1000;
    for (const [at, value] of values.entries()) mean[at % 1000] = (mean[at % 1000] ?? 0) + (share * value) / pictures;
    await dataset.close();
  }
  const ratios = [...mean].map((value) => Math.log((value + spread / 1000) / (1 + spread) / (1 / 1000)));
  const rows: string[] = [];
  for (let start = 0; start < 1000; start += 20) {
    rows.push(
      ratios
        .slice(start, start + 20)
        .map((ratio) => ratio.toFixed(1))
        .join(' '),
    );
  }
  const comment = `/**
 * ln of how often a MobileNetV2 sees each of ImageNet's 1,000 classes in pictures of the sky, by how often in ImageNet, where all are as frequent. Measured
 * on five public collections; made by scripts/make-sky-words.ts.
 */`;
  const text = `${comment}\nexport const skyWords: readonly number[] = \`\n${rows.join('\n')}\n\`\n  .trim()\n  .split(/\\s+/)\n  .map(Number);\n`;
  await writeFile(new URL('../src/clean/sky-words.ts', import.meta.url), text);
} finally {
  await rm(folder, { recursive: true });
}
