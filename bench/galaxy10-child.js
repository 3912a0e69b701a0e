/**
 * Writes and reads the file of galaxy10-read.ts: plain JavaScript on the built package, because a process that translates TypeScript takes
 * several hundred megabytes of its own.
 */
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { URL } from 'node:url';

const side = 256;
const bytes = side * side * 3;

/** Faint noise that each picture starts elsewhere in, so that neighbours differ. */
const noise = new Uint8Array(bytes + 65_536);
for (let i = 0, state = 1; i < noise.length; i++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  noise[i] = (state >>> 24) % 160;
}
const picture = (index) => noise.subarray((index * 37) % 65_536, ((index * 37) % 65_536) + bytes);

async function write(path, items, chunks) {
  const { File, ready } = await import('h5wasm/node');
  const module = await ready;
  const file = new File(path, 'w');
  file.create_dataset({ name: 'ans', data: Uint8Array.from({ length: items }, (_, index) => index % 10) });
  const shape = [items, side, side, 3];
  const blocks = chunks ? chunks.map((length, axis) => Math.min(length, shape[axis])) : null;
  const kind = { type: 0, size: 1, signed: false, littleEndian: true, vlen: false, total_size: items * bytes };
  const packing = { chunks: blocks, compression: chunks ? 1 : 0, compression_opts: chunks ? [1] : [], track_order: false };
  // The library's own function takes the shape alone; that it finds no values to write, it says on standard error.
  module.create_dataset(file.file_id, 'images', 0n, {
    ...kind,
    ...packing,
    shape: shape.map(BigInt),
    maxshape: shape.map(BigInt),
  });
  const step = chunks?.[0] ?? 32;
  const room = module._malloc(step * bytes);
  for (let start = 0; start < items; start += step) {
    const count = Math.min(step, items - start);
    for (let i = 0; i < count; i++) module.HEAPU8.set(picture(start + i), room + i * bytes);
    const sizes = [count, side, side, 3].map(BigInt);
    const status = module.set_dataset_data(
      file.file_id,
      'images',
      sizes,
      [BigInt(start), 0n, 0n, 0n],
      [1n, 1n, 1n, 1n],
      BigInt(room),
    );
    if (status < 0) throw new Error(`set_dataset_data answers ${status}`);
  }
  file.close();
}

/** Reads everything in order; prints figures as JSON. */
async function read(path, built) {
  const { openDataset } = await import(new URL('dataset/open.js', built).href);
  const start = performance.now();
  const dataset = await openDataset(path);
  const opened = performance.now();
  let longest = 0;
  let last = opened;
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  for (const [index, item] of dataset.items.entries()) {
    const { picture: found } = await dataset.load(item);
    if (Buffer.compare(found.data, picture(index)) !== 0) throw new Error(`Picture ${index} is not what was written.`);
  }
  clearInterval(timer);
  const seconds = (performance.now() - opened) / 1000;
  const figures = {
    items: dataset.items.length,
    openMs: Math.round(opened - start),
    itemsPerSecond: Math.round(dataset.items.length / seconds),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    longestPauseMs: Math.round(longest),
  };
  await dataset.close();
  console.log(JSON.stringify(figures));
}

const [task, path, more, chunks] = process.argv.slice(2);
if (task === 'write') await write(path, Number(more), JSON.parse(chunks));
else await read(path, more);
