import type { LeakageReport } from '../text/leakage.js';
import type { Interval } from '../evaluate/types.js';
import { counted, figure, percent, quoted, range, withInterval } from './format.js';
import type { InputsReport, InputsRow } from './types.js';

/** How inputs are called. */
export const inputNames: Readonly<Record<InputsRow['inputs'], string>> = {
  image: 'picture alone',
  text: 'text alone',
  both: 'picture and text',
};

/** Whether labels follow from words, what that means, and which figure is to be believed: in sentences. */
export function inputsInWords({ leakage, rows }: InputsReport): readonly string[] {
  const find = (inputs: InputsRow['inputs'], masked: InputsRow['masked']) =>
    rows.find((row) => row.inputs === inputs && row.masked === masked);
  const [own] = rows;
  return [
    verdict(leakage),
    ...byKeywords(leakage),
    ...(own ? [believed(leakage, own, find(own.inputs, 'learning'), find(own.inputs, 'judging'))] : []),
    ...(own?.inputs === 'both' ? addsPicture(own, find('image', 'nothing'), find('text', 'nothing')) : []),
  ];
}

function verdict({ leaks, list, texts }: LeakageReport): string {
  const rules = `${counted(list.rules.length, 'word')} alone tell${list.rules.length === 1 ? 's' : ''} the class of ${percent(list.accuracy)} of ${counted(texts.heldOut, 'held-out text')}`;
  const chance = `balanced accuracy ${figure(list.balancedAccuracy)}; ${figure(list.chance.mean)} where labels are shuffled, p = ${figure(list.chance.p)}`;
  return leaks
    ? `The labels leak: ${rules} (${chance}). A network that reads these texts may do no more than find these words.`
    : `The labels do not follow from a few single words: ${rules} (${chance}).`;
}

function byKeywords({ keywords }: LeakageReport): readonly string[] {
  if (!keywords) return [];
  return [
    `Labels were made from keywords, and looking for these in the texts gives ${percent(keywords.accuracy)} of them back (balanced accuracy ${figure(keywords.balancedAccuracy)}).`,
  ];
}

const score = (row: InputsRow): string => `balanced accuracy ${withInterval(row.balancedAccuracy)}`;

function believed({ leaks, mask, baseline }: LeakageReport, own: InputsRow, learned?: InputsRow, judged?: InputsRow): string {
  const whole = `${inputNames[own.inputs]} with all words (${score(own)})`;
  if (mask.length === 0) return `No word tells enough to be left out: believe ${whole}.`;
  const blind = learned ?? judged;
  if (!blind) return `Believe ${whole}${leaks ? ' for texts that hold such words, and for no others' : ''}.`;
  const how = learned
    ? 'learned and judged without the telling words'
    : 'judged without the telling words, which it had learned from';
  if (!leaks) return `Believe ${whole}; ${how}, it has ${score(blind)}.`;
  const rest =
    blind.balancedAccuracy.low > baseline.balancedAccuracy
      ? ''
      : ` That is not shown to be more than the ${figure(baseline.balancedAccuracy)} of always the most frequent class.`;
  return `For what it can do beyond those words, believe the network ${how} (${score(blind)}), not ${whole}.${rest}`;
}

/** What pictures add to texts. */
function addsPicture(both: InputsRow, image: InputsRow | undefined, text: InputsRow | undefined): readonly string[] {
  if (!image || !text) return [];
  const named = (row: InputsRow) => `${quoted(inputNames[row.inputs])} ${figure(row.balancedAccuracy.value)}`;
  const better = above(both.balancedAccuracy, text.balancedAccuracy);
  const adds = better
    ? 'the picture adds to the text'
    : above(text.balancedAccuracy, both.balancedAccuracy)
      ? 'the picture beside the text does harm'
      : `that the picture adds anything to the text is not shown: the intervals are ${range(both.balancedAccuracy)} and ${range(text.balancedAccuracy)}`;
  return [`With all words, balanced accuracies are ${named(both)}, ${named(text)}, ${named(image)}: ${adds}.`];
}

const above = (one: Interval, other: Interval): boolean => one.low > other.high;
