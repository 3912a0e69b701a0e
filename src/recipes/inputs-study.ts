/** What a model of texts owes to single words, and to pictures and texts each. */
import { evaluatePredictions } from '../evaluate/evaluate.js';
import type { Evaluation } from '../evaluate/types.js';
import type { InputsReport, InputsRow } from '../report/types.js';
import { maskWords } from '../text/index.js';
import { measureLeakage } from '../text/leakage.js';
import type { FinishOptions } from './finish-options.js';
import { answersOf, type Subject } from './judge-again.js';
import type { Lesson } from './lesson.js';
import { reading } from './network.js';
import type { PreparedItem } from './prepare.js';
import { learnPipeline } from './texts.js';

/** What was judged already. */
export interface InputsStudyOptions extends FinishOptions {
  readonly judged: 'test' | 'validation';
  /** Of the run's own model. */
  readonly evaluation: Evaluation;
}

/**
 * Measures how well the labels follow from single words, and judges the model again on texts without those words. With `evaluation.inputs` networks of
 * pictures alone, of texts alone, and of both without those words are trained and judged as well. All of it on the run's own split.
 */
export async function studyInputs(options: InputsStudyOptions): Promise<InputsReport> {
  const { recipe, prepared, pipeline, judged, evaluation, training } = options;
  if (!pipeline) throw new RangeError('Texts are studied where there are texts.');
  const of = (part: string) => prepared.items.filter((item) => item.part === part);
  const { keywords } = recipe.data;
  const leakage = measureLeakage(textsOf(of('train')), textsOf(of(judged)), {
    rules: pipeline,
    keywords,
    seed: recipe.training.seed,
  });
  const blind = maskWords(pipeline, leakage.mask);
  const whole: Subject = { lesson: options, model: training.model };
  const rows: InputsRow[] = [
    row(recipe.inputs, 'nothing', evaluation),
    row(recipe.inputs, 'judging', await judge(options, { ...whole, lesson: { ...options, pipeline: blind } })),
  ];
  if (recipe.evaluation.inputs) {
    for (const { name, inputs, masked } of others(recipe.inputs)) {
      const words = masked ? learnPipeline(recipe, of('train'), leakage.mask) : pipeline;
      const lesson: Lesson = {
        ...options,
        recipe: reading(recipe, inputs),
        prepared: inputs === 'text' ? { ...prepared, cache: undefined } : prepared,
        pipeline: inputs === 'image' ? undefined : words,
      };
      const { model } = await options.learnAgain(lesson, name);
      rows.push(row(inputs, masked ? 'learning' : 'nothing', await judge(options, { lesson, model })));
    }
  }
  return { leakage, rows };
}

/** Networks to hold beside the run's own. */
function others(
  own: 'image' | 'text' | 'both',
): { readonly name: string; readonly inputs: 'image' | 'text' | 'both'; readonly masked: boolean }[] {
  const alone = (['image', 'text'] as const).filter((inputs) => inputs !== own);
  return [
    ...(own === 'both' ? alone.map((inputs) => ({ name: `${inputs}-alone`, inputs, masked: false })) : []),
    { name: 'text-masked', inputs: 'text', masked: true },
    ...(own === 'both' ? [{ name: 'both-masked', inputs: own, masked: true }] : []),
  ];
}

const textsOf = (items: readonly PreparedItem[]) => items.map(({ text = '', label }) => ({ text, label }));

const judge = async (options: InputsStudyOptions, subject: Subject): Promise<Evaluation> =>
  evaluatePredictions(await answersOf(options, subject), { samples: options.recipe.evaluation.bootstrap });

function row(inputs: InputsRow['inputs'], masked: InputsRow['masked'], evaluation: Evaluation): InputsRow {
  const { accuracy, balancedAccuracy, macroF1 } = evaluation;
  return { inputs, masked, accuracy, balancedAccuracy, macroF1 };
}
