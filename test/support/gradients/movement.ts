import fc from 'fast-check';
import type { GraphBuilder } from '../../../src/onnx/builder.js';
import type { Value } from '../../../src/onnx/assembler.js';
import { axesOf, axisOf, dims, drawn, each, nodeCase, operand, type CaseTable, type DrawnCase } from './cases.js';
import { anything, distinct } from './samplers.js';

const shapes = dims({ from: 1, to: 4 });

/** A shape and something drawn for it. */
function shaped<T>(
  shape: fc.Arbitrary<number[]>,
  draw: (shape: number[]) => fc.Arbitrary<T>,
): fc.Arbitrary<{ shape: number[]; with: T }> {
  return shape.chain((value) => draw(value).map((drawnFor) => ({ shape: value, with: drawnFor })));
}

const total = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

const reshape = drawn(
  shaped(shapes, (shape) => fc.constantFrom<readonly number[]>([-1], [total(shape)], [0, -1], [1, total(shape), 1])),
  ({ shape, with: target }) => ({ operands: [operand(shape, anything)], build: (g, [x]) => g.reshape(x!, target) }),
);
const flatten = drawn(
  shaped(shapes, (shape) => fc.integer({ min: -shape.length, max: shape.length })),
  ({ shape, with: axis }) => nodeCase('Flatten', [operand(shape, anything)], { axis }),
);
const squeeze = drawn(
  shaped(dims({ from: 1, to: 4 }, 2), (shape) =>
    fc
      .constantFrom('listed', 'all')
      .map((which) => (which === 'all' ? undefined : [...shape.keys()].filter((axis) => shape[axis] === 1))),
  ),
  ({ shape, with: axes }) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => g.op('Squeeze', [x, axes && g.ints(axes)]),
  }),
);
const unsqueeze = drawn(
  shaped(dims({ from: 0, to: 3 }), (shape) => axesOf(shape.length + 2, 2).map((axes) => axes.slice(0, 2))),
  ({ shape, with: axes }) => ({ operands: [operand(shape, anything)], build: (g, [x]) => g.unsqueeze(x!, axes) }),
);
const transpose = drawn(
  shaped(shapes, (shape) => fc.option(fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }), { nil: undefined })),
  ({ shape, with: perm }) => nodeCase('Transpose', [operand(shape, anything)], { perm }),
);

const concat = drawn(
  shaped(shapes, (shape) =>
    fc.record({ axis: axisOf(shape.length), sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }) }),
  ),
  ({ shape, with: { axis, sizes } }) =>
    nodeCase(
      'Concat',
      sizes.map((size) => operand(shape.with(axis, size), anything)),
      { axis },
    ),
);

/** Given sizes, equal shares, or equal shares with a smaller last one (opset 18); the loss may ignore some. */
const split = drawn(
  shaped(dims({ from: 1, to: 3 }), (shape) =>
    fc.record({
      axis: axisOf(shape.length),
      sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 4 }),
      ignored: fc.nat(3),
      uneven: fc.boolean(),
    }),
  ),
  ({ shape, with: { axis, sizes, ignored, uneven } }) => ({
    opset: uneven ? 18 : 17,
    operands: [operand(shape.with(axis, uneven ? sizes.length * 2 - 1 : total([sizes.reduce((a, b) => a + b, 0)])), anything)],
    build: (g, [x]) => {
      const attributes = uneven ? { axis, num_outputs: sizes.length } : { axis };
      const parts = g.node('Split', uneven ? [x] : [x, g.ints(sizes)], attributes, { outputs: sizes.length });
      return parts.filter((_, index) => index !== ignored);
    },
  }),
);

/** Any start, end and step that leave something. */
const slice = drawn(
  shaped(dims({ from: 1, to: 3 }, 6, 2), (shape) =>
    axesOf(shape.length).chain((axes) =>
      each(axes, (axis) => {
        const size = shape.at(axis)!;
        return fc
          .record({
            start: fc.integer({ min: -size - 2, max: size - 1 }),
            length: fc.integer({ min: 1, max: size }),
            step: fc.constantFrom(1, 2, 3, -1, -2),
          })
          .map(({ start, length, step }) => {
            const first = Math.max(start < 0 ? start + size : start, 0);
            const last = first + Math.sign(step) * length;
            return { axis, start, step, end: step < 0 && last < 0 ? Number.MIN_SAFE_INTEGER : last };
          });
      }),
    ),
  ),
  ({ shape, with: parts }) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => {
      const lists = (['start', 'end', 'axis', 'step'] as const).map((key) => g.ints(parts.map((part) => part[key])));
      return g.op('Slice', [x, ...lists]);
    },
  }),
);

