/** What a recipe may say. One schema makes the types, the errors, the JSON Schema for editors and the documentation. */
import { z } from 'zod';
import { modelNames, models } from '../models/index.js';
import { augment, data, name, pixels, split, text, votes } from './schema-data.js';

/** Side of the pictures that are kept decoded. */
const mostPixels = 8192;

const model = z
  .strictObject({
    name: name
      .refine((one) => models.has(one), { error: () => `one of ${modelNames().join(', ')} expected` })
      .default('galaxy-cnn')
      .describe('A registered architecture.')
      .meta({ examples: [...modelNames()] }),
    dropout: z.number().min(0).lt(1).optional(),
    weights: name
      .optional()
      .describe(
        'Pretrained weights: a .safetensors file for the architecture, an .onnx classifier that stands in its place, or "published" for those that messier models lists.',
      ),
  })
  .prefault({});

const transfer = z
  .strictObject({
    mode: z
      .enum(['features', 'blocks', 'all'])
      .default('all')
      .describe('What learns: a linear head on features that are computed once, the last blocks, or everything.'),
    blocks: z.int().min(1).max(1000).default(1).describe('Of mode blocks: blocks before the head that learn with it.'),
    l2: z
      .union([z.number().positive(), z.literal('auto')])
      .default('auto')
      .describe(
        'Of mode features and headStart: strength of the penalty on the weights of the head, or auto to choose it out of fold.',
      ),
    depths: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe(
        'How many depths of the network the head reads: its features, and the means of the maps that earlier convolutions read.',
      ),
    rateDecay: z.number().gt(0).max(1).default(1).describe('Factor on the learning rate from each block to the one before it.'),
    batchNorm: z
      .enum(['frozen', 'train'])
      .default('frozen')
      .describe('Whether batch norms keep the statistics of the weights or take those of the batches.'),
    unfreezeEvery: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Epochs after which one more block learns, beginning with the head alone; all that learn do so at once unless told.',
      ),
    headStart: z
      .boolean()
      .default(false)
      .describe('Begin with the head that fits the frozen features best instead of a random one (arXiv:2202.10054).'),
  })
  .optional()
  .describe('How pretrained weights are put to use.');

const optimizer = z
  .strictObject({
    name: z.enum(['adam', 'adamW', 'sgd', 'rmsProp']).default('adamW'),
    rate: z.number().positive().max(10).default(0.001).describe('Learning rate; the peak of a schedule.'),
    weightDecay: z.number().min(0).max(1).optional(),
    momentum: z.number().min(0).lt(1).optional().describe('Of sgd and rmsProp.'),
  })
  .prefault({});

const training = z
  .strictObject({
    epochs: z.int().min(1).max(100_000).default(20),
    batch: z.int().min(1).max(8192).default(32),
    seed: z.int().default(1),
    optimizer,
    schedule: z.enum(['constant', 'cosine', 'oneCycle']).default('oneCycle'),
    labelSmoothing: z.number().min(0).lt(1).default(0),
    classWeights: z.number().min(0).max(2).default(0).describe('Weights proportional to count ** -exponent: 0 none, 1 balanced.'),
    samplingPower: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('Classes are drawn in proportion to count ** power: 1 natural, 0 balanced.'),
    clipNorm: z.number().positive().optional(),
    averageDecay: z.number().gt(0).lt(1).optional().describe('Of the moving average of the weights, by step.'),
    monitor: z
      .strictObject({
        metric: z.enum(['loss', 'accuracy', 'balancedAccuracy', 'macroF1', 'auc', 'rmse']),
        patience: z.int().min(1).optional(),
      })
      .optional()
      .describe('Keep the best epoch on the validation part; stop after `patience` epochs without a better one.'),
  })
  .prefault({});

const evaluation = z
  .strictObject({
    views: z.enum(['one', 'flips', 'dihedral']).default('one').describe('Views averaged inside the model: 1, 4 or 8.'),
    balance: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe(
        'Answers are chosen for accuracy + balance * balanced accuracy; 0 asks for accuracy alone. Without it, as sampling and class weights make them.',
      ),
    bootstrap: z.int().min(100).max(100_000).default(1000).describe('Samples for the intervals.'),
    featureMaps: z.array(name).max(8).default([]).describe('Layers whose feature maps the report shows.'),
    inputs: z
      .boolean()
      .default(false)
      .describe('With texts: train again on pictures alone and on texts alone, and judge all of them with telling words masked.'),
    cleaning: z
      .boolean()
      .default(true)
      .describe(
        'With data of the catalogue that people reviewed: train again on the labels as they were found, to show what cleaning gained.',
      ),
  })
  .prefault({});

