import { axisX, axisY, dot, gridX, ruleY } from '@observablehq/plot';
import type { QuestionFigures } from '../../evaluate/votes-types.js';
import type { Interval } from '../../evaluate/types.js';
import { axisNames, draw, legend, scrolling } from '../draw.js';
import { shorten, withInterval, wrapped } from '../format.js';
import { markup, type Markup } from '../html.js';

interface Row extends Interval {
  readonly key: string;
  readonly said: string;
}

/** Two marks of a question stand this far above and below its middle, in pixels. */
const apart = 6;
/** Longest line of a question, in characters. */
const longest = 24;

/** Errors of each question with their intervals, the model's above those of always answering the mean. */
export function questionErrors(questions: readonly QuestionFigures[]): Markup | undefined {
  const texts = new Map(questions.map(({ key, text }) => [key, text]));
  const model = rowsOf(questions, 'model', ({ rmse }) => rmse);
  const mean = rowsOf(questions, 'always the mean', ({ baseline }) => baseline);
  const keys = questions.filter(({ key }) => [...model, ...mean].some((row) => row.key === key)).map(({ key }) => key);
  if (keys.length === 0) return undefined;
  const lines = (key: string) => wrapped(texts.get(key) ?? key, longest, 3);
  const names = axisNames(keys.map(lines), longest);
  const most = Math.max(...[...model, ...mean].flatMap(({ value, high }) => [value, high]).filter(Number.isFinite), 1e-3);
  const label = `Error of each question with its interval: ${model.map(({ said }) => shorten(said, 120)).join('; ')}`;
  const marks = (rows: readonly Row[], colour: string, dy: number, symbol: 'circle' | 'square') => [
    ruleY(
      rows.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high)),
      { x1: 'low', x2: 'high', y: 'key', dy, stroke: colour, strokeWidth: 2 },
    ),
    dot(rows, { x: 'value', y: 'key', dy, r: 4.5, symbol, fill: colour, title: 'said' }),
  ];
  return markup`<figure>${legend([
    { mark: 'circle', colour: '--blue', text: 'this model, line: interval' },
    { mark: 'square', colour: '--orange', text: 'always the mean of the training part' },
  ])}${scrolling(
    'Error of each question',
    draw(
      label,
      {
        width: 640,
        height: keys.length * 48 + 48,
        marginLeft: names.margin,
        marginRight: 20,
        marginTop: 8,
        marginBottom: 40,
        x: { domain: [0, most * 1.04] },
        y: { domain: keys, padding: 0.5 },
        marks: [
          gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
          axisX({
            label: 'root mean squared error of the shares (smaller is better)',
            labelAnchor: 'center',
            labelArrow: 'none',
            tickSize: 0,
            ticks: 5,
          }),
          axisY({ label: null, tickSize: 0, tickFormat: (key: string) => names.format(lines(key)) }),
          ...marks(mean, 'var(--orange)', apart, 'square'),
          ...marks(model, 'var(--blue)', -apart, 'circle'),
        ],
      },
      480,
    ),
  )}</figure>`;
}

function rowsOf(
  questions: readonly QuestionFigures[],
  name: string,
  of: (question: QuestionFigures) => Interval | null,
): readonly Row[] {
  return questions.flatMap((question) => {
    const interval = of(question);
    if (!interval || !Number.isFinite(interval.value)) return [];
    return [{ key: question.key, ...interval, said: `${question.text} ${name}: ${withInterval(interval)}` }];
  });
}
