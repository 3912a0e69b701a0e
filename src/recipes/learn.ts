/** From prepared data to trained weights. */
import { openBatches } from '../dataset/batches.js';
import { openOrdered } from '../dataset/ordered.js';
import { rowBatches, rowOrder } from '../dataset/row-batches.js';
import type { BatchSource, Columns, OrderedSource } from '../dataset/types.js';
import { replaceInitializers } from '../onnx/rewrite/index.js';
import type { Model } from '../onnx/types.js';
import { train, type TrainResult } from '../train/index.js';
import { fingerprintOf } from './fingerprint.js';
import { readHead, writeHead, type FittedHead } from './head-file.js';
import { networkOf } from './network.js';
import type { PreparedItem } from './prepare.js';
import type { LearnOptions, Lesson } from './lesson.js';
import { optimizerOf, preprocessOf, scheduleOf } from './settings.js';
import { taskOf, type Task } from './task.js';
import { tokensColumn } from './texts.js';
import { fitFeatureHead, learnersOf } from './transfer.js';

/** Trains the recipe's network on the training part, watched on the validation part. Throws what `train` throws. */
export async function learn(lesson: Lesson, options: LearnOptions): Promise<TrainResult> {
  const { recipe, prepared } = lesson;
  const task = taskOf(recipe, prepared);
  const model = networkOf(recipe, { outputs: task.outputs, ...lesson });
  if (recipe.transfer?.mode === 'features') return learnHead(model, lesson, options);
  if (recipe.transfer?.headStart !== true) return trainAll(model, task, lesson, options);
  const head = await fitFeatureHead(model, lesson, options);
  const trained = await trainAll(withHead(model, head), task, lesson, options);
  return { ...trained, seconds: head.seconds + trained.seconds };
}

/** The head alone, or the one that this very run fitted before. */
async function learnHead(model: Model, lesson: Lesson, options: LearnOptions): Promise<TrainResult> {
  const { folder, resume, onNotice } = options;
  const fingerprint = fingerprintOf(lesson);
  let head = resume === true ? await readHead(folder, fingerprint, onNotice) : undefined;
  if (!head) {
    head = await fitFeatureHead(model, lesson, options);
    await writeHead(folder, fingerprint, head);
  }
  return { model: withHead(model, head), history: [], bestEpoch: 0, stoppedEarly: false, seconds: head.seconds, waited: 0 };
}

const withHead = (model: Model, { tensors }: FittedHead): Model => replaceInitializers(model, tensors);

async function trainAll(model: Model, task: Task, lesson: Lesson, options: LearnOptions): Promise<TrainResult> {
  const { recipe, prepared } = lesson;
  const { training } = recipe;
  const { onEpoch, ...rest } = options;
  const of = (part: string) => prepared.items.filter((item) => item.part === part);
  const watching = of('validation');
  const batches = await batchesOf(of('train'), task, lesson);
  try {
    const source = watching.length === 0 ? undefined : await orderOf(watching, lesson);
    try {
      return await train({
        ...rest,
        onEpoch: (record) => onEpoch?.(record, training.epochs),
        model,
        batches,
        validation: source && { source, judge: task.judge(watching) },
        loss: task.loss,
        optimizer: optimizerOf(recipe),
        schedule: scheduleOf(recipe, training.epochs * batches.steps),
        epochs: training.epochs,
        seed: training.seed,
        clipNorm: training.clipNorm,
        averageDecay: training.averageDecay,
        monitor: training.monitor,
        fingerprint: fingerprintOf(lesson),
        ...learnersOf(model, recipe),
      });
    } finally {
      await source?.close();
    }
  } finally {
    await batches.close();
  }
}

/** What the network reads besides pictures. */
function inputsOf(items: readonly PreparedItem[], { pipeline }: Lesson): Columns {
  return pipeline ? { tokens: tokensColumn(pipeline, items) } : {};
}

async function batchesOf(items: readonly PreparedItem[], task: Task, lesson: Lesson): Promise<BatchSource> {
  const { recipe, prepared } = lesson;
  const { training } = recipe;
  const { classes } = prepared.rule;
  const columns = { ...inputsOf(items, lesson), ...task.targets(items) };
  const labels = Int32Array.from(items, ({ classIndex }) => classIndex);
  const shared = { columns, labels, sampling: { power: training.samplingPower }, size: training.batch, seed: training.seed };
  if (!prepared.cache) return rowBatches({ ...shared, classes: classes.length });
  return openBatches(prepared.cache, {
    ...shared,
    classes,
    indices: items.map(({ index }) => index),
    preprocess: preprocessOf(recipe),
    augmentation: recipe.augment,
  });
}

async function orderOf(items: readonly PreparedItem[], lesson: Lesson): Promise<OrderedSource> {
  const { recipe, prepared } = lesson;
  const columns = inputsOf(items, lesson);
  if (!prepared.cache) return rowOrder(columns, items.length);
  return openOrdered(prepared.cache, { indices: items.map(({ index }) => index), preprocess: preprocessOf(recipe), columns });
}
