import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { writePlanes } from '../dataset/planes.js';
import { loadModel } from '../formats/model-file.js';
import { readCard, type ModelCard } from '../models/card.js';
import { createSession } from '../runtime/session.js';
import type { Session, SessionOptions } from '../runtime/types.js';
import type { Prediction, Predictor } from './prediction.js';

export { predictDataset } from './predict-dataset.js';
export type { Prediction, Predictor } from './prediction.js';

/** How a model is opened: `threads`, every core unless told; `inThread`, for a program that has nothing else to do. */
export type PredictorOptions = Pick<SessionOptions, 'threads' | 'inThread'>;

const views: Readonly<Record<ModelCard['views'], number>> = { one: 1, flips: 4, dihedral: 8 };

/** Views of pictures that go through the network at once: more gain nothing on a processor and take memory. */
const MOST_VIEWS = 32;
/** Values of the pictures of one run, before they are cropped and made smaller: as float32 in the graph they take four times that. */
const MOST_PIXEL_BYTES = 64 * 2 ** 20;

/**
 * Opens a model that `deploy` made, in a thread of its own unless told.
 *
 * @throws MessierError `onnx/file` and what else loadModel throws, `model/card`, `runtime/model-rejected`, `runtime/threads`.
 *
 * @example
 * const predictor = await openPredictor('model.onnx');
 * const { probabilities } = await predictor.predict(await readPicture('m51.jpg'));
 * await predictor.close();
 */
export async function openPredictor(path: string, { threads, inThread }: PredictorOptions = {}): Promise<Predictor> {
  // The thread starts and opens the file while this one reads the card.
  const opening = createSession(path, { device: 'cpu', threads, inThread });
  let card: ModelCard;
  try {
    card = readCard(loadModel(path));
  } catch (error) {
    await opening.then(
      (session) => session.release(),
      () => undefined,
    );
    throw error;
  }
  return new SessionPredictor(await opening, card);
}

class SessionPredictor implements Predictor {
  readonly batch: number;

  constructor(
    private readonly session: Session,
    readonly card: ModelCard,
  ) {
    this.batch = MOST_VIEWS / views[card.views];
  }

  async predict(picture: Picture): Promise<Prediction> {
    const [prediction] = await this.predictMany([picture]);
    return prediction as Prediction;
  }

  async predictMany(pictures: readonly Picture[]): Promise<Prediction[]> {
    const answers = new Array<Prediction>(pictures.length);
    for (const indices of this.runs(pictures)) {
      const made = await this.run(indices.map((index) => pictures[index] as Picture));
      indices.forEach((index, at) => (answers[index] = made[at] as Prediction));
    }
    return answers;
  }

  close(): Promise<void> {
    return this.session.release();
  }

  /** Places of pictures of one size, as many as a run takes. */
  private *runs(pictures: readonly Picture[]): Generator<number[]> {
    const sizes = new Map<string, number[]>();
    pictures.forEach(({ width, height }, index) => {
      const size = `${width}x${height}`;
      sizes.set(size, [...(sizes.get(size) ?? []), index]);
    });
    for (const indices of sizes.values()) {
      const { width, height } = pictures[indices[0] as number] as Picture;
      const fitting = Math.floor(MOST_PIXEL_BYTES / (width * height * this.card.preprocess.channels));
      const count = Math.max(1, Math.min(this.batch, fitting));
      for (let start = 0; start < indices.length; start += count) yield indices.slice(start, start + count);
    }
  }

  /** Of one size. */
  private async run(pictures: readonly Picture[]): Promise<Prediction[]> {
    const { channels } = this.card.preprocess;
    const { width, height } = pictures[0] as Picture;
    const data = new Uint8Array(pictures.length * channels * height * width);
    pictures.forEach((picture, index) => {
      checkPicture(picture);
      writePlanes(data, index * channels * height * width, picture, channels);
    });
    const feeds = { image: { type: 'uint8', dims: [pictures.length, channels, height, width], data } } as const;
    const answer = await this.session.run(feeds, ['probabilities', 'logits'], { transfer: true });
    const classes = this.card.classes.length;
    const rows = (name: string): Float32Array => {
      const values = answer[name]?.data;
      if (values instanceof Float32Array && values.length === pictures.length * classes) return values;
      throw new MessierError(
        'model/card',
        `Output "${name}": ${pictures.length} x ${classes} float32 expected, ${answer[name]?.type ?? 'nothing'} of [${answer[name]?.dims.join(', ') ?? ''}] received. Take the file that messier train wrote, unchanged.`,
      );
    };
    const [probabilities, logits] = [rows('probabilities'), rows('logits')];
    return pictures.map((_, row) => ({
      probabilities: probabilities.slice(row * classes, (row + 1) * classes),
      logits: logits.slice(row * classes, (row + 1) * classes),
    }));
  }
}

function checkPicture({ width, height, channels, data }: Picture): void {
  if (width >= 1 && height >= 1 && data.length === width * height * channels) return;
  throw new MessierError(
    'picture/size',
    `A picture of ${width} x ${height} pixels and ${channels} channels has ${width * height * channels} values; ${data.length} received.`,
  );
}
