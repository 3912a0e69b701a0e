import { describe, expect, test } from 'vitest';
import type { Value } from '../../src/onnx/assembler.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { readModel } from '../../src/onnx/read.js';
import { isTensorInfo, type DataType, type Model, type Node, type Tensor } from '../../src/onnx/types.js';
import { upgradeModel } from '../../src/onnx/upgrade/index.js';
import { differentiate, disagreements, type GradientCase } from '../support/gradients/check.js';
import { positive } from '../support/gradients/samplers.js';
import { onnxCases, type OnnxCase } from '../support/onnx-cases.js';
import { findShared } from '../support/shared-data.js';

const simple = (...names: readonly string[]): string[] => names.map((name) => `simple/test_${name}`);

/** Cases without gradients, with what the attempt says. One that has them after all fails the test. */
const without: readonly { readonly reason: string; readonly says: RegExp; readonly cases: readonly string[] }[] = [
  {
    reason: 'no floating-point number goes from an input to an output',
    says: /no floating-point/,
    cases: [
      'pytorch-operator/test_operator_non_float_params',
      ...simple('sequence_model6', 'sequence_model8'),
      ...[
        'casesensintive_lower',
        'casesensintive_nochangecase',
        'casesensintive_upper',
        'empty_output',
        'insensintive_upper_twodim',
      ].map((name) => `simple/test_strnorm_model_monday_${name}`),
      ...simple('strnorm_model_nostopwords_nochangecase'),
    ],
  },
  {
    reason: 'a sequence of tensors is no tensor: nothing is known of what is taken from one, and there are no rules',
    says: /The rank of ".*" is not known/,
    cases: simple(
      'sequence_model1',
      'sequence_model2',
      'sequence_model3',
      'sequence_model4',
      'sequence_model5',
      'sequence_model7',
    ),
  },
  {
    reason: 'the model differentiates itself, with an operator that no released ONNX Runtime for Node has',
    says: /The rank of ".*" is not known/,
    cases: simple('gradient_of_add', 'gradient_of_add_and_mul'),
  },
];

/** Cases whose own inputs are no numbers to differentiate at: negative under a root, a jump, or memory that nobody had filled. */
const elsewhere = [
  ...simple('sign_model'),
  ...[
    'sqrt',
    'pow',
    'addconstant',
    'add_broadcast',
    'add_size1_broadcast',
    'add_size1_right_broadcast',
    'add_size1_singleton_broadcast',
  ].map((name) => `pytorch-operator/test_operator_${name}`),
];

const folder = findShared('onnx_cases');

describe.skipIf(!folder)("gradients of the ONNX project's own cases agree with central differences", () => {
  const cases = folder ? onnxCases(folder) : [];

  test('the table of exceptions names cases that exist', () => {
    const names = new Set(cases.map((one) => one.name));
    expect([...elsewhere, ...without.flatMap((entry) => entry.cases)].filter((name) => !names.has(name))).toEqual([]);
  });

  test.each(cases)('$name', async (one) => {
    const exception = without.find((entry) => entry.cases.includes(one.name));
    if (!exception) expect(await disagreements(caseOf(one), { seed: 1, optimized: false, target: 'cpu' })).toEqual([]);
    else {
      const attempt = (): unknown => {
        const test = caseOf(one);
        return differentiate(test, new GraphBuilder({ opset: test.opset ?? 17 }), [], 'cpu');
      };
      expect(attempt, exception.reason).toThrow(exception.says);
    }
  });
});

const isFloat = (type: DataType): boolean => type === 'float32' || type === 'float64';

/** A model's floating-point inputs and parameters, at the values that come with the case; everything else is constant. */
function caseOf(one: OnnxCase): GradientCase {
  const model = upgradeModel(readModel(one.model));
  const inputs = model.graph.inputs.map((input, index): [string, Tensor] => [input.name, one.inputs[index]!]);
  const tensors = [...inputs, ...model.graph.initializers];
  const varied = tensors.filter(([, tensor]) => isFloat(tensor.type) && tensor.data.length > 0);
  const isResult = model.graph.outputs.some((output) => isTensorInfo(output) && isFloat(output.type));
  if (varied.length === 0 || !isResult) throw new Error('There is no floating-point value to differentiate.');
  const buildAs = (type: 'float32' | 'float64') => (g: GraphBuilder, operands: readonly Value[]) =>
    rebuild(g, model, type, new Map(varied.map(([name], index) => [name, operands[index]!])), new Map(tensors));
  return {
    opset: model.opsets['']!,
    tolerance: 3e-3,
    operands: varied.map(([, { dims, data }]) => ({
      dims,
      sample: elsewhere.includes(one.name) ? positive : () => Float32Array.from(data as Float32Array),
    })),
    build: buildAs('float32'),
    buildDouble: buildAs('float64'),
  };
}

/** Copies a model's nodes in one floating-point type, with some of its tensors given and the others constant; returns its floating-point outputs. */
function rebuild(
  g: GraphBuilder,
  { graph }: Model,
  type: 'float32' | 'float64',
  given: ReadonlyMap<string, Value>,
  tensors: ReadonlyMap<string, Tensor>,
): Value[] {
  g.reserve(graph);
  for (const [name, tensor] of tensors) {
    const value = given.get(name);
    if (value) g.node('Identity', [value], {}, { outputs: [name] });
    else g.parameter(name, tensor);
  }
  for (const node of graph.nodes) g.append(withConstant(node, type));
  return graph.outputs.map(({ name }) => g.value(name)).filter((output) => isFloat(output.type));
}

/** A node whose constant, where it holds one of another floating-point type, is of this type. */
function withConstant(node: Node, type: 'float32' | 'float64'): Node {
  const value = node.attributes['value'];
  if (value?.kind !== 'tensor' || !isFloat(value.value.type)) return node;
  const numbers = value.value.data as Float32Array;
  const data = type === 'float64' ? Float64Array.from(numbers) : Float32Array.from(numbers);
  return {
    ...node,
    attributes: { ...node.attributes, value: { kind: 'tensor', value: { type, dims: value.value.dims, data } } },
  };
}
