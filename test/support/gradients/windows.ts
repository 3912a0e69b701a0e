import fc from 'fast-check';
import { float, type AttributeInput } from '../../../src/onnx/assembler.js';
import { dims, drawn, nodeCase, operand, type CaseTable, type DrawnCase } from './cases.js';
import { anything, distinct, nonZero, type Sampler } from './samplers.js';

/** One spatial axis of a sliding window. */
interface AxisWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
  /** Room left over beyond the smallest input that the window fits. */
  readonly spare: number;
}

interface WindowDraw {
  readonly axes: readonly AxisWindow[];
  readonly autoPad: 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER';
  readonly batch: number;
}

const small = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

/** Windows over one to three axes. `most.pad` bounds the padding where it does not have to stay below the kernel. */
function windows(most: { readonly pad?: number; readonly dilation: number }): fc.Arbitrary<WindowDraw> {
  const axis = small(1, 3).chain((kernel) => {
    const pad = small(0, most.pad ?? kernel - 1);
    return fc.record({
      kernel: fc.constant(kernel),
      stride: small(1, 3),
      dilation: small(1, most.dilation),
      begin: pad,
      end: pad,
      spare: small(0, 4),
    });
  });
  return fc.record({
    axes: fc.oneof(
      { arbitrary: fc.array(axis, { minLength: 2, maxLength: 2 }), weight: 3 },
      { arbitrary: fc.array(axis, { minLength: 1, maxLength: 3 }), weight: 1 },
    ),
    autoPad: fc.constantFrom(
      'NOTSET' as const,
      'NOTSET' as const,
      'NOTSET' as const,
      'VALID' as const,
      'SAME_UPPER' as const,
      'SAME_LOWER' as const,
    ),
    batch: small(1, 3),
  });
}

const extent = ({ kernel, dilation }: AxisWindow): number => (kernel - 1) * dilation + 1;

/** The smallest sizes that the windows fit, and what is to spare. */
function sizesOf({ axes, autoPad }: WindowDraw): number[] {
  return axes.map((axis) => Math.max(1, extent(axis) - (autoPad === 'NOTSET' ? axis.begin + axis.end : 0)) + axis.spare);
}

function attributesOf({ axes, autoPad }: WindowDraw, withDilations = true): Record<string, AttributeInput> {
  const pads = [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)];
  return {
    strides: axes.map(({ stride }) => stride),
    ...(withDilations ? { dilations: axes.map(({ dilation }) => dilation) } : {}),
    ...(autoPad === 'NOTSET' ? (pads.some((pad) => pad > 0) ? { pads } : {}) : { auto_pad: autoPad }),
  };
}

/** ONNX Runtime refuses dilations together with SAME padding, and strides above the kernel there in poolings. */
const runnable = (window: WindowDraw): WindowDraw =>
  window.autoPad.startsWith('SAME')
    ? { ...window, axes: window.axes.map((axis) => ({ ...axis, dilation: 1, stride: Math.min(axis.stride, axis.kernel) })) }
    : window;

const channels = (most: number): fc.Arbitrary<Channels> =>
  fc.record({ groups: small(1, 3), inPerGroup: small(1, most), outPerGroup: small(1, most), bias: fc.boolean() });

interface Channels {
  readonly groups: number;
  readonly inPerGroup: number;
  readonly outPerGroup: number;
  readonly bias: boolean;
}

function convOf(
  windowsOf: fc.Arbitrary<WindowDraw>,
  channelsOf: fc.Arbitrary<Channels>,
  tolerance = 1e-3,
): fc.Arbitrary<DrawnCase> {
  return drawn(
    fc.record({ window: windowsOf, channels: channelsOf }),
    ({ window, channels: { groups, inPerGroup, outPerGroup, bias } }) => ({
      ...nodeCase(
        'Conv',
        [
          operand([window.batch, groups * inPerGroup, ...sizesOf(window)], anything),
          operand([groups * outPerGroup, inPerGroup, ...window.axes.map(({ kernel }) => kernel)], anything),
          ...(bias ? [operand([groups * outPerGroup], anything)] : []),
        ],
        { ...attributesOf(window), group: groups === 1 ? undefined : groups },
      ),
      tolerance,
    }),
  );
}

const convWindows = windows({ pad: 3, dilation: 2 }).map(runnable);
const flatWindows = convWindows.map((window) => ({ ...window, axes: [window.axes[0]!, window.axes[1] ?? window.axes[0]!] }));
/** Over many pixels. */
const largeWindows = flatWindows.map((window) => ({
  ...window,
  axes: window.axes.map((axis) => ({ ...axis, spare: axis.spare + 9 * axis.stride })),
}));

/** Few channels over few pixels or many, and so many channels that convolutions are written as one matrix product. */
const conv = fc.oneof(
  { arbitrary: convOf(convWindows, channels(3)), weight: 4 },
  { arbitrary: convOf(largeWindows, channels(3)), weight: 1 },
  { arbitrary: convOf(flatWindows, fc.constant({ groups: 1, inPerGroup: 192, outPerGroup: 192, bias: true }), 3e-3), weight: 1 },
);

