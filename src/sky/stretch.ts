/** How measured counts become pixels: the limits that turn black and white, and the curve between them. */
export interface Stretch {
  /** `zscale` finds its limits itself (IRAF's ZScale) and is linear between them; the others take percentiles. */
  readonly kind: 'linear' | 'asinh' | 'log' | 'sqrt' | 'zscale';
  /** Of asinh: where it turns from linear to logarithmic, as a share of the range. */
  readonly softening: number;
  /** Percentile that becomes black. */
  readonly low: number;
  /** Percentile that becomes white. */
  readonly high: number;
}

/** The recipe's default. */
export const defaultStretch: Stretch = { kind: 'asinh', softening: 0.1, low: 0.25, high: 99.75 };
