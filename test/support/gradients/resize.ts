import fc from 'fast-check';
import type { AttributeInput } from '../../../src/onnx/assembler.js';
import { dims, drawn, each, operand, type CaseTable, type DrawnCase } from './cases.js';
import { anything } from './samplers.js';

const nearestModes = fc.constantFrom(undefined, 'round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil');
const coordinates = [undefined, 'half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'];
/** Those of opset 17, and one more from 19 on. */
const coordinatesOf = (opset: number): fc.Arbitrary<string | undefined> =>
  fc.constantFrom(...coordinates, ...(opset >= 19 ? ['half_pixel_symmetric'] : []));

/** Sizes or scales, up or down, of the last two axes. */
function resize(mode: string, opset = 17): fc.Arbitrary<DrawnCase> {
  return drawn(
    dims({ from: 2, to: 2 }, 5, 2).chain((space) =>
      fc.record({
        space: fc.constant(space),
        target: each(space, () => fc.integer({ min: 1, max: 9 })),
        scales: each(space, () => fc.constantFrom(0.5, 0.75, 1, 1.125, 1.5, 2, 3)),
        by: fc.constantFrom('sizes', 'scales'),
        coordinate: coordinatesOf(opset),
        nearest: nearestModes,
        batch: fc.integer({ min: 1, max: 2 }),
        axes: fc.constantFrom([2, 3], [-1, -2], undefined),
      }),
    ),
    ({ space, target, scales, by, coordinate, nearest, batch, axes }) => ({
      opset,
      operands: [operand([batch, 2, ...space], anything)],
      build: (g, [x]) => {
        const attributes: Record<string, AttributeInput> = {
          mode,
          coordinate_transformation_mode: coordinate,
          nearest_mode: mode === 'nearest' ? nearest : undefined,
        };
        // From opset 18 on, axes may be named; otherwise sizes and scales cover all.
        const named = opset >= 18 ? axes : undefined;
        const order = named ? named.map((axis) => (axis + 4) % 4) : [0, 1, 2, 3];
        const listed = (values: readonly number[]): number[] => order.map((axis) => values[axis]!);
        if (by === 'scales')
          return g.op('Resize', [x, undefined, g.floats([order.length], listed([1, 1, ...scales]))], {
            ...attributes,
            axes: named,
          });
        return g.op('Resize', [x, undefined, undefined, g.ints(listed([batch, 2, ...target]))], { ...attributes, axes: named });
      },
    }),
  );
}

/** Resampling. */
export const resizeCases: CaseTable = {
  Resize: fc.oneof(resize('nearest'), resize('linear'), resize('cubic'), resize('nearest', 19), resize('linear', 19)),
};
