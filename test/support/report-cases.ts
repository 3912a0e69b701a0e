import { zlibSync } from 'fflate';
import { randomStream } from '../../src/core/random.js';
import { comparePredictions } from '../../src/evaluate/compare.js';
import { evaluatePredictions } from '../../src/evaluate/evaluate.js';
import type { Predictions } from '../../src/evaluate/types.js';
import type { CompareReport, DataReport, Distribution, RunReport, Thumbnail } from '../../src/report/index.js';
import type { EpochRecord } from '../../src/train/types.js';

/** A small PNG of a blurred disk: `turn` and `flat` make them differ. */
export function blobUri(turn: number, flat: number): string {
  const side = 32;
  const rows = new Uint8Array(side * (1 + 3 * side));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [u, v] = [x - 15.5, y - 15.5];
      const [a, b] = [u * Math.cos(turn) + v * Math.sin(turn), (v * Math.cos(turn) - u * Math.sin(turn)) * flat];
      const light = 255 * Math.exp(-(a * a + b * b) / 40);
      rows.set([light, 0.85 * light, 0.7 * light + 6], y * (1 + 3 * side) + 1 + 3 * x);
    }
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, side);
  header.setUint32(4, side);
  header.setUint32(8, 0x08020000);
  const png = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', zlibSync(rows)),
    chunk('IEND', new Uint8Array()),
  ];
  return `data:image/png;base64,${Buffer.concat(png).toString('base64')}`;
}

