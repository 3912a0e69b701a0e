/** Trains a small network on real galaxies and checks it on pictures that it has not seen: `npx tsx examples/galaxy-shapes.ts`. */
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import {
  adamW,
  createModel,
  createSession,
  oneCycle,
  randomStream,
  saveModel,
  softmaxCrossEntropy,
  Trainer,
  trainedModel,
  trainingStep,
} from 'messier';

const folder = `${process.env['MESSIER_SHARED_DATA'] ?? '../shared/data'}/gz1_256`;
const classes = ['elliptical', 'spiral', 'edge_on'];
const [size, batch, perClass, epochs] = [64, 30, 330, 12];

const lines = readFileSync(`${folder}/labels.csv`, 'utf8').trim().split(/\r?\n/).slice(1);
const all = lines
  .map((line) => line.split(','))
  .map(([file = '', , label = '']) => ({ file, label: classes.indexOf(label.split('_').includes('spiral') ? 'spiral' : label) }));
const items = classes.flatMap((_, label) =>
  randomStream(1, 'choose', label)
    .shuffle(all.filter((item) => item.label === label))
    .slice(0, perClass),
);
randomStream(1, 'split').shuffle(items);
const pixels = await Promise.all(
  items.map(async ({ file }) =>
    sharp(`${folder}/${file}`).extract({ left: 48, top: 48, width: 160, height: 160 }).resize(size).raw().toBuffer(),
  ),
);

/** One batch as tensors, channels first; mirrored by chance while training. */
function feed(chosen: readonly number[], mirror?: (index: number) => boolean) {
  const image = new Float32Array(chosen.length * 3 * size * size);
  chosen.forEach((item, n) => {
    const flip = mirror?.(item) ?? false;
    for (let p = 0; p < size * size; p++) {
      const x = flip ? p - (p % size) + size - 1 - (p % size) : p;
      for (let c = 0; c < 3; c++) image[(n * 3 + c) * size * size + x] = (pixels[item]?.[p * 3 + c] ?? 0) / 127.5 - 1;
    }
  });
  const labels = BigInt64Array.from(chosen, (item) => BigInt(items[item]?.label ?? 0));
  return {
    image: { type: 'float32', dims: [chosen.length, 3, size, size], data: image },
    labels: { type: 'int64', dims: [chosen.length], data: labels },
  } as const;
}

const test = items.map((_, index) => index).slice(-9 * batch);
const train = items.map((_, index) => index).slice(0, -9 * batch);
const model = createModel('galaxy-cnn', { classes: classes.length, seed: 1 });
const step = trainingStep(model, {
  loss: softmaxCrossEntropy({ labelSmoothing: 0.05 }),
  optimizer: adamW({ weightDecay: 0.02 }),
  dims: { N: batch },
});
const trainer = await Trainer.open(step, { seed: 1 });
const perEpoch = Math.floor(train.length / batch);
const rate = oneCycle(3e-3, { steps: epochs * perEpoch });
for (let epoch = 0; epoch < epochs; epoch++) {
  const order = randomStream(1, 'order', epoch).shuffle([...train]);
  const coin = randomStream(1, 'mirror', epoch);
  let correct = 0;
  for (let i = 0; i < perEpoch; i++)
    correct +=
      (
        await trainer.step(
          feed(order.slice(i * batch, (i + 1) * batch), () => coin.uniform() < 0.5),
          rate(trainer.steps),
        )
      )['correct'] ?? 0;
  console.log(`epoch ${epoch + 1}: ${((100 * correct) / (perEpoch * batch)).toFixed(1)} % of the training pictures right`);
}
const trained = trainedModel(model, (await trainer.snapshot()).tensors);
await trainer.release();

const session = await createSession(trained);
const { logits } = await session.run({ image: feed(test).image });
await session.release();
const scores = Array.from((logits?.data ?? []) as Float32Array);
const right = test.filter((item, n) => {
  const row = scores.slice(n * 3, n * 3 + 3);
  return row.indexOf(Math.max(...row)) === items[item]?.label;
}).length;
console.log(`${right} of ${test.length} unseen galaxies right: ${((100 * right) / test.length).toFixed(1)} %`);
if (process.argv[2]) await saveModel(trained, process.argv[2]);
if (right / test.length < 0.85) throw new Error('Less than 85 % right: something is wrong with the training.');