const indicesFor = (size: number, count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -size, max: size - 1 }), { minLength: count, maxLength: count });

const int64 = (g: GraphBuilder, shape: readonly number[], values: readonly number[]): Value =>
  g.constant({ type: 'int64', dims: shape, data: BigInt64Array.from(values, BigInt) });

/** Repeated and negative indices of any rank. */
const gather = drawn(
  shaped(shapes, (shape) =>
    fc.tuple(axisOf(shape.length), dims({ from: 0, to: 2 }, 3)).chain(([axis, indexShape]) =>
      fc.record({
        axis: fc.constant(axis),
        indexShape: fc.constant(indexShape),
        indices: indicesFor(shape.at(axis)!, total(indexShape)),
      }),
    ),
  ),
  ({ shape, with: { axis, indexShape, indices } }) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => g.gather(x!, int64(g, indexShape, indices), axis),
  }),
);
const gatherElements = drawn(
  shaped(shapes, (shape) =>
    fc
      .tuple(axisOf(shape.length), fc.integer({ min: 1, max: 5 }))
      .chain(([axis, count]) =>
        indicesFor(shape.at(axis)!, total(shape.with(axis, count))).map((indices) => ({ axis, count, indices })),
      ),
  ),
  ({ shape, with: { axis, count, indices } }) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => g.op('GatherElements', [x, int64(g, shape.with(axis, count), indices)], { axis }),
  }),
);
const gatherND = drawn(
  shaped(dims({ from: 2, to: 3 }), (shape) =>
    fc.array(fc.tuple(fc.nat(shape[0]! - 1), fc.nat(shape[1]! - 1)), { minLength: 1, maxLength: 5 }),
  ),
  ({ shape, with: rows }) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => g.op('GatherND', [x, int64(g, [rows.length, 2], rows.flat())]),
  }),
);

const scatterReduction = fc.constantFrom(undefined, 'none', 'add');
/** Distinct places where elements are replaced: what happens to repeated ones is not defined. */
const scatterElements = drawn(
  shaped(dims({ from: 1, to: 3 }), (shape) =>
    axisOf(shape.length).chain((axis) =>
      fc.record({
        axis: fc.constant(axis),
        rows: fc.shuffledSubarray([...new Array(shape.at(axis)).keys()], { minLength: 1 }),
        reduction: scatterReduction,
      }),
    ),
  ),
  ({ shape, with: { axis, rows, reduction } }) => {
    const updates = shape.with(axis, rows.length);
    const inner = total(axis < 0 ? shape.slice(axis + shape.length + 1) : shape.slice(axis + 1));
    const indices = Array.from({ length: total(updates) }, (_, index) => rows[Math.floor(index / inner) % rows.length]!);
    return {
      operands: [operand(shape, anything), operand(updates, anything)],
      build: (g, [x, y]) => g.op('ScatterElements', [x, int64(g, updates, indices), y], { axis, reduction }),
    };
  },
);
const scatterND = drawn(
  shaped(dims({ from: 1, to: 3 }), (shape) =>
    fc.record({ rows: fc.shuffledSubarray([...new Array(shape[0]).keys()], { minLength: 1 }), reduction: scatterReduction }),
  ),
  ({ shape, with: { rows, reduction } }) => ({
    operands: [operand(shape, anything), operand([rows.length, ...shape.slice(1)], anything)],
    build: (g, [x, y]) => g.op('ScatterND', [x, int64(g, [rows.length, 1], rows), y], { reduction }),
  }),
);
const topK = drawn(
  shaped(dims({ from: 1, to: 3 }), (shape) =>
    axisOf(shape.length).chain((axis) =>
      fc.record({ axis: fc.constant(axis), k: fc.integer({ min: 1, max: shape.at(axis)! }), largest: fc.constantFrom(0, 1) }),
    ),
  ),
  ({ shape, with: { axis, k, largest } }) => ({
    operands: [operand(shape, distinct)],
    build: (g, [x]) => g.node('TopK', [x, g.ints([k])], { axis, largest }, { outputs: 2 }).slice(0, 1),
  }),
);

