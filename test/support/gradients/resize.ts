import fc from 'fast-check';
import type { AttributeInput } from '../../../src/onnx/assembler.js';
import { dims, drawn, each, operand, type CaseTable, type DrawnCase } from './cases.js';
import { anything } from './samplers.js';

const nearestModes = fc.constantFrom(undefined, 'round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil');
const coordinates = fc.constantFrom(undefined, 'half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric');

/** Sizes or scales, up or down, of the last two axes. */
function resize(mode: string, opset = 17): fc.Arbitrary<DrawnCase> {
  return drawn(
    dims({ from: 2, to: 2 }, 5, 2).chain((space) =>
      fc.record({
        space: fc.constant(space),
        target: each(space, () => fc.integer({ min: 1, max: 9 })),
        scales: each(space, () => fc.constantFrom(0.5, 0.75, 1, 1.125, 1.5, 2, 3)),
        by: fc.constantFrom('sizes', 'scales'),
        coordinate: coordinates,
        nearest: nearestModes,
        batch: fc.integer({ min: 1, max: 2 }),
      }),
    ),
    ({ space, target, scales, by, coordinate, nearest, batch }) => ({
      opset,
      operands: [operand([batch, 2, ...space], anything)],
      build: (g, [x]) => {
        const attributes: Record<string, AttributeInput> = {
          mode,
          coordinate_transformation_mode: coordinate,
          nearest_mode: mode === 'nearest' ? nearest : undefined,
        };
        if (by === 'scales') return g.op('Resize', [x, undefined, g.floats([4], [1, 1, ...scales])], attributes);
        return g.op('Resize', [x, undefined, undefined, g.ints([batch, 2, ...target])], attributes);
      },
    }),
  );
}

/** Resampling. */
export const resizeCases: CaseTable = {
  Resize: fc.oneof(resize('nearest'), resize('linear'), resize('cubic'), resize('nearest', 19), resize('linear', 19)),
};
