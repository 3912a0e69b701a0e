/** What a recipe may say. One schema makes the types, the errors, the JSON Schema for editors and the documentation. */
import { z } from 'zod';
import { modelNames, models } from '../models/index.js';

const share = z.number().min(0).max(1);
const side = z.int().min(8).max(2048);
/** Side of the pictures that are kept decoded. */
const mostPixels = 8192;
const name = z.string().min(1).max(200);

const data = z
  .strictObject({
    classes: z
      .array(name)
      .min(2)
      .max(65_536)
      .optional()
      .describe('Classes in the order of the outputs; those found in the data unless told.'),
    labels: z
      .record(z.string(), name.nullable())
      .default({})
      .describe('Raw label to class, null to drop its pictures. Labels that are classes need no entry.'),
    imageColumn: name.optional().describe('Column of a CSV with the picture files; guessed from usual names unless told.'),
    labelColumn: name.optional().describe('Column of a CSV with the labels; guessed from usual names unless told.'),
    groupColumn: name
      .optional()
      .describe('Column of a CSV that names the object; pictures of one object stay on one side of the split.'),
  })
  .prefault({});

const split = z
  .strictObject({
    train: share.default(0.7),
    validation: share.default(0.1),
    test: share.default(0.2),
    seed: z.int().default(1),
    nearDuplicates: z.boolean().default(true).describe('Keep pictures that look alike on one side.'),
  })
  .refine(
    ({ train, validation, test }) => Math.abs(train + validation + test - 1) < 1e-9,
    'train, validation and test add up to 1',
  )
  .refine(({ train, validation, test }) => train > 0 && validation + test > 0, 'something to train on and something to judge on')
  .prefault({});

const stretch = z
  .strictObject({
    kind: z.enum(['linear', 'asinh', 'log', 'sqrt', 'zscale']).default('asinh'),
    softening: z
      .number()
      .positive()
      .max(1)
      .default(0.1)
      .describe('Of asinh: where it turns from linear to logarithmic, as a share of the range.'),
    low: z.number().min(0).max(100).default(0.25).describe('Percentile that becomes black.'),
    high: z.number().min(0).max(100).default(99.75).describe('Percentile that becomes white.'),
  })
  .prefault({})
  .describe('How raw counts (FITS) become pixels.');

const pixels = z
  .strictObject({
    size: side.default(64).describe('Side of the square that the network sees, in pixels.'),
    crop: z.number().gt(0).max(1).default(1).describe('Share of the shorter side kept around the centre.'),
    channels: z.union([z.literal(1), z.literal(3)]).default(3),
    mean: z
      .union([z.number(), z.array(z.number()).min(1).max(3)])
      .default(0.5)
      .describe('Subtracted from values in [0, 1].'),
    deviation: z
      .union([z.number().positive(), z.array(z.number().positive()).min(1).max(3)])
      .default(0.5)
      .describe('Divides them after that.'),
    stretch,
  })
  .prefault({});

const augment = z
  .strictObject({
    rotate: z
      .union([z.number().min(0).max(180), z.literal('quarter')])
      .default(0)
      .describe('Degrees to both sides, or quarter turns.'),
    flip: z.enum(['none', 'horizontal', 'both']).default('none'),
    shift: z.number().min(0).max(0.5).default(0).describe('Share of the side.'),
    zoom: z.number().min(0).max(3).default(0).describe('Scale between 1 / (1 + zoom) and 1 + zoom.'),
    stretch: z.number().min(0).max(3).default(0).describe('Different scale of both axes.'),
    intensity: z.number().min(0).max(3).default(0).describe('Brightness factor between 1 / (1 + intensity) and 1 + intensity.'),
    noise: z.number().min(0).max(1).default(0).describe('Standard deviation of noise on values in [0, 1].'),
    cutout: z.number().min(0).max(1).default(0).describe('Side of a blanked square, as a share of the side.'),
    mixup: z.number().min(0).max(10).default(0).describe('Alpha of the Beta distribution (arXiv:1710.09412).'),
    perClass: z.record(z.string(), z.number().min(0).max(10)).default({}).describe('Factor on the strengths for single classes.'),
  })
  .prefault({});

const model = z
  .strictObject({
    name: name
      .refine((one) => models.has(one), { error: () => `one of ${modelNames().join(', ')} expected` })
      .default('galaxy-cnn')
      .describe('A registered architecture.')
      .meta({ examples: [...modelNames()] }),
    dropout: z.number().min(0).lt(1).optional(),
  })
  .prefault({});

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
        metric: z.enum(['loss', 'accuracy', 'balancedAccuracy', 'macroF1', 'auc']),
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
  })
  .prefault({});

const sections = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens')
    .max(100),
  description: z.string().max(2000).default(''),
  data,
  split,
  pixels,
  augment,
  model,
  training,
  evaluation,
});

/** What sections say of one another. */
export const recipeSchema = sections.superRefine((recipe, context) => {
  const mistake = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  const { classes, labels } = recipe.data;
  const { channels, mean, deviation } = recipe.pixels;
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
