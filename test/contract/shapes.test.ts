import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessierError } from '../../src/core/errors.js';
import { dataTypeOf } from '../../src/onnx/data-types.js';
import { inferNode, inferShapes, registeredShapeRules, type Known } from '../../src/onnx/infer/index.js';
import { readModel } from '../../src/onnx/read.js';
import { isTensorInfo, type Attribute, type Model, type ValueInfo } from '../../src/onnx/types.js';
import { onnxCases } from '../support/onnx-cases.js';
import { findShared } from '../support/shared-data.js';

/** Type code and dimensions that onnx.shape_inference found, by value; see test/golden/shapes.py. */
type Found = Readonly<Record<string, readonly [type: number, shape: readonly (number | string | null)[] | null]>>;

interface Golden {
  readonly graphs: readonly { readonly name: string; readonly model: string; readonly values: Found }[];
  readonly files: readonly { readonly name: string; readonly values: Found }[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/shapes.json', import.meta.url), 'utf8')) as Golden;
const shared = findShared('onnx_cases');
const weights = findShared('weights');

/** The types and shapes inferred without a look at what the file declares. */
function inferred(model: Model): Map<string, ValueInfo> {
  const outputs = model.graph.outputs.map((output) => (isTensorInfo(output) ? { ...output, shape: undefined } : output));
  const { graph } = inferShapes({ ...model, graph: { ...model.graph, outputs, values: new Map() } });
  return new Map([
    ...graph.values,
    ...graph.outputs.filter(isTensorInfo).map((output): [string, ValueInfo] => [output.name, output]),
  ]);
}

/** Values of which the two know different things, in words. */
function disagreements(ours: ReadonlyMap<string, ValueInfo>, found: Found): string[] {
  return Object.entries(found).flatMap(([name, [type, shape]]) => {
    const info = ours.get(name);
    const differs =
      info?.type !== dataTypeOf(type) ||
      (shape &&
        info?.shape &&
        (shape.length !== info.shape.length || shape.some((dim, axis) => dim !== null && dim !== info.shape?.[axis])));
    return differs
      ? [`${name}: ${String(info?.type)} (${String(info?.shape)}) instead of ${String(type)} (${String(shape)})`]
      : [];
  });
}

describe('shapes that the reference implementation infers', () => {
  test.each(golden.graphs.map((graph, index) => ({ ...graph, index })))('$index $name', ({ model, values }) => {
    const ours = inferred(readModel(Buffer.from(model, 'base64')));
    expect(disagreements(ours, values)).toEqual([]);
    expect([...ours.values()].filter((info) => !info.shape)).toEqual([]);
  });

  test.skipIf(!shared || !weights)('of model files', () => {
    const differing = golden.files.flatMap(({ name, values }) => {
      const ours = inferred(readModel(readFileSync(join(shared ?? '', '..', name))));
      return disagreements(ours, values).map((text) => `${name} ${text}`);
    });
    expect(differing).toEqual([]);
    expect(golden.files.length).toBeGreaterThan(100);
  });
});

/** Their sizes come from an input or a sequence. */
const openCases = /test_(expand_shape|sequence)_model\d$/;

test.skipIf(!shared)("outputs of the ONNX project's cases have the inferred shapes", () => {
  const differing = onnxCases(shared ?? '').flatMap(({ name, model, outputs }) => {
    const read = readModel(model);
    const ours = inferred(read);
    const isOpen = openCases.test(name);
    return read.graph.outputs.flatMap((output, index) => {
      const shape = ours.get(output.name)?.shape;
      const dims = outputs[index]?.dims;
      const isOther =
        shape &&
        dims &&
        (shape.length !== dims.length || shape.some((dim, axis) => dim !== dims[axis] && !(isOpen && typeof dim === 'string')));
      return isOther ? [`${name}: (${shape.join()}) instead of (${dims.join()})`] : [];
    });
  });
  expect(differing).toEqual([]);
});

describe('whatever a file says, a rule answers or throws a coded error', () => {
  const dim = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.constantFrom('N', 'H', 'a+b*(', 2 ** 40, 2 ** 53 - 1));
  const shape = fc.option(fc.array(dim, { maxLength: 5 }), { nil: undefined });
  const value = fc.option(
    fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom('N', undefined, 2 ** 50)), { maxLength: 6 }),
    {
      nil: undefined,
    },
  );
  const floats = fc.array(fc.float(), { maxLength: 4 }).map((values): Known => {
    const data = Float32Array.from(values);
    return { type: 'float32', shape: [data.length], constant: { type: 'float32', dims: [data.length], data } };
  });
  const known: fc.Arbitrary<Known> = fc.oneof(
    fc.record({ type: fc.constantFrom('float32' as const, 'int64' as const, 'string' as const), shape, value }),
    floats,
  );
  const number = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom(NaN, Infinity, 0.5, -(2 ** 63), 2 ** 63));
  const attribute: fc.Arbitrary<Attribute> = fc.oneof(
    fc.record({ kind: fc.constantFrom('int' as const, 'float' as const), value: number }),
    fc.record({ kind: fc.constantFrom('ints' as const, 'floats' as const), value: fc.array(number, { maxLength: 6 }) }),
    fc.record({
      kind: fc.constant('string' as const),
      value: fc.constantFrom('', 'SAME_UPPER', 'ij,jk->ik', '......->->', 'bidirectional'),
    }),
  );
  const names =
    'axis axes pads strides dilations kernel_shape group auto_pad output_shape output_padding ceil_mode perm to equation keepdims start end starts ends ' +
    'scales blocksize batch_dims num_groups hidden_size direction num_outputs split shape k value value_int value_ints value_float dtype transA layout';
  const attributes = fc.dictionary(fc.constantFrom(...names.split(' ')), attribute, { maxKeys: 4 });

  test.each(registeredShapeRules())('%s', (rule) => {
    const [opType = '', domain = ''] = rule.split('::').reverse();
    fc.assert(
      fc.property(
        fc.array(fc.option(known, { nil: undefined }), { maxLength: 6 }),
        attributes,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 6, max: 21 }),
        (inputs, given, count, opset) => {
          const outputs = ['y', 'z', 'i'].slice(0, count);
          const node = {
            name: 'node',
            opType,
            domain,
            inputs: inputs.map((_, index) => `x${index}`),
            outputs,
            attributes: given,
          };
          try {
            for (const { shape: dims } of inferNode({ node, inputs, opset })) {
              for (const size of dims ?? []) {
                if (typeof size === 'number') expect(Number.isSafeInteger(size) && size >= 0, `size ${size}`).toBe(true);
              }
            }
          } catch (error) {
            if (!(error instanceof MessierError)) throw error;
            expect(error.code).toBe('onnx/shape');
          }
        },
      ),
      { numRuns: 150, seed: 7 },
    );
  });
});
