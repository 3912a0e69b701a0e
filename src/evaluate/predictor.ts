import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { writePlanes } from '../dataset/planes.js';
import { loadModel } from '../formats/model-file.js';
import { readCard, type ModelCard } from '../models/card.js';
import { createSession } from '../runtime/session.js';
import type { Tensor } from '../onnx/types.js';
import type { Session, SessionOptions } from '../runtime/types.js';
import { encodeTexts, type TextPipeline } from '../text/index.js';
import type { Asked, Prediction, Predictor, Question } from './prediction.js';

export { predictDataset } from './predict-dataset.js';
export type { Asked, Prediction, Predictor, Question } from './prediction.js';

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
  private readonly outputs: readonly [string, string];

  constructor(
    private readonly session: Session,
    readonly card: ModelCard,
  ) {
    this.batch = MOST_VIEWS / views[card.views];
    this.outputs = outputsOf(card);
  }

  async predict(question: Question): Promise<Prediction> {
    const [prediction] = await this.predictMany([question]);
    return prediction as Prediction;
  }

  async predictMany(questions: readonly Question[]): Promise<Prediction[]> {
    const asked = questions.map((one): Asked => ('data' in one ? { picture: one } : one));
    for (const one of asked) checkAsked(one, this.card);
    const answers = new Array<Prediction>(asked.length);
    for (const indices of this.runs(asked)) {
      const made = await this.run(indices.map((index) => asked[index] as Asked));
      indices.forEach((index, at) => (answers[index] = made[at] as Prediction));
    }
    return answers;
  }

  close(): Promise<void> {
    return this.session.release();
  }

  /** Places of questions with pictures of one size, as many as a run takes. */
  private *runs(asked: readonly Asked[]): Generator<number[]> {
    const takesPictures = this.card.inputs !== 'text';
    const sizes = new Map<string, number[]>();
    asked.forEach(({ picture }, index) => {
      const size = takesPictures && picture ? `${picture.width}x${picture.height}` : '';
      sizes.set(size, [...(sizes.get(size) ?? []), index]);
    });
    for (const indices of sizes.values()) {
      const { width, height } = (takesPictures && asked[indices[0] as number]?.picture) || { width: 1, height: 1 };
      const fitting = Math.floor(MOST_PIXEL_BYTES / (width * height * this.card.preprocess.channels));
      const count = Math.max(1, Math.min(this.batch, fitting));
      for (let start = 0; start < indices.length; start += count) yield indices.slice(start, start + count);
    }
  }

  /** With pictures of one size. */
  private async run(asked: readonly Asked[]): Promise<Prediction[]> {
    const { card, outputs } = this;
    const feeds = {
      ...(card.inputs === 'text' ? {} : { image: pixelsOf(asked, card) }),
      ...(card.text && { tokens: tokensOf(asked, card.text) }),
    };
    const answer = await this.session.run(feeds, [...new Set(outputs)], { transfer: true });
    const columns = card.classes.length;
    const rows = (name: string): Float32Array => {
      const values = answer[name]?.data;
      if (values instanceof Float32Array && values.length === asked.length * columns) return values;
      throw new MessierError(
        'model/card',
        `Output "${name}": ${asked.length} x ${columns} float32 expected, ${answer[name]?.type ?? 'nothing'} of [${answer[name]?.dims.join(', ') ?? ''}] received. Take the file that messier train wrote, unchanged.`,
      );
    };
    const [probabilities, logits] = [rows(outputs[0]), rows(outputs[1])];
    return asked.map((_, row) => ({
      probabilities: probabilities.slice(row * columns, (row + 1) * columns),
      logits: logits.slice(row * columns, (row + 1) * columns),
    }));
  }
}

function outputsOf({ votes }: ModelCard): readonly [string, string] {
  if (!votes) return ['probabilities', 'logits'];
  return ['shares', votes.head === 'dirichlet' ? 'concentrations' : 'shares'];
}

function pixelsOf(asked: readonly Asked[], { preprocess: { channels } }: ModelCard): Tensor {
  const { width, height } = asked[0]?.picture as Picture;
  const data = new Uint8Array(asked.length * channels * height * width);
  asked.forEach(({ picture }, index) => {
    writePlanes(data, index * channels * height * width, picture as Picture, channels);
  });
  return { type: 'uint8', dims: [asked.length, channels, height, width], data };
}

function tokensOf(asked: readonly Asked[], pipeline: TextPipeline): Tensor {
  const texts = asked.map(({ text = '' }) => text);
  return { type: 'int64', dims: [asked.length, pipeline.length], data: encodeTexts(pipeline, texts) };
}

/** Throws `predict/input` where something is missing, `picture/size` for a damaged picture. */
function checkAsked({ picture, text }: Asked, { inputs, name }: ModelCard): void {
  const missing = inputs !== 'text' && !picture ? 'a picture' : inputs !== 'image' && text === undefined ? 'a text' : undefined;
  if (missing !== undefined) {
    const wanted = inputs === 'both' ? 'a picture and a text' : missing;
    const way = missing === 'a text' ? 'Give it with --text "..."' : 'Name a file, or pass the picture';
    throw new MessierError('predict/input', `"${name}" takes ${wanted}; ${missing} is missing. ${way}.`);
  }
  if (inputs === 'text' || !picture) return;
  const { width, height, channels, data } = picture;
  if (width >= 1 && height >= 1 && data.length === width * height * channels) return;
  throw new MessierError(
    'picture/size',
    `A picture of ${width} x ${height} pixels and ${channels} channels has ${width * height * channels} values; ${data.length} received.`,
  );
}
