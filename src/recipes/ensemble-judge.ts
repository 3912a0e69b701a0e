import { comparePredictions, type ComparedPair } from '../evaluate/compare.js';
import { anyRight, diversityOf, logLossDifference } from '../evaluate/ensemble.js';
import type { EnsembleMember, EnsembleMethod, EnsembleReport, EnsembleRow } from '../evaluate/ensemble-types.js';
import { evaluatePredictions } from '../evaluate/evaluate.js';
import type { ModelCost } from '../evaluate/model-cost.js';
import { largest, logLosses } from '../evaluate/scores.js';
import type { Predictions } from '../evaluate/types.js';
import type { FittedEnsemble } from './ensemble-fit.js';

/** A model's answers and cost. */
interface Answered {
  readonly judged: Predictions;
  readonly cost: ModelCost;
}

/** What is judged. */
export interface JudgeEnsembleOptions {
  readonly method: EnsembleMethod;
  readonly split: EnsembleReport['split'];
  readonly members: readonly (Answered & {
    readonly name: string;
    readonly architecture: string;
    readonly fitted: Predictions;
  })[];
  readonly ensemble: Answered;
  readonly combined: FittedEnsemble;
  readonly balance: number | null;
  readonly samples?: number | undefined;
}

/** The name of the ensemble among its members. */
const own = 'ensemble';

/** Judges an ensemble beside its members, all on the same pictures. Throws what comparePredictions throws. */
export function judgeEnsemble({
  method,
  split,
  members,
  ensemble,
  combined,
  balance,
  samples,
}: JudgeEnsembleOptions): EnsembleReport {
  const options = { samples };
  const row = (name: string, { judged, cost }: Answered): EnsembleRow => {
    const { accuracy, balancedAccuracy, macroF1, logLoss } = evaluatePredictions(judged, options);
    return { name, accuracy, balancedAccuracy, macroF1, logLoss, ...cost };
  };
  const named = members.map(({ name, judged }) => ({ name, predictions: judged }));
  const free = members.some(({ name }) => name === own) ? `${own} of runs` : own;
  const { pairs, bootstrap, classes, pictures } = comparePredictions([{ name: free, predictions: ensemble.judged }, ...named], {
    ...options,
    against: 'first',
  });
  const rows = members.map((member, at): EnsembleMember => ({
    ...row(member.name, member),
    architecture: member.architecture,
    validationAccuracy: accuracyOf(member.fitted),
    weight: combined.weights?.[at] ?? null,
  }));
  return {
    method,
    classes,
    pictures: { fitted: members[0]?.fitted.labels.length ?? 0, judged: pictures },
    split,
    temperature: combined.temperature,
    l2: combined.l2,
    balance,
    members: rows,
    ensemble: { ...row(free, ensemble), parameters: parametersOf(rows, combined) },
    best: bestOf(members),
    gains: members.map(({ name, judged }, at) => {
      const { difference, mcnemar } = pairs[at] as ComparedPair;
      const { accuracy, balancedAccuracy, macroF1 } = difference;
      const logLoss = logLossDifference(ensemble.judged, judged, options);
      return { member: name, accuracy, balancedAccuracy, macroF1, logLoss, mcnemar };
    }),
    diversity: diversityOf(named),
    anyRight: anyRight(members.map(({ judged }) => judged)),
    bootstrap,
  };
}

/** Those of the members, and what the combination was fitted. */
function parametersOf(members: readonly EnsembleMember[], { stack, weights }: FittedEnsemble): number {
  const own = stack ? stack.weight.data.length + stack.bias.data.length : new Set(weights).size > 1 ? (weights?.length ?? 0) : 0;
  return members.reduce((sum, { parameters }) => sum + parameters, own);
}

function accuracyOf({ labels, probabilities, classes }: Predictions): number {
  const answers = largest(probabilities, classes.length);
  return labels.filter((label, row) => label === answers[row]).length / labels.length;
}

/** The member with the most right answers on the fitted pictures; of equal ones that with the lower log loss. */
function bestOf(members: JudgeEnsembleOptions['members']): string {
  const scored = members.map(({ name, fitted }) => ({
    name,
    accuracy: accuracyOf(fitted),
    loss: logLosses(fitted.labels, fitted.probabilities, fitted.classes.length).reduce((sum, loss) => sum + loss, 0),
  }));
  return scored.sort((a, b) => b.accuracy - a.accuracy || a.loss - b.loss)[0]?.name ?? '';
}
