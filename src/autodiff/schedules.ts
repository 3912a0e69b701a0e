import { MessierError } from '../core/errors.js';

/** A learning rate as a function of the step, counted from 0. Deterministic, so a resumed run continues where it stopped. */
export type Schedule = (step: number) => number;

function positive(name: string, values: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(values)) {
    if (!(value > 0 && Number.isFinite(value)))
      throw new MessierError('schedule/option', `${name}: ${key} must be a number above 0, ${String(value)} received.`);
  }
}

/** The same rate at every step. */
export function constantRate(rate: number): Schedule {
  positive('constantRate', { rate });
  return () => rate;
}

/** rate * factor^floor(step / every), PyTorch's StepLR. */
export function stepDecay(rate: number, { every, factor = 0.1 }: { readonly every: number; readonly factor?: number }): Schedule {
  positive('stepDecay', { rate, every, factor });
  return (step) => rate * factor ** Math.floor(step / every);
}

/** rate * factor^step, PyTorch's ExponentialLR. */
export function exponentialDecay(rate: number, { factor }: { readonly factor: number }): Schedule {
  positive('exponentialDecay', { rate, factor });
  return (step) => rate * factor ** step;
}

/** floor + (rate - floor) (1 + cos(pi step / steps)) / 2, then floor (Loshchilov & Hutter 2016, https://arxiv.org/abs/1608.03983). */
export function cosineDecay(rate: number, { steps, floor = 0 }: { readonly steps: number; readonly floor?: number }): Schedule {
  positive('cosineDecay', { rate, steps });
  return (step) => floor + ((rate - floor) * (1 + Math.cos(Math.PI * Math.min(1, step / steps)))) / 2;
}

/** Rises from `start * rate` to the schedule's first rate over `steps`, then runs the schedule from its beginning. */
export function warmUp(schedule: Schedule, { steps, start = 0 }: { readonly steps: number; readonly start?: number }): Schedule {
  positive('warmUp', { steps });
  return (step) => (step >= steps ? schedule(step - steps) : schedule(0) * (start + ((1 - start) * step) / steps));
}

/** Options of {@link oneCycle}, with PyTorch's defaults. */
export interface OneCycleOptions {
  readonly steps: number;
  /** Share of the steps spent rising. */
  readonly rising?: number;
  /** The first rate is peak / start. */
  readonly start?: number;
  /** The last rate is peak / start / end. */
  readonly end?: number;
}

/** Cosine rise from peak / start to peak, cosine fall to peak / start / end (Smith & Topin 2017, https://arxiv.org/abs/1708.07120). */
export function oneCycle(peak: number, { steps, rising = 0.3, start = 25, end = 1e4 }: OneCycleOptions): Schedule {
  positive('oneCycle', { peak, steps, rising, start, end });
  const blend = (from: number, to: number, share: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
  const top = rising * steps - 1;
  const last = steps - 1;
  return (step) => {
    const low = peak / start;
    if (step <= top) return blend(low, peak, top <= 0 ? 1 : step / top);
    return blend(peak, low / end, last <= top ? 1 : Math.min(1, (step - top) / (last - top)));
  };
}