/** Output padding stays below the stride, as the standard asks. */
const convTranspose = drawn(
  fc.record({
    window: windows({ dilation: 2 }).map(runnable),
    channels: channels(3),
    padding: fc.option(fc.array(small(0, 2), { minLength: 3, maxLength: 3 }), { nil: undefined }),
    fixed: fc.boolean(),
  }),
  ({ window, channels: { groups, inPerGroup, outPerGroup, bias }, padding, fixed }) => {
    const outputPadding =
      window.autoPad === 'NOTSET'
        ? padding?.slice(0, window.axes.length).map((value, axis) => Math.min(value, window.axes[axis]!.stride - 1))
        : undefined;
    const sizes = window.axes.map(({ spare, begin, end }) => spare + Math.max(1, begin + end));
    const largest = sizes.map((size, axis) => (size - 1) * window.axes[axis]!.stride + extent(window.axes[axis]!));
    const { pads, ...attributes } = attributesOf(window);
    const outputShape =
      fixed && window.autoPad === 'NOTSET'
        ? largest.map((size, axis) => Math.max(1, size - window.axes[axis]!.begin))
        : undefined;
    return nodeCase(
      'ConvTranspose',
      [
        operand([window.batch, groups * inPerGroup, ...sizes], anything),
        operand([groups * inPerGroup, outPerGroup, ...window.axes.map(({ kernel }) => kernel)], anything),
        ...(bias ? [operand([groups * outPerGroup], anything)] : []),
      ],
      {
        ...attributes,
        group: groups,
        ...(outputShape ? { output_shape: outputShape } : { pads, output_padding: outputPadding }),
      },
    );
  },
);

/**
 * Does a window of `ceil_mode` start behind the input? Then the standard drops it and so does ONNX Runtime when it runs, but not when it
 * infers shapes, so that it refuses any graph that goes on from there.
 */
function startsBehind(window: WindowDraw): boolean {
  const sizes = sizesOf(window);
  return window.axes.some((axis, index) => {
    const padded = sizes[index]! + axis.begin;
    const steps = Math.ceil((padded + axis.end - extent(axis)) / axis.stride);
    return steps * axis.stride >= padded;
  });
}

function pool(
  opType: string,
  sample: Sampler,
  options: { readonly dilation: number; readonly opset: number; readonly extra?: fc.Arbitrary<Record<string, AttributeInput>> },
): fc.Arbitrary<DrawnCase> {
  return drawn(
    fc.record({
      window: windows({ dilation: options.dilation }).map(runnable),
      channels: small(1, 3),
      ceil: fc.boolean(),
      extra: options.extra ?? fc.constant({}),
    }),
    ({ window, channels: count, ceil, extra }) =>
      nodeCase(
        opType,
        [operand([window.batch, count, ...sizesOf(window)], sample)],
        {
          ...attributesOf(window, options.dilation > 1),
          kernel_shape: window.axes.map(({ kernel }) => kernel),
          ceil_mode: ceil && window.autoPad === 'NOTSET' && !startsBehind(window) ? 1 : undefined,
          ...extra,
        },
        { opset: options.opset },
      ),
  );
}

/** Windows that tile the input have a rule of their own. */
function tilingPool(opType: string, sample: Sampler): fc.Arbitrary<DrawnCase> {
  return drawn(
    fc.record({ batch: small(1, 2), counts: dims({ from: 1, to: 3 }, 3), kernel: small(1, 3) }),
    ({ batch, counts, kernel }) =>
      nodeCase(opType, [operand([batch, 2, ...counts.map((count) => count * kernel)], sample)], {
        kernel_shape: counts.map(() => kernel),
        strides: counts.map(() => kernel),
      }),
  );
}

function globalPool(
  opType: string,
  sample: Sampler,
  attributes: fc.Arbitrary<Record<string, AttributeInput>> = fc.constant({}),
): fc.Arbitrary<DrawnCase> {
  return drawn(fc.record({ shape: dims({ from: 3, to: 5 }, 3), attributes }), ({ shape, attributes: given }) =>
    nodeCase(opType, [operand(shape, sample)], given),
  );
}

const countPadding = fc.constantFrom({}, { count_include_pad: 1 });
const power = fc.constantFrom<Record<string, AttributeInput>>({}, { p: 1 }, { p: 2 }, { p: 3 });

/** Neighbouring channels; ONNX Runtime takes odd windows only. */
const lrn = drawn(
  fc.record({ shape: dims({ from: 4, to: 4 }, 5), size: fc.constantFrom(1, 3, 5), alpha: small(1, 8), bias: small(1, 4) }),
  ({ shape, size, alpha, bias }) =>
    nodeCase('LRN', [operand(shape, anything)], { size, alpha: float(alpha / 8), beta: float(0.75), bias: float(bias) }),
);

/** Operators whose windows slide over the input. */
export const windowCases: CaseTable = {
  AveragePool: fc.oneof(
    pool('AveragePool', anything, { dilation: 1, opset: 17, extra: countPadding }),
    pool('AveragePool', anything, { dilation: 2, opset: 19, extra: countPadding }),
    tilingPool('AveragePool', anything),
  ),
  Conv: conv,
  ConvTranspose: convTranspose,
  GlobalAveragePool: globalPool('GlobalAveragePool', anything),
  GlobalLpPool: globalPool('GlobalLpPool', nonZero, power),
  GlobalMaxPool: globalPool('GlobalMaxPool', distinct),
  LRN: lrn,
  LpPool: pool('LpPool', nonZero, { dilation: 2, opset: 18, extra: power }),
  MaxPool: fc.oneof(
    pool('MaxPool', distinct, { dilation: 2, opset: 17, extra: fc.constantFrom({}, { storage_order: 1 }) }),
    tilingPool('MaxPool', distinct),
  ),
};
