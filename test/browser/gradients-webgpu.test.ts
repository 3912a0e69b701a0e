import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { dataTypeCode } from '../../src/onnx/data-types.js';
import type { Node } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { browserSkipReason, runInBrowser, type BrowserResult } from '../support/chromium.js';
import { emitCase, runOnProcessor, type EmittedCase } from '../support/gradients/check.js';
import { normalizationCases } from '../support/gradients/normalization.js';
import { gradientCases } from '../support/gradients/table.js';
import { windowCases } from '../support/gradients/windows.js';

/**
 * Draws an operator, always the same ones: a software adapter takes a quarter of a second for each. More where a kernel has many ways to be
 * called.
 */
const draws = (operator: string): number => (operator in windowCases || operator in normalizationCases ? 5 : 2);
const seed = 77;

/** Largest norm of the difference to the processor's gradient, relative to that gradient's norm: both are float32, in other orders. */
const tolerance = 1e-3;

/**
 * Nodes that onnxruntime-web runs neither on WebGPU nor, as it does with others, on the processor. A case with such a node must fail
 * with that message, and all other cases must run; an entry that no drawn case meets fails too.
 */
const impossible: readonly { readonly what: string; readonly message: RegExp; readonly meets: (node: Node) => boolean }[] = [
  {
    what: 'BatchNormalization in training mode, for which training steps write reductions and products when their target is webgpu',
    message: /trainingMode is not supported/,
    meets: ({ opType, attributes }) => opType === 'BatchNormalization' && attributes['training_mode'] !== undefined,
  },
  {
    what: 'conversions to float64, which its build has no kernel for',
    message: /Provider type for Cast node .* is not set/,
    meets: ({ opType, attributes: { to } }) =>
      opType === 'CastLike' || (to?.kind === 'int' && to.value === dataTypeCode('float64')),
  },
  {
    what: 'Conv with three spatial axes in groups',
    message: /Conv3D does not support grouped convolution/,
    meets: ({ opType, attributes: { group, dilations } }) =>
      opType === 'Conv' && Number(group?.value ?? 1) > 1 && dilations?.kind === 'ints' && dilations.value.length === 3,
  },
  {
    what: 'MaxPool with column-major indices, even where nothing reads them',
    message: /column major storage_order is not supported/,
    meets: ({ opType, attributes: { storage_order: order } }) => opType === 'MaxPool' && order?.value === 1,
  },
  {
    what: 'Dropout with a ratio, which training steps write as a product with random numbers',
    message: /Provider type for Dropout node .* is not set/,
    meets: ({ opType, inputs }) => opType === 'Dropout' && inputs.length > 1,
  },
];

interface Drawn {
  readonly operator: string;
  readonly label: string;
  readonly emitted: EmittedCase;
}

/** Cases of every rule that passes a gradient on; others have nothing to compute. */
async function draw(): Promise<Drawn[]> {
  const all: Drawn[] = [];
  for (const [operator, drawnCase] of Object.entries(gradientCases)) {
    for (const one of fc.sample(drawnCase, { numRuns: draws(operator), seed })) {
      const emitted = await emitCase(one, { seed: 1, target: 'webgpu' });
      if (emitted.gradients.some((name) => name !== undefined)) all.push({ operator, label: one.label, emitted });
    }
  }
  return all;
}

const reason = await browserSkipReason('webgpu');

describe.skipIf(reason !== undefined)(
  `gradients on webgpu in the browser${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  async () => {
    const cases = reason === undefined ? await draw() : [];
    const obstacle = ({ emitted }: Drawn) => impossible.find(({ meets }) => emitted.model.graph.nodes.some(meets));
    const results = new Map<Drawn, BrowserResult>();

    beforeAll(async () => {
      const found = await runInBrowser(
        cases.map(({ emitted: { model, feeds } }) => ({ model: writeModel(model), feeds })),
        'webgpu',
      );
      cases.forEach((one, index) => results.set(one, found[index]!));
    });

    test.each([...new Set(cases.filter((one) => !obstacle(one)).map(({ operator }) => operator))])('%s', async (operator) => {
      for (const one of cases.filter((other) => other.operator === operator && !obstacle(other))) {
        const { model, feeds } = one.emitted;
        const expected = await runOnProcessor(model, feeds, true);
        const found = results.get(one)!;
        expect(Object.keys(found).sort(), `${one.label} ${JSON.stringify(found['error'])}`).toEqual(Object.keys(expected).sort());
        for (const [name, { dims, data }] of Object.entries(expected)) {
          const given = (found as Exclude<BrowserResult, { readonly error: string }>)[name]!;
          expect(given.dims, `${one.label} ${name}`).toEqual(dims);
          const differences = data.map((value, index) => Number(given.data[index]) - value);
          expect(norm(differences), `${one.label} ${name}`).toBeLessThanOrEqual(tolerance * norm(data) + 1e-6);
        }
      }
    });

    it.each(impossible)('cannot run $what', ({ message, meets }) => {
      const stopped = cases.filter((one) => one.emitted.model.graph.nodes.some(meets));
      expect(stopped.length).toBeGreaterThan(0);
      for (const one of stopped) expect(results.get(one), one.label).toEqual({ error: expect.stringMatching(message) as string });
    });
  },
);

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
