/** The sections of a recipe that say what there is to learn from: data, split, pixels, text, votes. */
import { z } from 'zod';
import { textBranches } from '../models/index.js';
import { keywordRuleSchema } from '../text/keywords.js';
import { stemLanguages } from '../text/index.js';
import { voteHeads } from '../votes/vote-head.js';

const share = z.number().min(0).max(1);
const side = z.int().min(8).max(2048);
export const name = z.string().min(1).max(200);

export const data = z
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
    textColumn: name.optional().describe('Column of a CSV with the texts; guessed from usual names unless told.'),
    keywords: keywordRuleSchema
      .optional()
      .describe('Labels from words of the text, in place of a column of labels; what follows from that is measured as leakage.'),
  })
  .prefault({});

export const split = z
  .strictObject({
    train: share.default(0.7),
    validation: share.default(0.1),
    test: share.default(0.2),
    seed: z.int().default(1),
    nearDuplicates: z
      .boolean()
      .default(true)
      .describe('Keep pictures that look alike, and texts written from one another, on one side.'),
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

const perChannel = (number: z.ZodNumber) => z.union([number, z.array(number).min(1).max(3)]).optional();

export const pixels = z
  .strictObject({
    size: side.default(64).describe('Side of the square that the network sees, in pixels.'),
    fit: z
      .enum(['crop', 'stretch'])
      .default('crop')
      .describe('How a picture becomes a square: its central square, or the whole of it with its sides scaled separately.'),
    crop: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe('Share of the shorter side (stretched: of each side) kept around the centre.'),
    channels: z.union([z.literal(1), z.literal(3)]).default(3),
    mean: perChannel(z.number()).describe(
      'Subtracted from values in [0, 1]; 0.5, or what the pretrained weights ask for, unless told.',
    ),
    deviation: perChannel(z.number().positive()).describe(
      'Divides them after that; 0.5, or what the weights ask for, unless told.',
    ),
    stretch,
  })
  .prefault({});

export const augment = z
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

export const text = z
  .strictObject({
    branch: z.enum(textBranches).default('lstm').describe('What reads the words.'),
    embedding: z.int().min(1).max(4096).default(128).describe('Numbers that stand for a word.'),
    units: z.int().min(1).max(4096).default(64).describe('Of the recurrent layer; of the hidden layer of a transformer.'),
    vocabulary: z
      .int()
      .min(3)
      .max(1_000_000)
      .default(10_000)
      .describe('Most frequent words of the training texts that are known.'),
    length: z.int().min(1).max(4096).default(200).describe('Words read of a text; shorter ones are padded and masked.'),
    stopWords: z.boolean().default(true).describe('Leave out the, of, and other English words without meaning of their own.'),
    stems: z
      .enum(stemLanguages)
      .nullable()
      .default('english')
      .describe('Whose Snowball stems stand in place of words; null for none.'),
  })
  .prefault({});

export const votes = z
  .strictObject({
    tree: name.default('galaxy-zoo-2').describe('A decision tree of the package, or the path of a YAML file with one.'),
    head: z
      .enum(voteHeads)
      .default('softmax')
      .describe(
        'Shares that respect the tree by softmax, by sparsemax (exact zeros), or by Dirichlet-multinomial likelihood of counts.',
      ),
  })
  .prefault({});
