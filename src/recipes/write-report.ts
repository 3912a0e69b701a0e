/** The page of a run, and manifest.json with everything that made it. */
import { join } from 'node:path';
import { randomStream } from '../core/random.js';
import { featureMaps } from '../explain/feature-maps.js';
import { mostConfidentMistakes } from '../evaluate/predictions.js';
import type { Evaluation, Predictions } from '../evaluate/types.js';
import { writeAtomically } from '../formats/atomic.js';
import { loadModel } from '../formats/model-file.js';
import { thumbnailUri } from '../formats/picture-encode.js';
import type { CleaningReport, FeatureMaps, InputsReport, Mistake, PartCounts, Thumbnail } from '../report/types.js';
import type { FinishOptions } from './finish-options.js';
import { inTurn } from './in-turn.js';
import { factsOf } from './run-facts.js';
import { countClasses, type PreparedItem } from './prepare.js';

export interface ReportOptions extends FinishOptions {
  readonly judged: 'test' | 'validation';
  readonly evaluation: Evaluation;
  readonly predictions: Predictions;
  /** Of a model of texts. */
  readonly inputs: InputsReport | undefined;
  readonly cleaning: CleaningReport | undefined;
  /** Path of the model. */
  readonly model: string;
}

/** Pictures a class in the sample grid, classes there, mistakes shown, and characters kept of their texts. */
const shown = { samples: 6, classes: 20, mistakes: 24, side: 96, text: 400 } as const;

/** Writes manifest.json and report.html; resolves to the page's path. */
export async function writeRunReport(options: ReportOptions): Promise<string> {
  const { recipe, text, prepared, training, folder, evaluation, judged } = options;
  const facts = factsOf(options);
  await writeAtomically(join(folder, 'manifest.json'), JSON.stringify(Object.fromEntries(facts), undefined, 1));
  // The plots are loaded only here.
  const { runReportPage } = await import('../report/index.js');
  const page = runReportPage({
    title: `${recipe.name} on ${prepared.dataset.name}`,
    description: recipe.description,
    history: training.history,
    evaluation,
    counts: partCounts(options),
    noun: prepared.cache ? 'picture' : 'text',
    samples: prepared.cache ? await samples(options) : [],
    mistakes: await mistakes(options),
    featureMaps: await maps(options),
    inputs: options.inputs,
    cleaning: options.cleaning,
    facts: [...facts, ['judged on', judged]],
    recipe: text,
  });
  const path = join(folder, 'report.html');
  await writeAtomically(path, page);
  return path;
}

function partCounts({ prepared }: ReportOptions): PartCounts {
  const { classes } = prepared.rule;
  const of = (part: string): Record<string, number> => {
    const counts = countClasses(
      prepared.items.filter((item) => item.part === part),
      classes.length,
    );
    return Object.fromEntries(classes.map((label, at) => [label, counts[at] ?? 0]));
  };
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

async function thumbnail({ prepared }: ReportOptions, item: PreparedItem): Promise<Thumbnail> {
  const { picture } = await prepared.dataset.load(item);
  return {
    id: item.id,
    uri: await thumbnailUri(picture, shown.side),
    label: prepared.rule.classes[item.classIndex] ?? item.label,
  };
}

/** The same ones each time, chosen by the recipe's seed. */
function samples(options: ReportOptions): Promise<Thumbnail[]> {
  const { prepared, recipe } = options;
  const chosen = prepared.rule.classes.slice(0, shown.classes).flatMap((label, classIndex) => {
    const all = prepared.items.filter((item) => item.part === 'train' && item.classIndex === classIndex);
    return randomStream(recipe.training.seed, 'samples', label).shuffle(all).slice(0, shown.samples);
  });
  return inTurn(chosen, (item) => thumbnail(options, item));
}

function mistakes(options: ReportOptions): Promise<Mistake[]> {
  const items = new Map(options.prepared.items.map((item) => [item.id, item]));
  const wrong = mostConfidentMistakes(options.predictions, shown.mistakes);
  const found = wrong.flatMap(({ id, answer, confidence }) => {
    const item = items.get(id);
    return item ? [{ item, answer, confidence }] : [];
  });
  return inTurn(found, async ({ item, ...rest }) => ({
    id: item.id,
    label: item.label,
    ...(options.prepared.cache ? await thumbnail(options, item) : {}),
    ...(options.pipeline ? { text: item.text?.slice(0, shown.text) } : {}),
    ...rest,
  }));
}

/** Of one picture a class. */
async function maps(options: ReportOptions): Promise<FeatureMaps[]> {
  const { recipe, prepared, judged } = options;
  const layers = recipe.evaluation.featureMaps;
  if (layers.length === 0) return [];
  const model = loadModel(options.model);
  const all: FeatureMaps[] = [];
  for (const classIndex of prepared.rule.classes.keys()) {
    const item = prepared.items.find((each) => each.part === judged && each.classIndex === classIndex);
    if (!item) continue;
    const { picture } = await prepared.dataset.load(item);
    const small = await thumbnail(options, item);
    for (const { layer, maps: planes } of await featureMaps(model, picture, layers)) {
      all.push({ item: small, layer, maps: await Promise.all(planes.map((plane) => thumbnailUri(plane, plane.width))) });
    }
  }
  return all;
}
