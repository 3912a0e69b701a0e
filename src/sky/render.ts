import type { Counts } from '../core/picture.js';
import type { RandomStream } from '../core/random.js';
import type { Component } from './components.js';

/** Telescope and sky, by the bands i, r, g, which become red, green, blue. */
export interface Observation {
  /** Pixels. */
  readonly side: number;
  readonly pixelScaleArcsec: number;
  /** Full width at half maximum of the point-spread function. */
  readonly seeingArcsec: number;
}

/**
 * Brightness of the sky in magnitudes per square arcsec in i, r, g, and electrons for one nanomaggy: those of the Sloan Digital Sky Survey's
 * 53.9 s exposures (York et al. 2000, AJ 120, 1579; Stoughton et al. 2002, AJ 123, 485; sky: www.sdss4.org/dr17/imaging/other_info).
 */
const bands = [
  { sky: 20.2, electrons: 620 },
  { sky: 20.9, electrons: 900 },
  { sky: 21.8, electrons: 830 },
] as const;

/** Sub-pixels a side in which the steep centre is sampled. */
const fine = 5;

/**
 * What a survey would measure of these components: light summed in pixels, blurred by seeing, with the noise of photons and sky; the sky's
 * mean is subtracted. Nanomaggies a pixel, planes i, r, g.
 */
export function render(components: readonly Component[], observation: Observation, random: RandomStream): Counts {
  const { side, pixelScaleArcsec } = observation;
  const area = side * side;
  const data = new Float32Array(3 * area);
  for (const component of components) {
    const light = sampled(component, observation);
    const { flux, gMinusR, rMinusI } = component;
    const factors = [10 ** (0.4 * rMinusI), 1, 10 ** (-0.4 * gMinusR)].map((factor) => factor * flux);
    for (const [band, factor] of factors.entries()) {
      for (let pixel = 0; pixel < area; pixel++)
        data[band * area + pixel] = (data[band * area + pixel] ?? 0) + factor * (light[pixel] ?? 0);
    }
  }
  for (const [band, { sky, electrons }] of bands.entries()) {
    const plane = data.subarray(band * area, (band + 1) * area);
    blur(plane, side, observation.seeingArcsec / pixelScaleArcsec);
    const background = 10 ** (-0.4 * (sky - 22.5)) * pixelScaleArcsec ** 2;
    for (let pixel = 0; pixel < area; pixel++) {
      const flux = plane[pixel] ?? 0;
      // Hundreds of electrons: Poisson's distribution is the normal one.
      plane[pixel] = flux + random.normal() * Math.sqrt(Math.max(flux + background, 0) / electrons);
    }
  }
  return { width: side, height: side, planes: 3, data };
}

/** Share of the component's light in each pixel. */
function sampled({ surface }: Component, { side, pixelScaleArcsec }: Observation): Float64Array {
  const light = new Float64Array(side * side);
  const middle = (side - 1) / 2;
  let total = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [(column - middle) * pixelScaleArcsec, (middle - row) * pixelScaleArcsec];
      const value = pixelMean(surface, x, y, pixelScaleArcsec);
      light[row * side + column] = value;
      total += value;
    }
  }
  return total > 0 ? light.map((value) => value / total) : light;
}

/** The mean over a pixel, sampled finely where the brightness changes much within it. */
function pixelMean(surface: Component['surface'], x: number, y: number, scale: number): number {
  const middle = surface(x, y);
  const corner = surface(x + scale / 2, y + scale / 2);
  const opposite = surface(x - scale / 2, y - scale / 2);
  if (Math.max(corner, opposite) < 1.5 * middle && Math.min(corner, opposite) > middle / 1.5) return middle;
  let sum = 0;
  for (let part = 0; part < fine ** 2; part++) {
    const [column, row] = [part % fine, Math.floor(part / fine)];
    sum += surface(x + ((column + 0.5) / fine - 0.5) * scale, y + ((row + 0.5) / fine - 0.5) * scale);
  }
  return sum / fine ** 2;
}

/**
 * Convolves with the sum of two gaussians, the second three times as wide and a tenth as high: the shape that the survey's pipeline fits to
 * its stars (Stoughton et al. 2002, section 4.3).
 */
function blur(plane: Float32Array, side: number, fwhmPixels: number): void {
  // The sum's half maximum lies 4 % beyond the core's.
  const sigma = fwhmPixels / 2.355 / 1.04;
  const core = gaussianBlur(plane, side, sigma);
  const wing = gaussianBlur(plane, side, 3 * sigma);
  // A tenth of the height over nine times the area.
  const wingShare = 0.9 / 1.9;
  for (let pixel = 0; pixel < plane.length; pixel++) {
    plane[pixel] = (1 - wingShare) * (core[pixel] ?? 0) + wingShare * (wing[pixel] ?? 0);
  }
}

/** Separable convolution; light that leaves the picture is lost. */
function gaussianBlur(plane: Float32Array, side: number, sigma: number): Float32Array {
  const reach = Math.ceil(4 * sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * sigma ** 2)));
  const sum = kernel.reduce((total, value) => total + value, 0);
  const pass = (source: Float32Array, step: number, line: number): Float32Array => {
    const result = new Float32Array(source.length);
    for (let start = 0; start < side; start++) {
      for (let at = 0; at < side; at++) {
        let value = 0;
        for (let tap = Math.max(-reach, -at); tap <= Math.min(reach, side - 1 - at); tap++) {
          value += (kernel[tap + reach] ?? 0) * (source[start * line + (at + tap) * step] ?? 0);
        }
        result[start * line + at * step] = value / sum;
      }
    }
    return result;
  };
  return pass(pass(plane, 1, side), side, 1);
}
