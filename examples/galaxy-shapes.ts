/** Trains a small network on real galaxies and checks it on pictures that it has not seen: `npm run example`. */
import { readFileSync } from 'node:fs';
import {
  adamW,
  createModel,
  createSession,
  oneCycle,
  randomStream,
  softmaxCrossEntropy,
  Trainer,
  trainedModel,
  trainingStep,
} from 'messier';
import sharp from 'sharp';

const folder = `${process.env['MESSIER_SHARED_DATA'] ?? '../shared/data'}/gz1_256`;
const classes = ['elliptical', 'spiral', 'edge_on'];
const [size, batch, perClass, epochs] = [64, 30, 660, 10];

// The same number of galaxies of each class, in random order; both directions of spiral arms are one class.
const rows = readFileSync(`${folder}/labels.csv`, 'utf8').trim().split(/\r?\n/).slice(1);
const all = rows
  .map((row) => row.split(','))
  .map(([file, , label]) => ({ file, label: classes.indexOf(label?.replace(/_a?cw$/, '') ?? '') }));
const pick = (label: number) =>
  randomStream(1, 'pick', label)
    .shuffle(all.filter((item) => item.label === label))
    .slice(0, perClass);
const galaxies = randomStream(1, 'order').shuffle(classes.flatMap((_, label) => pick(label)));
const read = async (file = '') =>
  sharp(`${folder}/${file}`).extract({ left: 48, top: 48, width: 160, height: 160 }).resize(size).raw().toBuffer();
const pictures = await Promise.all(galaxies.map(async ({ file, label }) => ({ label, pixels: await read(file) })));
const [unseen, seen] = [pictures.slice(0, 10 * batch), pictures.slice(10 * batch)];

/** A batch as the network takes it: channels first, values -1 to 1, each picture mirrored along both axes as `mirror` decides. */
function feed(chosen: typeof pictures, mirror: () => boolean = () => false) {
  const image = new Float32Array(chosen.length * 3 * size * size);
  chosen.forEach(({ pixels }, n) => {
    const [flipX, flipY] = [mirror(), mirror()];
    for (let i = 0; i < pixels.length; i++) {
      const [channel, x, y] = [i % 3, Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
      const place = (flipY ? size - 1 - y : y) * size + (flipX ? size - 1 - x : x);
      image[(n * 3 + channel) * size * size + place] = (pixels[i] ?? 0) / 127.5 - 1;
    }
  });
  const labels = BigInt64Array.from(chosen, ({ label }) => BigInt(label));
  return {
    image: { type: 'float32', dims: [chosen.length, 3, size, size], data: image },
    labels: { type: 'int64', dims: [chosen.length], data: labels },
  } as const;
}

const model = createModel('galaxy-cnn', { classes: classes.length, seed: 1 });
const trainer = await Trainer.open(trainingStep(model, { loss: softmaxCrossEntropy(), optimizer: adamW(), dims: { N: batch } }), {
  seed: 1,
});
const steps = Math.floor(seen.length / batch);
const rate = oneCycle(0.0015, { steps: epochs * steps });
for (let epoch = 0; epoch < epochs; epoch++) {
  const [order, coin] = [randomStream(1, 'epoch', epoch).shuffle([...seen]), randomStream(1, 'mirror', epoch)];
  let correct = 0;
  for (let i = 0; i < steps; i++) {
    const result = await trainer.step(
      feed(order.slice(i * batch, (i + 1) * batch), () => coin.uniform() < 0.5),
      rate(trainer.steps),
    );
    correct += result['correct'] ?? 0;
  }
  console.log(`epoch ${epoch + 1} of ${epochs}: ${((100 * correct) / (steps * batch)).toFixed(1)} % of the seen galaxies right`);
}
const trained = trainedModel(model, (await trainer.snapshot()).tensors);
await trainer.release();

const session = await createSession(trained);
const { logits } = await session.run({ image: feed(unseen).image });
await session.release();
const best = (n: number) =>
  classes
    .map((_, c) => Number(logits?.data[n * classes.length + c]))
    .reduce((top, value, c, row) => (value > (row[top] ?? 0) ? c : top), 0);
const right = unseen.filter(({ label }, n) => best(n) === label).length / unseen.length;
console.log(`${(100 * right).toFixed(1)} % of ${unseen.length} unseen galaxies right`);
if (right < 0.75) throw new Error('Less than 75 % right: something is wrong with the training.');