function chunk(kind: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(kind), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function crc(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}

/** How a simulated model answers. */
interface Simulated {
  readonly classes: readonly string[];
  /** Judged pictures by class. */
  readonly support: readonly number[];
  /** Lead of the right class's logit, by class. */
  readonly lead: readonly number[];
  readonly seed: number;
}

/** Answers whose logits are normal noise, a lead for the truth, and half a lead for the next class. */
export function simulate({ classes, support, lead, seed }: Simulated): Predictions {
  const random = randomStream(seed, 'report');
  const labels = Int32Array.from(support.flatMap((pictures, label) => new Array<number>(pictures).fill(label)));
  const probabilities = new Float32Array(labels.length * classes.length);
  const uncalibrated = new Float32Array(labels.length * classes.length);
  labels.forEach((label, item) => {
    const logits = classes.map((_, at) => {
      const truth = at === label ? (lead[label] ?? 2) : 0;
      return random.normal() + truth + (at === (label + 1) % classes.length ? (lead[label] ?? 2) / 2 : 0);
    });
    probabilities.set(softmax(logits.map((logit) => 1.9 * logit)), item * classes.length);
    uncalibrated.set(softmax(logits.map((logit) => 3.4 * logit)), item * classes.length);
  });
  return { classes, ids: Array.from(labels, (_, at) => `sdss/58772${at}.jpg`), labels, probabilities, uncalibrated };
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}

/** Learning curves that flatten out. */
function history(epochs: number): readonly EpochRecord[] {
  const random = randomStream(epochs, 'history');
  return Array.from({ length: epochs }, (_, at): EpochRecord => {
    const left = Math.exp((-3 * at) / epochs);
    const accuracy = 0.9 - 0.3 * left + 0.01 * random.normal();
    return {
      epoch: at + 1,
      step: (at + 1) * 117,
      loss: 0.3 + 0.9 * left,
      accuracy: 0.97 - 0.4 * left,
      rate: 0.001 * Math.sin((Math.PI * (at + 1)) / (epochs + 1)),
      validation: { loss: 0.42 + 0.7 * left + 0.03 * random.normal(), accuracy, balancedAccuracy: accuracy - 0.08, auc: 0.95 },
      seconds: 31.4,
      imagesPerSecond: 212.7,
      waited: 0.012,
    };
  });
}

const facts: RunReport['facts'] = [
  ['command', 'messier train galaxy-shapes --data gz1_256 --out runs/galaxy-shapes'],
  ['data', 'sha256 5f3a7c1be0d6d0c1c5bb0a0b7a7fd1f0e2b39b7dcd7b1d2f5f1c2e8f3b6a9d04'],
  ['split', 'sha256 c07d1ab4a4c1b3f0f56d1a9a7e0b0a6d9a3f1f6f4c8be1d1c0f5b2e7a6d39815'],
  ['seed', '1'],
  ['messier', '0.1.0'],
  ['onnxruntime-node', '1.30.0'],
  ['device', 'cpu, 2 threads'],
];

const recipe = `name: galaxy-shapes
data:
  classes: [elliptical, spiral, edge_on, merger]
  labels: { spiral_cw: spiral, spiral_acw: spiral, dont_know: null }
pixels: { size: 80, crop: 0.6 }
training: { epochs: 24, batch: 32, samplingPower: 0.5 }
`;

/** How a case differs from others. */
interface Case extends Simulated {
  readonly title: string;
  readonly epochs: number;
  readonly samplesPerClass: number;
}

function runReport({ title, epochs, samplesPerClass, ...simulated }: Case): RunReport {
  const { classes, support } = simulated;
  const predictions = simulate(simulated);
  const skipped = [
    { id: 'sdss/broken.jpg', code: 'picture/truncated', reason: 'The JPEG ends after 12 of 256 rows.' },
    { id: 'sdss/empty.png', code: 'picture/empty', reason: 'The file holds no bytes.' },
  ];
  const samples = classes.flatMap((label, kind) =>
    Array.from({ length: samplesPerClass }, (_, at) => thumbnail(label, `sdss/${label}/${at}.jpg`, kind, at)),
  );
  const share = (factor: number) =>
    Object.fromEntries(classes.map((label, at) => [label, Math.round((support[at] ?? 0) * factor)]));
  return {
    title,
    description: 'Four shapes of SDSS galaxies, trained from nothing on a CPU.',
    history: history(epochs),
    evaluation: evaluatePredictions(predictions, { samples: 100, temperature: 1.9, items: { dropped: 9, skipped } }),
    counts: { train: share(3.5), validation: share(0.5), test: share(1) },
    samples,
    mistakes: samples.slice(0, 12).map((sample, at) => ({
      ...sample,
      answer: classes[(classes.indexOf(sample.label) + 1) % classes.length]!,
      confidence: 0.998 - 0.013 * at,
    })),
    featureMaps: samples
      .slice(0, 2)
      .map((item, at) => ({ item, layer: `conv${at + 1}`, maps: Array.from({ length: 16 }, (_, map) => blobUri(map, 1 + at)) })),
    facts,
    recipe,
  };
}

const thumbnail = (label: string, id: string, kind: number, at: number): Thumbnail => ({
  id,
  label,
  uri: blobUri(at, 1 + (kind % 4)),
});

const many = Array.from({ length: 60 }, (_, at) => `constellation ${String(at + 1).padStart(2, '0')}`);

/** A script, an end of every element a text stands in, quotes, a comment's opening, writing from the right, wide characters, one long word. */
export const nastyTexts = [
  '</script><script>globalThis.broken = 1</script><!-- <img src=https://example.org/a onerror=broken()>',
  `"'></title></style></svg><b>&amp;`,
  'سديم السرطان 超新星残骸 蟹状星云 🌌🌌🌌',
  'donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(3),
] as const;

/** Runs of every form that a page has to hold. */
export const runCases = {
  'four classes': runReport({
    title: 'galaxy-shapes',
    classes: ['elliptical', 'spiral', 'edge_on', 'merger'],
    support: [745, 135, 160, 19],
    lead: [3.4, 2.4, 3.1, 1.8],
    seed: 1,
    epochs: 24,
    samplesPerClass: 8,
  }),
  'ten classes': runReport({
    title: 'galaxy10',
    classes: [
      'Disturbed',
      'Merging',
      'Round Smooth',
      'In-between Round Smooth',
      'Cigar Shaped Smooth',
      'Barred Spiral',
      'Unbarred Tight Spiral',
      'Unbarred Loose Spiral',
      'Edge-on without Bulge',
      'Edge-on with Bulge',
    ],
    support: [108, 185, 264, 203, 33, 204, 183, 263, 142, 187],
    lead: [2, 3, 4, 3.5, 2.5, 3, 2.8, 2.6, 4, 3.9],
    seed: 2,
    epochs: 50,
    samplesPerClass: 5,
  }),
  'twenty-six classes': runReport({
    title: 'letters',
    classes: many.slice(0, 26),
    support: many.slice(0, 26).map((_, at) => 12 + ((at * 7) % 40)),
    lead: many.map((_, at) => 2.5 + (at % 3)),
    seed: 5,
    epochs: 12,
    samplesPerClass: 2,
  }),
  'sixty classes': runReport({
    title: 'constellations',
    classes: many,
    support: many.map((_, at) => 5 + ((at * 13) % 40)),
    lead: many.map((_, at) => 3 + (at % 4)),
    seed: 3,
    epochs: 120,
    samplesPerClass: 3,
  }),
  'two classes, one without pictures, one epoch': bare(
    runReport({
      title: nastyTexts[0],
      classes: [nastyTexts[0], nastyTexts[2]],
      support: [3, 0],
      lead: [9, 9],
      seed: 4,
      epochs: 1,
      samplesPerClass: 0,
    }),
  ),
  'texts that break pages': nasty(
    runReport({
      title: nastyTexts[1],
      classes: nastyTexts,
      support: [20, 15, 10, 5],
      lead: [2, 2, 2, 2],
      seed: 6,
      epochs: 3,
      samplesPerClass: 3,
    }),
  ),
} as const satisfies Readonly<Record<string, RunReport>>;

/** Nothing that may be left out; what may be null is. */
function bare(report: RunReport): RunReport {
  const [only] = report.history;
  return {
    ...report,
    description: '',
    history: only ? [{ ...only, validation: undefined }] : [],
    counts: { train: {}, validation: {}, test: {} },
    mistakes: [],
    featureMaps: [],
    facts: [],
    recipe: '',
    evaluation: { ...report.evaluation, rocAuc: null, prAuc: null },
  };
}

function nasty(report: RunReport): RunReport {
  const [text] = nastyTexts;
  return {
    ...report,
    description: text,
    facts: [
      ['command', text],
      [text, text],
    ],
    recipe: text,
    featureMaps: report.featureMaps.map((maps) => ({ ...maps, layer: text })),
    evaluation: {
      ...report.evaluation,
      items: {
        ...report.evaluation.items,
        reasons: { [text]: 1 },
        skippedItems: nastyTexts.map((id) => ({ id, code: id, reason: id })),
      },
    },
  };
}

function distribution(middle: number, seed: number): Distribution {
  const random = randomStream(seed, 'brightness');
  const values = Array.from({ length: 400 }, () => Math.min(1, Math.max(0.002, middle * Math.exp(0.45 * random.normal())))).sort(
    (a, b) => a - b,
  );
  const at = (share: number) => values[Math.round(share * (values.length - 1))]!;
  const [low, high] = [at(0), at(1)];
  const counts = new Array<number>(24).fill(0);
  for (const value of values) counts[Math.min(23, Math.floor((24 * (value - low)) / (high - low)))]! += 1;
  return { low, lowerQuartile: at(0.25), median: at(0.5), upperQuartile: at(0.75), high, counts };
}

function dataReport(name: string, labels: readonly string[], pictures: readonly number[]): DataReport {
  return {
    name,
    location: `/data/${name}`,
    items: pictures.reduce((sum, value) => sum + value, 0),
    classes: Object.fromEntries(labels.map((label, at) => [label, pictures[at]!])),
    sizes: [
      { width: 256, height: 256, count: 820 },
      ...Array.from({ length: 30 }, (_, at) => ({ width: 120 + 5 * at, height: 256 - 4 * (at % 9), count: 3 + at })),
    ],
    brightness: Object.fromEntries(labels.map((label, at) => [label, distribution(0.05 + 0.02 * (at % 6), at)])),
    colour: Object.fromEntries(
      labels.map((label, at) => [label, [0.08 + 0.01 * (at % 5), 0.07, 0.05 + 0.01 * (at % 3)] as const]),
    ),
    duplicates: labels.slice(0, 3).map((label, at) => [
      { id: `${label}/1.jpg`, label, exact: at === 0 },
      { id: `${label}/2.jpg`, label: at === 1 ? undefined : label, exact: at === 0 },
    ]),
    skipped: labels
      .slice(0, 2)
      .map((label) => ({ id: `${label}/x.jpg`, code: 'picture/truncated', reason: `${label} ends early.` })),
    samples: labels.flatMap((label, kind) => [0, 1, 2, 3].map((at) => thumbnail(label, `${label}/${at}.jpg`, kind, at))),
    sizeCount: 31,
    sides: { shortest: 120, longest: 270 },
    sizeCells: [
      { width: 256, height: 256, count: 820 },
      { width: 128, height: 215.2694823049881, count: 90 },
    ],
    aspect: distribution(0.9, 3),
    timeline: undefined,
    copies: labels.slice(0, 2).flatMap((label, kind) => [1, 2].map((at) => thumbnail(label, `${label}/${at}.jpg`, kind, at))),
    map: pictureMap(labels, pictures),
  };
}

/** A map on which each label has a cloud of its own, with at most 40 points of each. */
function pictureMap(labels: readonly string[], pictures: readonly number[]): DataReport['map'] {
  const random = randomStream(3, 'map');
  const places = labels.flatMap((label, kind) =>
    Array.from({ length: Math.min(40, pictures[kind] ?? 0) }, (_, at) => ({
      id: `${label}/${at}.jpg`,
      label,
      title: at % 2 === 0 ? undefined : `${label} by night`,
      x: 3 * Math.cos(kind) + random.normal(),
      y: 3 * Math.sin(kind) + random.normal(),
    })),
  );
  return {
    method: 'umap',
    network: labels.length > 5 ? 'mobilenet-v2' : undefined,
    points: places.length,
    neighbours: 15,
    trustworthiness: 0.967,
    knnAccuracy: 0.812,
    places,
    sprite: { uri: blobUri(0.3, 1), side: 32, columns: Math.ceil(Math.sqrt(places.length)) },
  };
}

/** Datasets of every form. */
export const dataCases = {
  'five labels': dataReport('astro5', ['nebula', 'planet', 'galaxy', 'asteroid', 'comet', ''], [555, 491, 419, 263, 37, 12]),
  'sixty labels': dataReport(
    'constellations',
    many,
    many.map((_, at) => 500 - 8 * at),
  ),
  'texts that break pages': {
    ...dataReport(nastyTexts[0], nastyTexts, [9, 7, 5, 3]),
    timeline: {
      years: nastyTexts.flatMap((source) => [
        { year: 1995, source, count: 3 },
        { year: 2021, source, count: 40 },
      ]),
      undated: 7,
    },
  },
  nothing: {
    name: 'empty',
    location: '/data/empty',
    items: 0,
    classes: {},
    sizes: [],
    brightness: {},
    colour: {},
    duplicates: [],
    skipped: [],
    samples: [],
    sizeCount: 0,
    sides: undefined,
    sizeCells: [],
    aspect: undefined,
    timeline: undefined,
    copies: [],
    map: undefined,
  },
} as const satisfies Readonly<Record<string, DataReport>>;

function compareReport(names: readonly string[]): CompareReport {
  const named = names.map((name, at) => ({
    name,
    predictions: simulate({
      classes: ['elliptical', 'spiral', 'edge_on', 'merger'],
      support: [745, 135, 160, 19],
      lead: [2.6 + 0.4 * at, 2, 3, 1.5],
      seed: 9,
    }),
  }));
  const { classes, models, pairs, baseline, bootstrap } = comparePredictions(named, { samples: 100 });
  const { label, ...always } = baseline;
  return {
    title: 'Three models',
    description: '1,059 pictures of gz1_256, the test part of split c07d1a.',
    evaluations: named.map(({ predictions }) => evaluatePredictions(predictions, { samples: 100 })),
    comparison: {
      task: 'classes',
      classes,
      judged: names.length > 1 ? 'test' : 'all',
      parts: {
        judged: { pictures: 1059, of: 1059 },
        train: names.length > 1 ? { pictures: 1000, of: 4236 } : null,
        validation: null,
      },
      models: models.map(({ name, ...figures }, at) => ({
        name,
        figures: { ...figures },
        train: names.length > 1 ? figures.accuracy : null,
        validation: null,
        seen: [0, 312, null][at] ?? null,
        parameters: 2_230_000 * (at + 1),
        bytes: 9_100_000 * (at + 1),
        picturesPerSecond: 123.4 / (at + 1),
      })),
      baseline: { label: `always "${label}"`, figures: { ...always } },
      pairs: pairs.map(({ mcnemar, difference, ...pair }) => ({ ...pair, difference: { ...difference }, p: mcnemar.exact })),
      test: 'mcnemar',
      bootstrap,
      speed: { threads: 2, pictures: 64 },
    },
  };
}

/** Three models of votes. */
function compareVotesReport(): CompareReport {
  const { comparison, ...rest } = compareReport(['galaxy-cnn', 'vgg16', 'resnet50']);
  const rmse = (value: number) => ({ rmse: { value, low: value - 0.01, high: value + 0.01 } });
  return {
    ...rest,
    evaluations: [],
    comparison: {
      ...comparison,
      task: 'votes',
      classes: ['Class1.1', 'Class1.2'],
      models: comparison.models.map((model, at) => ({ ...model, figures: rmse(0.09 + 0.02 * at), train: rmse(0.08).rmse })),
      baseline: { label: 'always the mean of the training part', figures: rmse(0.16) },
      pairs: comparison.pairs.map((pair) => ({ ...pair, difference: rmse(-0.02), p: 0.0001, adjusted: 0.0003 })),
      test: 'permutation',
    },
  };
}

/** Comparisons of every form. */
export const compareCases = {
  'three models': compareReport(['galaxy-cnn', 'mobilenet-v2', 'k-nearest neighbours']),
  'one model': compareReport(['galaxy-cnn']),
  'models of votes': compareVotesReport(),
  'texts that break pages': compareReport(nastyTexts),
} as const satisfies Readonly<Record<string, CompareReport>>;
