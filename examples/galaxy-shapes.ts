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
const [size, batch, perClass, epochs] = [64, 30, 660, 8];
const random = (...path: (string | number)[]) => randomStream(1, ...path);

// As many galaxies of each class, in random order; spirals of both directions are one class.
const rows = readFileSync(`${folder}/labels.csv`, 'utf8').trim().split(/\r?\n/).slice(1);
const all = rows
  .map((row) => row.split(','))
  .map(([file, , name]) => ({ file, label: classes.indexOf(name?.replace(/_a?cw$/, '') ?? '') }));
const pick = (label: number) =>
  random('pick', label)
    .shuffle(all.filter((item) => item.label === label))
    .slice(0, perClass);
const chosen = random('order').shuffle(classes.flatMap((_, label) => pick(label)));

/** The galaxy in the middle of a picture as the network takes it, channels first and from -1 to 1: plain, mirrored, upside down, both. */
async function views(file = ''): Promise<Float32Array[]> {
  const middle = sharp(`${folder}/${file}`).extract({ left: 48, top: 48, width: 160, height: 160 }).resize(size);
  const turned = [middle, middle.clone().flop(), middle.clone().flip(), middle.clone().flip().flop()];
  const bytes = await Promise.all(turned.map((view) => view.raw().toBuffer()));
  return bytes.map((pixels) =>
    Float32Array.from(
      { length: pixels.length },
      (_, i) => (pixels[(i % size ** 2) * 3 + Math.floor(i / size ** 2)] ?? 0) / 127.5 - 1,
    ),
  );
}
const galaxies = await Promise.all(chosen.map(async ({ file, label }) => ({ label, views: await views(file) })));
const [unseen, seen] = [galaxies.slice(0, 10 * batch), galaxies.slice(10 * batch)];

function feed(items: typeof galaxies, view: () => number) {
  const image = new Float32Array(items.length * 3 * size ** 2);
  items.forEach(({ views }, n) => image.set(views[view()] ?? [], n * 3 * size ** 2));
  const labels = BigInt64Array.from(items, ({ label }) => BigInt(label));
  return {
    image: { type: 'float32', dims: [items.length, 3, size, size], data: image },
    labels: { type: 'int64', dims: [items.length], data: labels },
  } as const;
}

const model = createModel('galaxy-cnn', { classes: classes.length, seed: 1 });
const trainer = await Trainer.open(trainingStep(model, { loss: softmaxCrossEntropy(), optimizer: adamW(), dims: { N: batch } }), {
  seed: 1,
});
const steps = Math.floor(seen.length / batch);
const rate = oneCycle(0.0015, { steps: epochs * steps });
while (trainer.steps < epochs * steps) {
  const [epoch, step] = [Math.floor(trainer.steps / steps), trainer.steps % steps];
  if (step === 0) random('epoch', epoch).shuffle(seen);
  const turns = random('turn', trainer.steps);
  const { loss } = await trainer.step(
    feed(seen.slice(step * batch, (step + 1) * batch), () => turns.integer(4)),
    rate(trainer.steps),
  );
  if (step === steps - 1) console.log(`epoch ${epoch + 1} of ${epochs}, loss of the last batch ${loss.toFixed(3)}`);
}
const session = await createSession(trainedModel(model, (await trainer.snapshot()).tensors));
const { logits } = await session.run({ image: feed(unseen, () => 0).image });
await Promise.all([trainer.release(), session.release()]);

const scores = [...(logits?.data as Float32Array)];
const answer = (n: number) => {
  const row = scores.slice(n * 3, n * 3 + 3);
  return row.indexOf(Math.max(...row));
};
const right = unseen.filter(({ label }, n) => answer(n) === label).length / unseen.length;
console.log(`${(100 * right).toFixed(1)} % of ${unseen.length} unseen galaxies right`);
if (right < 0.75) throw new Error('Less than 75 % right: something is wrong with the training.');