const sections = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens')
    .max(100),
  description: z.string().max(2000).default(''),
  task: z
    .enum(['classes', 'votes'])
    .default('classes')
    .describe('One class a picture, or the shares of votes for the answers of a tree.'),
  inputs: z.enum(['image', 'text', 'both']).default('image').describe('What the network sees.'),
  data,
  split,
  pixels,
  augment,
  text,
  votes,
  model,
  transfer,
  training,
  evaluation,
});

/** What sections say of one another. */
export const recipeSchema = sections.superRefine((recipe, context) => {
  const mistake = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  const { classes, labels, keywords } = recipe.data;
  const { channels, mean, deviation } = recipe.pixels;
  const { task, inputs, transfer, model } = recipe;
  if (inputs !== 'image' && recipe.augment.mixup > 0)
    mistake(['augment', 'mixup'], "words can't be blended; 0 expected with texts");
  if (inputs !== 'image' && task === 'votes') mistake(['inputs'], 'votes are learned from pictures; image expected');
  if (task === 'votes' && (recipe.data.labelColumn !== undefined || keywords))
    mistake(['data', keywords ? 'keywords' : 'labelColumn'], 'votes are read from the columns of their tree; no labels expected');
  if (inputs !== 'image' && transfer)
    mistake(['transfer'], 'networks with texts start from random weights; no transfer expected');
  if (inputs === 'image' && recipe.evaluation.inputs)
    mistake(['evaluation', 'inputs'], 'texts are needed to compare; inputs: both expected');
  if (keywords && recipe.data.labelColumn !== undefined) {
    mistake(
      ['data', 'keywords'],
      'labels come from a column or from keywords; one of data.labelColumn and data.keywords expected',
    );
  }
  if (transfer && model.weights === undefined) mistake(['transfer'], 'pretrained weights are needed; model.weights expected');
  if (transfer?.mode === 'features' && task === 'votes') mistake(['transfer', 'mode'], 'blocks or all expected with votes');
  if (transfer?.headStart === true && task === 'votes')
    mistake(['transfer', 'headStart'], 'heads are fitted to classes; false expected with votes');
  if (task === 'votes' && recipe.evaluation.balance !== undefined)
    mistake(['evaluation', 'balance'], 'votes have no classes to balance');
  if (task === 'votes' && recipe.training.classWeights > 0)
    mistake(['training', 'classWeights'], 'votes have no classes to weigh');
  const { metric } = recipe.training.monitor ?? {};
  if (metric !== undefined && metric !== 'loss' && (metric === 'rmse') !== (task === 'votes')) {
    mistake(
      ['training', 'monitor', 'metric'],
      task === 'votes' ? 'loss or rmse expected with votes' : 'rmse is a figure of votes',
    );
  }
  if (recipe.training.monitor && recipe.split.validation === 0) {
    mistake(['training', 'monitor'], 'a monitor watches the validation part; split.validation above 0 expected');
  }
  if (recipe.training.monitor && recipe.split.test === 0) {
    mistake(['training', 'monitor'], 'pictures that chose the epoch must not judge it; split.test above 0 expected');
  }
  if (recipe.pixels.size / recipe.pixels.crop > mostPixels) {
    mistake(['pixels', 'crop'], `pictures of size / crop pixels a side are kept, at most ${mostPixels} expected`);
  }
  for (const [key, values] of Object.entries({ mean, deviation })) {
    if (Array.isArray(values) && values.length !== channels) {
      mistake(['pixels', key], `one number, or one for each of the ${channels} channels expected`);
    }
  }
  if (!classes) return;
  for (const [index, label] of classes.entries()) {
    if (classes.indexOf(label) !== index) mistake(['data', 'classes', index], 'each class once expected');
  }
  const known = (label: string): boolean => classes.includes(label);
  for (const [raw, label] of Object.entries(labels)) {
    if (label !== null && !known(label)) mistake(['data', 'labels', raw], `one of ${classes.join(', ')} or null expected`);
  }
  for (const label of Object.keys(recipe.augment.perClass)) {
    if (!known(label)) mistake(['augment', 'perClass', label], `a class expected (${classes.join(', ')})`);
  }
});

/** A recipe with every default filled in. */
export type Recipe = z.output<typeof recipeSchema>;
/** A recipe as written. */
export type RecipeInput = z.input<typeof recipeSchema>;

/** The JSON Schema of a recipe as written, for the YAML support of editors. */
export function recipeJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(recipeSchema, { io: 'input' });
  return { $schema, title: 'Messier recipe', ...rest };
}
