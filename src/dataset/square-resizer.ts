import { availableParallelism } from 'node:os';
import type { Picture } from '../core/picture.js';
import { centralSquare, type Fit } from '../nn/preprocess.js';
import { GraphBuilder } from '../onnx/builder.js';
import { createSession, type Session } from '../runtime/index.js';
import { writePlanes } from './planes.js';

/** Pictures of one size that run at once. */
const mostPictures = 16;
/** Pixels of one run from which on it does not wait for more. */
const fullRun = 2 ** 22;
/** Pixels that may wait for others of their size, all sizes together. */
const mostWaiting = 2 ** 23;

interface Waiting {
  readonly picture: Picture;
  readonly resolve: (planes: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Whole pictures, their central square or stretched, resized by the graph that finished models hold ({@link centralSquare}) and rounded to bytes.
 * Pictures of one size run together, so {@link resize} may wait for others; {@link flush} runs what waits.
 */
export class SquareResizer {
  private readonly groups = new Map<string, Waiting[]>();
  private waiting = 0;

  private constructor(
    private readonly session: Session,
    private readonly side: number,
    private readonly channels: 1 | 3,
  ) {}

  static async open(side: number, channels: 1 | 3, fit?: Fit): Promise<SquareResizer> {
    const g = new GraphBuilder();
    const image = g.input('image', 'uint8', ['N', channels, 'H', 'W']);
    const square = centralSquare(g, image, { size: side, crop: 1, fit });
    g.output(g.cast(g.op('Floor', [g.add(square, g.scalar(0.5))]), 'uint8'), 'square');
    // Decoding needs most of the cores, and idle threads of ONNX Runtime would take them.
    const threads = Math.max(1, Math.floor(availableParallelism() / 4));
    return new SquareResizer(await createSession(g.build(), { device: 'cpu', threads }), side, channels);
  }

  /** Planes (channels, side, side) of a picture. */
  resize(picture: Picture): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const { width, height } = picture;
      const key = `${width}x${height}`;
      const group = this.groups.get(key) ?? [];
      this.groups.set(key, group);
      group.push({ picture, resolve, reject });
      this.waiting += width * height;
      if (group.length === mostPictures || group.length * width * height >= fullRun) void this.run(key, group);
      else if (this.waiting > mostWaiting) this.flush();
    });
  }

  flush(): void {
    for (const [key, group] of this.groups) void this.run(key, group);
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private async run(key: string, group: readonly Waiting[]): Promise<void> {
    this.groups.delete(key);
    const { channels, side } = this;
    const [{ width, height } = { width: 0, height: 0 }] = group.map(({ picture }) => picture);
    this.waiting -= group.length * width * height;
    const part = channels * width * height;
    const data = new Uint8Array(group.length * part);
    for (const [n, { picture }] of group.entries()) writePlanes(data, n * part, picture, channels);
    try {
      const image = { type: 'uint8', dims: [group.length, channels, height, width], data } as const;
      const { square } = await this.session.run({ image }, ['square'], { transfer: true });
      if (!(square?.data instanceof Uint8Array)) throw new TypeError('The resize gave no bytes.');
      const size = channels * side * side;
      for (const [n, { resolve }] of group.entries()) resolve(square.data.subarray(n * size, (n + 1) * size));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
