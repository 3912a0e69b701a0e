/** Comparisons as text for a terminal. */
import type { ModelComparison } from '../evaluate/comparison-types.js';
import { columns, interval } from './figures.js';

const titles: Readonly<Record<string, string>> = {
  accuracy: 'accuracy',
  balancedAccuracy: 'balanced',
  macroPrecision: 'precision',
  macroRecall: 'recall',
  macroF1: 'F1',
  rmse: 'RMSE',
};

/** Figures of which the interval is shown. */
const whole = new Set(['accuracy', 'macroF1', 'rmse']);

/** The table, the differences and what they are of. */
export function comparisonText(comparison: ModelComparison): string {
  const { models, baseline, parts, pairs, speed, task, judged } = comparison;
  const names = Object.keys(models[0]?.figures ?? {});
  const [tested = ''] = names;
  const beside = (['train', 'validation'] as const).filter((part) => parts[part] !== null);
  const figures = (values: (typeof models)[number]['figures']): string[] =>
    names.map((name) => {
      const one = values[name];
      if (!one) return '';
      return whole.has(name) ? interval(one) : one.value.toFixed(3);
    });
  const title = (name: string): string => titles[name] ?? name;
  const table = columns([
    ['model', ...beside, ...names.map(title), 'parameters', 'pictures/s', 'MB'],
    ...models.map((model) => [
      model.name,
      ...beside.map((part) => model[part]?.value.toFixed(3) ?? ''),
      ...figures(model.figures),
      model.parameters.toLocaleString('en'),
      model.picturesPerSecond.toPrecision(3),
      (model.bytes / 1e6).toPrecision(3),
    ]),
    [baseline.label, ...beside.map(() => ''), ...figures(baseline.figures)],
  ]);
  const differences =
    pairs.length === 0
      ? []
      : [
          columns([
            ['difference', title(tested), 'p', 'p, Holm'],
            ...pairs.map(({ first, second, difference, p, adjusted }) => [
              `${first} - ${second}`,
              difference[tested] ? interval(difference[tested]) : '',
              p.toPrecision(2),
              adjusted.toPrecision(2),
            ]),
          ]),
        ];
  const counted = beside.map((part) => `${part} ${parts[part]?.pictures ?? 0} of ${parts[part]?.of ?? 0}`);
  const test = task === 'votes' ? "a permutation of the galaxies' squared errors" : "McNemar's exact test";
  return [
    table,
    ...differences,
    `${parts.judged.pictures} pictures judged (${judged}${counted.length > 0 ? `; ${tested} also on ${counted.join(', ')}` : ''}); p of ${test}${pairs.length > 1 ? `, corrected for ${pairs.length} tests` : ''}; speed with ${speed.threads} threads`,
  ].join('\n\n');
}
