import { dataTypeOf } from '../data-types.js';
import type { DataType, Dim } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { addDims, floorDivide, multiplyDims, quotientOf, subtractDims } from './dims.js';
import { broadcastKnown, elements, fail, int, likeFirst, required } from './support.js';

/** One output element from one or two input elements. */
type Combine = (a: Dim, b: Dim) => Dim | undefined;

/** Elements of the output of a broadcasting operator on shape vectors. */
function combine(inputs: readonly (Known | undefined)[], operation: Combine): (Dim | undefined)[] | undefined {
  const columns = inputs.map(elements);
  const [first, ...rest] = columns;
  if (!first) return undefined;
  let result: readonly (Dim | undefined)[] = first;
  for (const column of rest) {
    if (!column) return undefined;
    const left = result;
    const length = left.length === 1 ? column.length : left.length;
    result = Array.from({ length }, (_, index) => {
      const a = left[left.length === 1 ? 0 : index];
      const b = column[column.length === 1 ? 0 : index];
      return a === undefined || b === undefined ? undefined : operation(a, b);
    });
  }
  return [...result];
}

function truncatedQuotient(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined;
  if (typeof a === 'number' && typeof b === 'number') return Math.trunc(a / b);
  return quotientOf([a], [b]) ?? (typeof b === 'number' ? floorDivide(a, b) : undefined);
}

const onNumbers =
  (operation: (a: number, b: number) => number): Combine =>
  (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? operation(a, b) : undefined;

/** Sizes are never negative and never less than a name's own value. */
const equal: Combine = (a, b) => {
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return 0;
  return (typeof a === 'number' && a < 0) || (typeof b === 'number' && b < 0) ? 0 : undefined;
};

/** Broadcasting with one element type: `outputType` if given, the first input's otherwise. */
function broadcasting(outputType?: DataType, operation?: Combine): ShapeRule {
  return (context) => {
    const first = required(context, 0);
    const mixed =
      outputType === undefined && context.node.opType !== 'Pow'
        ? context.inputs.find((input) => input?.shape && first.shape && input.type !== first.type)
        : undefined;
    if (mixed)
      fail(context.node, `inputs of one element type expected, ${first.type} and ${mixed.type} received. Insert a Cast.`);
    // Until opset 6 the second operand was stretched onto the first along an `axis`.
    const old = context.opset < 7 && context.node.domain === '' && int(context.node, 'broadcast', 0) === 1;
    const shape = old ? first.shape : broadcastKnown(context.node, context.inputs);
    const value = operation && shape && shape.length <= 1 ? combine(context.inputs, operation) : undefined;
    return [{ type: outputType ?? first.type, shape, value }];
  };
}

const toBool: ShapeRule = (context) => [{ type: 'bool', shape: required(context, 0).shape }];

const identity: ShapeRule = (context) => {
  const { type, shape, constant, value } = required(context, 0);
  return [{ type, shape, constant, value }];
};

const integers: ReadonlySet<DataType> = new Set(['int32', 'int64', 'bool']);

function castTo(context: InferenceContext, type: DataType): readonly Known[] {
  const input = required(context, 0);
  return [{ type, shape: input.shape, value: integers.has(type) && type !== 'bool' ? elements(input) : undefined }];
}

const cast: ShapeRule = (context) => {
  const code = int(context.node, 'to', undefined);
  const type = code === undefined ? undefined : dataTypeOf(code);
  if (type === undefined)
    fail(context.node, `attribute "to" must name an element type, ${code} received. See TensorProto.DataType.`);
  return castTo(context, type);
};

const where: ShapeRule = (context) => {
  const [condition, yes, no] = [elements(context.inputs[0]), required(context, 1), required(context, 2)];
  const shape = broadcastKnown(context.node, context.inputs);
  const [whenTrue, whenFalse] = [elements(yes), elements(no)];
  const pick = (values: readonly (Dim | undefined)[], index: number): Dim | undefined => values[values.length === 1 ? 0 : index];
  const length = shape?.length === 0 ? 1 : shape?.length === 1 ? shape[0] : undefined;
  if (!condition || !whenTrue || !whenFalse || typeof length !== 'number') return [{ type: yes.type, shape }];
  const value = Array.from(
    { length: Math.min(length, Math.max(condition.length, whenTrue.length, whenFalse.length)) },
    (_, index) => {
      const chosen = pick(condition, index);
      if (chosen === undefined) return undefined;
      return pick(chosen === 0 ? whenFalse : whenTrue, index);
    },
  );
  return [{ type: yes.type, shape, value }];
};

/** Training mode or not, the data keeps its shape; the mask is `bool` from opset 10 on. */
const dropout: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [
    { type, shape },
    { type: context.opset < 10 ? type : 'bool', shape },
  ];
};

const sameType =
  'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish Hardmax ' +
  'LeakyRelu Log LogSoftmax LpNormalization LRN MeanVarianceNormalization Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid ' +
  'Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu Trilu CumSum ReverseSequence';

/** Operators that work element by element, with numpy broadcasting where there are several inputs. */
export const elementwiseRules: ShapeRules = {
  ...Object.fromEntries(sameType.split(' ').map((opType) => [opType, likeFirst])),
  ...Object.fromEntries(
    'BitShift BitwiseAnd BitwiseOr BitwiseXor Mean Mod Pow'.split(' ').map((opType) => [opType, broadcasting()]),
  ),
  ...Object.fromEntries('And Or Xor'.split(' ').map((opType) => [opType, broadcasting('bool')])),
  Add: broadcasting(undefined, addDims),
  Sum: broadcasting(undefined, addDims),
  Sub: broadcasting(undefined, subtractDims),
  Mul: broadcasting(undefined, multiplyDims),
  Div: broadcasting(undefined, truncatedQuotient),
  Max: broadcasting(undefined, onNumbers(Math.max)),
  Min: broadcasting(undefined, onNumbers(Math.min)),
  Equal: broadcasting('bool', equal),
  Greater: broadcasting('bool'),
  GreaterOrEqual: broadcasting('bool'),
  Less: broadcasting('bool'),
  LessOrEqual: broadcasting('bool'),
  IsInf: toBool,
  IsNaN: toBool,
  PRelu: likeFirst,
  Identity: identity,
  Cast: cast,
  CastLike: (context) => castTo(context, required(context, 1).type),
  Where: where,
  Dropout: dropout,
};
