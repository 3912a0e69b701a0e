/** Measures of one picture for {@link handmadeFeatures}, on squares of values in [0, 255]. */

/** A square of values, row by row. */
export interface Square {
  readonly side: number;
  readonly data: Float32Array;
}

/** Red, green and blue of a picture, and its luma (ITU-R BT.601). */
export interface Planes {
  readonly red: Square;
  readonly green: Square;
  readonly blue: Square;
  readonly luma: Square;
}

/** @param pixels Planes (channels, side, side) of a pixel cache; a gray picture has three equal ones. */
export function planesOf(pixels: Uint8Array, side: number, channels: 1 | 3): Planes {
  const size = side * side;
  const plane = (channel: number): Square => {
    const start = Math.min(channel, channels - 1) * size;
    return { side, data: new Float32Array(pixels.subarray(start, start + size)) };
  };
  const [red, green, blue] = [plane(0), plane(1), plane(2)];
  const luma = new Float32Array(size);
  for (let at = 0; at < size; at++) {
    luma[at] = 0.299 * (red.data[at] as number) + 0.587 * (green.data[at] as number) + 0.114 * (blue.data[at] as number);
  }
  return { red, green, blue, luma: { side, data: luma } };
}

/** Means over blocks: the same picture with `side` cells to a row. The side must be a multiple of it, or what is left over is cut off. */
export function shrink({ side: from, data }: Square, side: number): Square {
  const step = Math.max(1, Math.floor(from / side));
  const to = Math.min(side, from);
  const cells = new Float32Array(to * to);
  for (let y = 0; y < to; y++) {
    for (let x = 0; x < to; x++) {
      let sum = 0;
      for (let dy = 0; dy < step; dy++) {
        const row = (y * step + dy) * from + x * step;
        for (let dx = 0; dx < step; dx++) sum += data[row + dx] as number;
      }
      cells[y * to + x] = sum / (step * step);
    }
  }
  return { side: to, data: cells };
}

/** Shares of the 4 * 4 * 4 boxes of red, green and blue, as roots: distances between roots are those of Hellinger. */
export function colourShares({ red, green, blue }: Planes): number[] {
  const boxes = new Array<number>(64).fill(0);
  const share = 1 / red.data.length;
  for (let at = 0; at < red.data.length; at++) {
    const [r, g, b] = [red.data[at] as number, green.data[at] as number, blue.data[at] as number];
    const box = ((r >> 6) << 4) | ((g >> 6) << 2) | (b >> 6);
    boxes[box] = (boxes[box] ?? 0) + share;
  }
  return boxes.map(Math.sqrt);
}

/** Values in [0, 255] below which a share of the pixels lies, to whole levels. */
export function quantiles(values: Float32Array, shares: readonly number[]): number[] {
  const counts = new Uint32Array(256);
  for (const value of values) {
    const level = Math.round(value);
    counts[level] = (counts[level] as number) + 1;
  }
  return shares.map((share) => {
    let left = Math.floor(share * values.length);
    let level = 0;
    while (left >= (counts[level] as number)) left -= counts[level++] as number;
    return level;
  });
}

/** Largest minus smallest of red, green and blue. */
export function saturation({ red, green, blue }: Planes): Float32Array {
  const spread = new Float32Array(red.data.length);
  for (let at = 0; at < spread.length; at++) {
    const r = red.data[at] as number;
    const g = green.data[at] as number;
    const b = blue.data[at] as number;
    spread[at] = Math.max(r, g, b) - Math.min(r, g, b);
  }
  return spread;
}

/**
 * Histograms of oriented gradients (N. Dalal & B. Triggs 2005, doi:10.1109/CVPR.2005.177): 9 directions of edges in each of 4 * 4 cells of the
 * luma on 64 * 64, weighted by strength; the whole scaled to a norm of 1, roots taken.
 */
export function orientedGradients(luma: Square): number[] {
  const { side, data } = shrink(luma, 64);
  const cells = 4;
  const bins = 9;
  const sums = new Array<number>(cells * cells * bins).fill(0);
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      const gx = (data[at + 1] as number) - (data[at - 1] as number);
      const gy = (data[at + side] as number) - (data[at - side] as number);
      const turn = Math.atan2(gy, gx) / Math.PI;
      const bin = Math.min(bins - 1, Math.floor((turn < 0 ? turn + 1 : turn) * bins));
      const cell = Math.floor((y * cells) / side) * cells + Math.floor((x * cells) / side);
      sums[cell * bins + bin] = (sums[cell * bins + bin] ?? 0) + Math.hypot(gx, gy);
    }
  }
  const whole = sums.reduce((total, sum) => total + sum, 0) || 1;
  return sums.map((sum) => Math.sqrt(sum / whole));
}

/**
 * Local binary patterns that don't change under rotation (T. Ojala, M. Pietikainen & T. Maenpaa 2002, doi:10.1109/TPAMI.2002.1017623): shares of
 * pixels by the number of their 8 neighbours that are brighter, 0 to 8 where these lie in one arc, else 9.
 */
export function binaryPatterns({ side, data }: Square): number[] {
  const around = [-side - 1, -side, -side + 1, 1, side + 1, side, side - 1, -1];
  const counts = new Array<number>(10).fill(0);
  const share = 1 / ((side - 2) * (side - 2));
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      // By two levels at least: noise of compression makes no pattern.
      const from = (data[at] as number) + 2;
      let brighter = 0;
      let changes = 0;
      let last = (data[at - 1] as number) >= from;
      for (let turn = 0; turn < 8; turn++) {
        const is = (data[at + (around[turn] as number)] as number) >= from;
        if (is) brighter++;
        if (is !== last) changes++;
        last = is;
      }
      const bin = changes <= 2 ? brighter : 9;
      counts[bin] = (counts[bin] ?? 0) + share;
    }
  }
  return counts.map(Math.sqrt);
}

/** ln(1 + energy) of Haar's wavelets: differences across, down and diagonal, of blocks of 1, 2, 4 ... 32 pixels. */
export function waveletEnergies(luma: Square): number[] {
  const energies: number[] = [];
  for (let cells = luma.side; energies.length < 18; cells = Math.floor(cells / 2)) {
    const { side, data } = shrink(luma, cells);
    const sums = [0, 0, 0];
    const pairs = Math.floor(side / 2);
    for (let y = 0; y < pairs; y++) {
      for (let x = 0; x < pairs; x++) {
        const at = 2 * y * side + 2 * x;
        const [a, b, c, d] = [data[at], data[at + 1], data[at + side], data[at + side + 1]] as [number, number, number, number];
        sums[0] = (sums[0] ?? 0) + (a - b + c - d) ** 2;
        sums[1] = (sums[1] ?? 0) + (a + b - c - d) ** 2;
        sums[2] = (sums[2] ?? 0) + (a - b - c + d) ** 2;
      }
    }
    energies.push(...sums.map((sum) => Math.log1p(sum / Math.max(1, pairs * pairs))));
  }
  return energies;
}
