import { dataTypeOf } from '../data-types.js';
import type { ShapeRules } from './context.js';
import { int, required } from './support.js';

/** Operators that map between real numbers and small integers. */
export const quantizationRules: ShapeRules = {
  QuantizeLinear: (context) => [
    {
      type: context.inputs[2]?.type ?? dataTypeOf(int(context.node, 'output_dtype', 0)) ?? 'uint8',
      shape: required(context, 0).shape,
    },
  ],
  DequantizeLinear: (context) => [{ type: required(context, 1).type, shape: required(context, 0).shape }],
  DynamicQuantizeLinear: (context) => [
    { type: 'uint8', shape: required(context, 0).shape },
    { type: 'float32', shape: [] },
    { type: 'uint8', shape: [] },
  ],
};
