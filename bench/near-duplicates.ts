/**
 * Near-duplicates among a million perceptual hashes: `npx tsx bench/near-duplicates.ts`, `-- --items 100000` for fewer. Random hashes, of which one in a
 * hundred is a copy that differs in up to 8 bits; every copy must be found. Budget: 60 s and 2 GB.
 */
import { parseArgs } from 'node:util';
import { randomStream } from '../src/core/random.js';
import { nearDuplicates, type Fingerprinted } from '../src/dataset/near-duplicates.js';

const { values } = parseArgs({ options: { items: { type: 'string', default: '1000000' } } });
const total = Number(values.items);
const copyEvery = 100;
const distance = 8;

const stream = randomStream(1, 'near-duplicates');
const digits = (count: number): string =>
  Array.from({ length: count / 4 }, () => stream.integer(0x10000).toString(16).padStart(4, '0')).join('');

function altered(hash: string): string {
  let bits = BigInt(`0x${hash}`);
  const flips = 1 + stream.integer(distance);
  for (let flip = 0; flip < flips; flip++) bits ^= 1n << BigInt(stream.integer(64));
  return bits.toString(16).padStart(16, '0');
}

const items: Fingerprinted[] = [];
for (let index = 0; index < total; index++) {
  const original = items[index - copyEvery / 2];
  const perceptual = index % copyEvery === copyEvery / 2 && original ? altered(original.perceptual) : digits(16);
  items.push({ id: String(index), hash: digits(64), perceptual });
}

const start = process.hrtime.bigint();
const groups = nearDuplicates(items, { distance });
const seconds = Number(process.hrtime.bigint() - start) / 1e9;

const groupOf = new Map(groups.flatMap((group, number) => group.map((place) => [place, number] as const)));
const copies = items.flatMap((_, index) => (index % copyEvery === copyEvery / 2 ? [index] : []));
const missed = copies.filter(
  (index) => groupOf.get(index) === undefined || groupOf.get(index) !== groupOf.get(index - copyEvery / 2),
);
if (missed.length > 0) throw new Error(`${missed.length} of ${copies.length} copies were not found.`);
const peak = process.resourceUsage().maxRSS / 1024;
console.log(
  `${total} hashes, ${copies.length} copies, ${groups.length} groups: ${seconds.toFixed(1)} s, peak memory ${peak.toFixed(0)} MiB`,
);
