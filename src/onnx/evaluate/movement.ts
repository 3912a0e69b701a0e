import { isNumeric } from '../tensors.js';
import type { Tensor, TensorData } from '../types.js';
import { broadcastMaps, flatIndices, numbersOf, repeat, stridesOf, take, type Kernel, type KernelCall } from './arrays.js';

const keep: Kernel = ({ inputs }) => inputs[0]?.data;

const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index);

function mapAxes(call: KernelCall, coordinate: (axis: number, index: number, size: number) => number): TensorData | undefined {
  const [input] = call.inputs;
  if (!input) return undefined;
  const strides = stridesOf(input.dims);
  const maps = call.dims.map((length, axis) =>
    upTo(length).map((index) => coordinate(axis, index, input.dims[axis] ?? 1) * (strides[axis] ?? 1)),
  );
  return take(input.data, flatIndices(maps));
}

const transpose: Kernel = (call) => {
  const [input] = call.inputs;
  if (!input) return undefined;
  const strides = stridesOf(input.dims);
  const order = call.integers('perm', 9) ?? upTo(input.dims.length).reverse();
  return take(
    input.data,
    flatIndices(call.dims.map((size, axis) => upTo(size).map((index) => index * (strides[order[axis] ?? 0] ?? 1)))),
  );
};

const expand: Kernel = (call) => {
  const [input] = call.inputs;
  return input && take(input.data, flatIndices(broadcastMaps(input.dims, call.dims)));
};

const tile: Kernel = (call) => mapAxes(call, (_, index, size) => index % size);

const slice: Kernel = (call) => {
  const rank = call.inputs[0]?.dims.length ?? 0;
  const starts = call.integers('starts', 1);
  if (!starts) return undefined;
  const axes = (call.integers('axes', 3) ?? upTo(starts.length)).map((axis) => (axis < 0 ? axis + rank : axis));
  const steps = call.integers('steps', 4) ?? [];
  return mapAxes(call, (axis, index, size) => {
    const at = axes.indexOf(axis);
    if (at < 0) return index;
    const [step, start] = [steps[at] ?? 1, starts[at] ?? 0];
    const positive = start < 0 ? start + size : start;
    const from = step > 0 ? Math.min(Math.max(positive, 0), size) : Math.min(Math.max(positive, -1), size - 1);
    return from + index * step;
  });
};

/** Axis of a call as an index from the front. */
function axisOf(call: KernelCall, rank: number): number {
  const axis = call.integer('axis', 0);
  return axis < 0 ? axis + rank : axis;
}

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

const gather: Kernel = (call) => {
  const [data] = call.inputs;
  const indices = numbersOf(call.inputs[1]);
  if (!data || !indices) return undefined;
  const axis = axisOf(call, data.dims.length);
  const [outer, size, inner] = [product(data.dims.slice(0, axis)), data.dims[axis] ?? 1, product(data.dims.slice(axis + 1))];
  const picked = Array.from(indices, (index) => (index < 0 ? index + size : index));
  if (picked.some((index) => index < 0 || index >= size)) return undefined;
  return take(
    data.data,
    flatIndices([upTo(outer).map((index) => index * size * inner), picked.map((index) => index * inner), upTo(inner)]),
  );
};

const concat: Kernel = (call) => {
  const parts = call.inputs.filter((input) => input !== undefined);
  const [first] = parts;
  if (!first || parts.some((part) => part.type !== first.type)) return undefined;
  const axis = axisOf(call, call.dims.length);
  const outer = product(call.dims.slice(0, axis));
  const whole = product(call.dims.slice(axis));
  if (!isNumeric(first.data)) return undefined;
  const result = first.data.slice(0, 0).constructor as new (length: number) => Float32Array;
  const joined = new result(outer * whole);
  let offset = 0;
  for (const part of parts) {
    const length = product(part.dims.slice(axis));
    const source = part.data as Float32Array;
    for (let row = 0; row < outer; row++) joined.set(source.subarray(row * length, (row + 1) * length), row * whole + offset);
    offset += length;
  }
  return joined;
};

const pad: Kernel = (call) => {
  const [input, , value, axesInput] = call.inputs;
  const pads = call.integers('pads', 1);
  if (!input || !pads || axesInput) return undefined;
  const strides = stridesOf(input.dims);
  const maps = call.dims.map((size, axis) =>
    upTo(size).map((index) => {
      const from = index - (pads[axis] ?? 0);
      return from >= 0 && from < (input.dims[axis] ?? 0) ? from * (strides[axis] ?? 1) : Number.NaN;
    }),
  );
  return take(input.data, flatIndices(maps), numbersOf(value)?.[0] ?? 0);
};

/** Sizes come from the inferred shape; the fill value is a one-element tensor attribute, 0.0 without it. */
export function constantOfShape(fill: Tensor | undefined): Kernel {
  return ({ dims }) => repeat(fill?.data ?? Float32Array.of(0), product(dims));
}

/** Kernels that move elements and never look at them, so that they serve every element type of at least a byte. */
export const movementKernels: Readonly<Record<string, Kernel>> = {
  Identity: keep,
  Reshape: keep,
  Flatten: keep,
  Squeeze: keep,
  Unsqueeze: keep,
  Dropout: ({ inputs }) => (inputs.length === 1 ? inputs[0]?.data : undefined),
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  Slice: slice,
  Gather: gather,
  Concat: concat,
  Pad: pad,
};
