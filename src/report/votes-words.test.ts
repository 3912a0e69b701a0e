import { describe, expect, it } from 'vitest';
import { simulateVotePredictions, votesCases } from '../../test/support/report-cases-votes.js';
import { evaluateVotes } from '../evaluate/votes.js';
import type { VotesEvaluation } from '../evaluate/votes-types.js';
import { loadTree } from '../recipes/trees.js';
import { errorSaved, votesInWords } from './votes-words.js';

const tree = loadTree('galaxy-zoo-2');
const judge = (galaxies: number, noise: number): VotesEvaluation =>
  evaluateVotes(simulateVotePredictions({ tree, galaxies, noise, seed: 1 }), { samples: 100 });
const said = (evaluation: VotesEvaluation): string => votesInWords(evaluation).join('\n').replaceAll('\u00A0', ' ');

describe('a model of votes in words', () => {
  const good = judge(80, 0.5);

  it('says by how much it is better than the mean, on how many galaxies, and what it answers best', () => {
    const { rmse, baseline, gain } = good;
    expect(gain.low).toBeGreaterThan(0);
    const text = said(good);
    expect(text).toContain(`off by ${rmse.value.toFixed(3)} (root mean squared error over 80 galaxies)`);
    expect(text).toContain(
      `It is better by ${gain.value.toFixed(3)} (${((100 * gain.value) / baseline.value).toFixed(1)} % of it; between ${gain.low.toFixed(3)} and ${gain.high.toFixed(3)})`,
    );
    const best = good.questions.toSorted((a, b) => errorSaved(b) - errorSaved(a))[0]!;
    expect(text).toContain(`It answers best: “${best.text.slice(0, 20)}`);
  });

  it('does not praise what answers at random, and says that it is worse', () => {
    const text = said(judge(80, Infinity));
    expect(text).toMatch(/It is worse by 0\.\d+ .*: the mean would serve better/);
    expect(text).toContain('answers no question more than hardly better');
    expect(text).toMatch(/where it says 0\.\d+, 0\.\d+ of the volunteers answer so/);
    expect(text).not.toContain('better by');
  });

  it('leaves open what the interval of the gain leaves open, and what few galaxies do', () => {
    const open = { ...good, gain: { value: 0.004, low: -0.002, high: 0.01 } };
    expect(said(open)).toContain('not shown to be better than that: the gain may be anything from \u22120.002 to 0.010');
    expect(said(judge(5, 0.5))).toContain('too few galaxies to tell');
    expect(said({ ...good, items: { ...good.items, counted: 0 } })).toBe(
      'No galaxy was judged, so nothing is known about this model.',
    );
  });

  it('names questions that are hardly answered and those that nobody was asked', () => {
    const questions = good.questions.map((question, at) => {
      if (at === 2) return { ...question, rmse: question.baseline };
      return at === 3 ? { ...question, rmse: null, baseline: null } : question;
    });
    const text = said({ ...good, questions });
    expect(text).toContain('Hardly better than the mean, or worse: “Is there a sign of a bar');
    expect(text).toContain('Nobody was asked “Is there any sign of a spiral');
  });

  it('tells intervals that hold too few votes from those that hold too many', () => {
    const { evaluation } = votesCases['galaxy zoo decals, counts'];
    const dirichlet = evaluation.dirichlet!;
    const covering = (value: number) =>
      said({
        ...evaluation,
        dirichlet: { ...dirichlet, coverage: [{ level: 0.9, covered: { value, low: value - 0.01, high: value + 0.01 } }] },
      });
    expect(covering(0.7)).toContain('should hold 90 % of the votes hold 70.0 %: it is surer than it should be');
    expect(covering(0.97)).toContain('less sure than it could be');
    expect(covering(0.895)).toContain('as they should');
    expect(said(good)).not.toContain('intervals that should');
  });
});