/** The number around the data has a gradient too. */
const padFill = drawn(
  shaped(dims({ from: 1, to: 3 }, 5, 3), (shape) =>
    fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 2 * shape.length, maxLength: 2 * shape.length }),
  ),
  ({ shape, with: pads }) => ({
    operands: [operand(shape, anything), operand([], anything)],
    build: (g, [x, fill]) => g.op('Pad', [x, g.ints(pads), fill]),
  }),
);

/** Every mode, with negative pads (which crop) wherever something is left. */
function pad(mode: string): fc.Arbitrary<DrawnCase> {
  return drawn(
    shaped(dims({ from: 1, to: 3 }, 5, 4), (shape) =>
      fc.record({
        axes: fc.option(axesOf(shape.length), { nil: undefined }),
        pads: fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 2 * shape.length, maxLength: 2 * shape.length }),
      }),
    ),
    ({ shape, with: { axes, pads } }) => ({
      opset: mode === 'wrap' ? 19 : axes ? 18 : 17,
      operands: [operand(shape, anything)],
      build: (g, [x]) => {
        const given = mode === 'wrap' ? pads.map(Math.abs) : pads;
        const used = axes ? [...given.slice(0, axes.length), ...given.slice(shape.length, shape.length + axes.length)] : given;
        return g.op('Pad', [x, g.ints(used), undefined, axes && g.ints(axes)], { mode });
      },
    }),
  );
}

const expand = drawn(
  shaped(dims({ from: 0, to: 3 }, 2), (shape) =>
    fc
      .tuple(
        dims({ from: 0, to: 1 }, 3),
        each(shape, (dim) => (dim === 1 ? fc.integer({ min: 1, max: 3 }) : fc.constantFrom(1, dim))),
      )
      .map(([lead, rest]) => [...lead, ...rest]),
  ),
  ({ shape, with: target }) => ({ operands: [operand(shape, anything)], build: (g, [x]) => g.expand(x!, target) }),
);
const tile = drawn(
  shaped(shapes, (shape) => each(shape, () => fc.integer({ min: 1, max: 3 }))),
  ({ shape, with: repeats }) => ({ operands: [operand(shape, anything)], build: (g, [x]) => g.tile(x!, repeats) }),
);

const blocks = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  block: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 1, max: 3 }),
  width: fc.integer({ min: 1, max: 3 }),
});
const depthToSpace = drawn(
  fc.record({ blocks, mode: fc.constantFrom(undefined, 'DCR', 'CRD') }),
  ({ blocks: { batch, block, channels, height, width }, mode }) =>
    nodeCase('DepthToSpace', [operand([batch, channels * block * block, height, width], anything)], { blocksize: block, mode }),
);
const spaceToDepth = drawn(blocks, ({ batch, block, channels, height, width }) =>
  nodeCase('SpaceToDepth', [operand([batch, channels, height * block, width * block], anything)], { blocksize: block }),
);
const trilu = drawn(
  fc.record({
    shape: dims({ from: 2, to: 3 }),
    upper: fc.constantFrom(undefined, 0, 1),
    k: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
  }),
  ({ shape, upper, k }) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => g.op('Trilu', [x, k === undefined ? undefined : g.int(k)], { upper }),
  }),
);
const reverseSequence = drawn(
  shaped(dims({ from: 2, to: 3 }), (shape) =>
    each(new Array<number>(shape[1]!).fill(shape[0]!), (length) => fc.integer({ min: 1, max: length })),
  ),
  ({ shape, with: lengths }) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => g.op('ReverseSequence', [x, g.ints(lengths)]),
  }),
);

/** Operators that move elements. */
export const movementCases: CaseTable = {
  Concat: concat,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  Pad: fc.oneof(pad('constant'), pad('edge'), pad('reflect'), pad('wrap'), padFill),
  Reshape: reshape,
  ReverseSequence: reverseSequence,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  TopK: topK,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
};
