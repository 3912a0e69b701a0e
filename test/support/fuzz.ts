import fc from 'fast-check';
import { float, bytes, message, varint } from './wire.js';

const environment = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

/** Runs of each fuzz property; raise with MESSIER_FUZZ_RUNS, replay with MESSIER_FUZZ_SEED. */
export function fuzzSettings(runs: number): { readonly numRuns: number; readonly seed: number } {
  const settings = { numRuns: environment('MESSIER_FUZZ_RUNS', runs), seed: environment('MESSIER_FUZZ_SEED', Date.now() | 0) };
  console.info(`MESSIER_FUZZ_SEED=${settings.seed} MESSIER_FUZZ_RUNS=${settings.numRuns}`);
  return settings;
}

/** One change to a file. */
type Change = (file: Uint8Array) => Uint8Array;

const at = fc.nat(0xffffff).map((value) => value / 0x1000000);
const place = (file: Uint8Array, share: number): number => Math.floor(share * file.length);

/**
 * Files damaged as it happens and as it is done on purpose: bytes changed, cut off, dropped, moved in from another file.
 * Without a bias, because fast-check's favours small numbers and so the head of each file, where nothing survives.
 */
export function damaged(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(damage(files), { minLength: 1, maxLength: 3 });
  return fc
    .noBias(fc.tuple(fc.constantFrom(...files), changes))
    .map(([file, list]) => list.reduce((data, change) => change(data), file));
}

function damage(files: readonly Uint8Array[]): fc.Arbitrary<Change> {
  const overwrite = fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 12 })).map(([share, content]): Change => (file) => {
    const out = file.slice();
    const start = place(file, share);
    out.set(content.subarray(0, file.length - start), start);
    return out;
  });
  // Bytes that mean something to protobuf: ends and continuations of varints, the largest lengths, zero.
  const poke = fc.tuple(at, fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x12)).map(([share, byte]): Change => (file) => {
    const out = file.slice();
    if (out.length > 0) out[place(file, share)] = byte;
    return out;
  });
  const flip = fc.tuple(at, fc.nat(7)).map(([share, bit]): Change => (file) => {
    const out = file.slice();
    const start = place(file, share);
    if (out.length > 0) out[start] = (out[start] ?? 0) ^ (1 << bit);
    return out;
  });
  const cut = at.map(
    (share): Change =>
      (file) =>
        file.subarray(0, place(file, share)),
  );
  const drop = fc.tuple(at, fc.nat(64)).map(([share, count]): Change => (file) => {
    const start = place(file, share);
    return message(file.subarray(0, start), file.subarray(start + count));
  });
  const splice = fc.tuple(at, fc.constantFrom(...files), at, fc.nat(200)).map(([share, other, from, count]): Change => (file) => {
    const start = place(file, share);
    const piece = other.subarray(place(other, from), place(other, from) + count);
    return message(file.subarray(0, start), piece, file.subarray(start));
  });
  return fc.oneof({ weight: 4, arbitrary: flip }, overwrite, poke, cut, drop, splice);
}

const names = fc.oneof(
  fc.constantFrom('x', 'y', 'w', 'a', '', '__proto__', 'constructor'),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const numbers = fc.oneof(
  fc.nat(24),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.constantFrom(-1, 2 ** 31, 2 ** 40),
);
const values = fc.oneof(
  names.map((name) => Buffer.from(name)),
  fc.uint8Array({ maxLength: 16 }),
);
const operators = fc.constantFrom(
  'Relu',
  'Add',
  'Softmax',
  'Clip',
  'Pad',
  'Slice',
  'Upsample',
  'BatchNormalization',
  'PRelu',
  'If',
  'Tile',
);

const text = (field: number): fc.Arbitrary<Uint8Array> => names.map((name) => bytes(field, name));
const number = (field: number): fc.Arbitrary<Uint8Array> => numbers.map((value) => varint(field, value));
const noise = fc.tuple(fc.integer({ min: 1, max: 30 }), values).map(([field, value]) => bytes(field, value));
const oneOf = (field: number, inner: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  inner.map((content) => bytes(field, content));
const some = (...fields: readonly fc.Arbitrary<Uint8Array>[]): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.oneof({ maxDepth: 3 }, noise, ...fields), { maxLength: 10 }).map((parts) => message(...parts));

const tensor = fc
  .tuple(
    fc.array(number(1), { maxLength: 3 }),
    number(2),
    text(8),
    some(number(7), number(5), number(14), text(6), text(13), oneOf(9, values)),
  )
  .map(([dims, type, name, rest]) => message(...dims, type, name, rest));
const type = some(oneOf(1, some(number(1), oneOf(2, some(oneOf(1, some(number(1), text(2))))))));
const value = fc.tuple(text(1), oneOf(2, type)).map((parts) => message(...parts));

const { graph } = fc.letrec<{ graph: Uint8Array; attribute: Uint8Array; node: Uint8Array }>((tie) => ({
  attribute: fc
    .tuple(
      text(1),
      fc.nat(14).map((code) => varint(20, code)),
      some(
        fc.float().map((content) => float(2, content)),
        number(3),
        text(4),
        oneOf(5, tensor),
        oneOf(6, tie('graph')),
        number(8),
        text(9),
      ),
    )
    .map((parts) => message(...parts)),
  node: fc
    .tuple(
      fc.array(text(1), { maxLength: 3 }),
      fc.array(text(2), { maxLength: 2 }),
      oneOf(
        4,
        operators.map((name) => Buffer.from(name)),
      ),
      fc.array(oneOf(5, tie('attribute')), { maxLength: 3 }),
    )
    .map(([inputs, outputs, operator, attributes]) => message(...inputs, ...outputs, operator, ...attributes)),
  graph: some(
    oneOf(1, tie('node')),
    oneOf(1, tie('node')),
    oneOf(5, tensor),
    oneOf(11, value),
    oneOf(12, value),
    oneOf(13, value),
    text(2),
  ),
}));

/** Models that have the outline of one and lie in everything else. */
export const lyingModel: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.integer({ min: 1, max: 21 }), oneOf(7, graph), fc.array(fc.oneof(noise, number(1)), { maxLength: 2 }))
  .map(([opset, body, rest]) => message(bytes(8, varint(2, opset)), body, ...rest));
