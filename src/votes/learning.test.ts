import { expect, test } from 'vitest';
import { adam, trainedModel, trainingStep } from '../autodiff/index.js';
import { evaluateVotes, meanShares } from '../evaluate/votes.js';
import { classifier, dense, Network } from '../nn/index.js';
import { loadTree } from '../recipes/trees.js';
import { createSession } from '../runtime/session.js';
import { Trainer } from '../runtime/trainer.js';
import { galaxyKinds, simulateGalaxy } from '../sky/simulate.js';
import { treeLayout } from './layout.js';
import { voteCountLoss, voteShareLoss } from './losses.js';
import { concentrationsOfLogits, sharesOfConcentrations, sharesOfLogits } from './shares.js';
import { simulateVotes } from './simulate.js';

const tree = loadTree('galaxy-zoo-2');
const width = treeLayout(tree).columns.length;

/** What galaxies were made of, and 40 votes on each. */
function data() {
  const rows = Array.from({ length: 96 }, (_, number) => {
    const index = Math.floor(number / galaxyKinds.length);
    const galaxy = simulateGalaxy(galaxyKinds[number % galaxyKinds.length]!, { seed: 1, index }, { side: 16 });
    const { axisRatio, bulgeShare, arms, armShare, pitchDegrees, barShare, ringShare, companionShare } = galaxy.traits;
    const features = [axisRatio, bulgeShare, arms / 3, armShare, pitchDegrees / 30, 5 * barShare, ringShare, companionShare];
    return {
      features: [...features, galaxy.kind === 'edge_on' ? 1 : 0],
      votes: simulateVotes(galaxy, tree, { volunteers: 40, seed: 1, index }),
    };
  });
  const matrix = (values: readonly number[]) => ({
    type: 'float32' as const,
    dims: [rows.length, values.length / rows.length],
    data: Float32Array.from(values),
  });
  const shares = rows.flatMap(({ votes }) => [...votes.shares]);
  return {
    features: matrix(rows.flatMap(({ features }) => features)),
    shares: matrix(shares.map((share) => (Number.isNaN(share) ? 0 : share))),
    weights: matrix(shares.map((share) => (Number.isNaN(share) ? 0 : 1))),
    counts: matrix(rows.flatMap(({ votes }) => [...votes.counts])),
    truth: rows.flatMap(({ votes }) => [...votes.truth]),
  };
}

const { features, shares, weights, counts, truth } = data();

function judge(predicted: ArrayLike<number>): { rmse: number; baseline: number } {
  const trainingMean = meanShares({ shares: shares.data, weights: weights.data }, width);
  const { rmse, baseline } = evaluateVotes(
    { tree, shares: predicted, observed: shares.data, weights: weights.data, trainingMean },
    { samples: 10 },
  );
  return { rmse: rmse.value, baseline: baseline.value };
}

test.each(['softmax', 'sparsemax', 'dirichlet'] as const)(
  'a small network learns the votes from what galaxies are made of: %s',
  async (head) => {
    const net = new Network({ seed: 1 });
    const hidden = dense(net, net.features({ size: features.dims[1]! }), { units: 48, activation: 'relu' });
    classifier(net, hidden, { classes: width });
    const model = net.build();
    const loss = head === 'dirichlet' ? voteCountLoss(tree) : voteShareLoss(tree, { activation: head, weights: true });
    const trainer = await Trainer.open(trainingStep(model, { loss, optimizer: adam() }), { threads: 1 });
    const batch = head === 'dirichlet' ? { features, targets: counts } : { features, targets: shares, weights };
    for (let step = 0; step < 200; step++) await trainer.step(batch, 0.01);
    const trained = trainedModel(model, (await trainer.snapshot()).tensors);
    await trainer.release();
    const session = await createSession(trained, { device: 'cpu', threads: 1 });
    const { logits } = await session.run({ features }, ['logits']);
    await session.release();
    const numbers = logits!.data as Float32Array;
    const predicted =
      head === 'dirichlet' ? sharesOfConcentrations(tree, concentrationsOfLogits(numbers)) : sharesOfLogits(tree, numbers, head);
    const { rmse, baseline } = judge(predicted);
    // The scatter of 40 volunteers alone is what the truth has.
    const scatter = judge(truth).rmse;
    expect(baseline).toBeGreaterThan(4 * scatter);
    expect(rmse).toBeLessThan(2 * scatter);
  },
);
