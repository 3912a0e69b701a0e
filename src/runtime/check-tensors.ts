import { MessierError } from '../core/errors.js';
import { byteSize, isNumeric, viewBytes } from '../onnx/tensors.js';
import type { Dim, Tensor, ValueInfo } from '../onnx/types.js';
import type { TensorRecord } from './types.js';

/**
 * Holds tensors against the inputs they are meant for, before they travel anywhere: ONNX Runtime's own words for these mistakes name no
 * input or no way out, and a scalar's dimensions it does not check.
 *
 * @throws MessierError `runtime/feed-unknown`, `runtime/tensor-type`, `runtime/tensor-size`, `runtime/tensor-moved`, `runtime/feed-shape`.
 */
export function checkTensors(tensors: TensorRecord, inputs: readonly ValueInfo[]): void {
  if (!isObject(tensors)) {
    throw new MessierError('runtime/tensor-type', `Tensors by input name expected, ${describe(tensors)} received. ${form}`);
  }
  const unknown = Object.keys(tensors).filter((name) => !inputs.some((input) => input.name === name));
  if (unknown.length > 0) {
    const known = quote(inputs.map(({ name }) => name));
    throw new MessierError('runtime/feed-unknown', `The graph has no input ${quote(unknown)}; it has ${known}.`);
  }
  for (const input of inputs) {
    if (Object.hasOwn(tensors, input.name)) checkTensor(tensors[input.name], input);
  }
}

const form = 'Pass tensors as { image: { type: "float32", dims: [1, 3, 64, 64], data: pixels } }.';

function checkTensor(given: unknown, { name, type, shape = [] }: ValueInfo): asserts given is Tensor {
  // A scalar and a tensor of unknown rank look alike in what ONNX Runtime tells of a model.
  const expected = shape.length === 0 ? type : show(type, shape);
  const refuse = (code: string, received: string, remedy: string): never => {
    throw new MessierError(code, `"${name}": ${expected} expected, ${received} received. ${remedy}`);
  };
  if (!isTensor(given)) return refuse('runtime/tensor-type', describe(given), form);
  const received = show(given.type, given.dims);
  if (given.type !== type) refuse('runtime/tensor-type', received, `Convert the data to ${type}, or cast in the graph.`);
  const kept = isNumeric(given.data) ? viewOf(given.data) : 'list of strings';
  const asked = type === 'string' ? 'list of strings' : viewOf(viewBytes(type, new Uint8Array()));
  if (kept !== asked && !(type === 'float16' && kept === 'Float16Array')) {
    refuse('runtime/tensor-type', `${received} in a ${kept}`, `Put the data into a ${asked}.`);
  }
  if (given.data.length === 0 && !given.dims.includes(0)) {
    const message = `"${name}" has no elements: an earlier run with transfer moved them. Fill a new array.`;
    throw new MessierError('runtime/tensor-moved', message);
  }
  checkSize(name, given);
  const matches = given.dims.length === shape.length && shape.every((dim, axis) => fits(dim, given.dims[axis]));
  if (shape.length > 0 && !matches) {
    refuse('runtime/feed-shape', received, 'Reshape, resize or pad the data, or make the graph for this shape.');
  }
}

/** As many elements as the dimensions claim. */
function checkSize(name: string, { type, dims, data }: Tensor): void {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const natural = dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  const same = isNumeric(data) ? data.byteLength === byteSize(type, count) : data.length === count;
  if (natural && same) return;
  const wanted = natural ? `${count} elements` : 'dimensions that are whole numbers from 0 up';
  throw new MessierError(
    'runtime/tensor-size',
    `"${name}" is ${show(type, dims)}: ${wanted} expected, ${viewOf(data)} of ${data.length} elements received. Check dims and data.`,
  );
}

function isTensor(given: unknown): given is Tensor {
  if (!isObject(given)) return false;
  const { type, dims, data } = given as Partial<Record<keyof Tensor, unknown>>;
  if (typeof type !== 'string' || !Array.isArray(dims)) return false;
  const numbers = ArrayBuffer.isView(data) && !(data instanceof DataView);
  return numbers || (Array.isArray(data) && data.every((element) => typeof element === 'string'));
}

const isObject = (given: unknown): given is object =>
  typeof given === 'object' && given !== null && !Array.isArray(given) && !ArrayBuffer.isView(given);

/** What a value that is no tensor is, part by part. */
function describe(given: unknown): string {
  if (!isObject(given)) return nameOf(given);
  const parts = (['type', 'dims', 'data'] as const).map((part) => `${part}: ${nameOf((given as Record<string, unknown>)[part])}`);
  return `{ ${parts.join(', ')} }`;
}

function nameOf(given: unknown): string {
  if (Array.isArray(given)) return given.length > 0 ? `array of ${typeof given[0]}` : 'empty array';
  if (given === null) return 'null';
  return typeof given === 'object' ? viewOf(given) : typeof given;
}

/** The name of a class, also where it belongs to another realm or is a subclass (Buffer is a Uint8Array). */
const viewOf = (value: object): string => Object.prototype.toString.call(value).slice('[object '.length, -1);

const fits = (dim: Dim, size: number | undefined): boolean => typeof dim === 'string' || dim < 0 || dim === size;

/** ONNX Runtime names an unnamed dimension ''. */
const show = (type: string, dims: readonly Dim[]): string =>
  `${type} [${dims.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;

const quote = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ') || 'none';
