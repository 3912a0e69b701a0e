import { join } from 'node:path';
import { z } from 'zod';
import { publishedWeights } from '../collect/published-weights.js';
import { fetchWeights, hasWeights, weightsPath } from '../collect/weights.js';
import { multiplyAdds } from '../models/cost.js';
import { modelNames, models, outlineModel } from '../models/registry.js';
import { messierHome } from '../formats/home.js';
import { defineCommand, UsageError } from './command.js';
import { columns } from './figures.js';

/** What is known of an architecture and its published weights. */
interface Described {
  readonly name: string;
  readonly description: string;
  readonly citation: string;
  /** At its own number of classes. */
  readonly parameters: number;
  /** Of its parameters as float32. */
  readonly bytes: number;
  /** For one picture of its own size. */
  readonly multiplyAdds: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Fewest pixels of a side. */
  readonly least: number;
  readonly weights: DescribedWeights | null;
}

interface DescribedWeights {
  readonly name: string;
  readonly page: string;
  readonly licence: string;
  readonly trained: string;
  readonly size: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Where they lie, or would. */
  readonly path: string;
  readonly here: boolean;
}

export const command = defineCommand({
  summary: 'List the networks: size, cost, and where pretrained weights come from; or download weights.',
  arguments: { '[model]': 'a network, to see everything about it' },
  options: z.strictObject({
    fetch: z.boolean().default(false).describe('download its pretrained weights and print their path'),
  }),
  details: `Sizes are those of float32 parameters; cost is millions (M) or billions (G) of multiply-adds for one picture of the network's own size. Downloads go to weights in
MESSIER_HOME, are resumed where they broke off, and are verified by their SHA-256. MESSIER_MIRROR takes them from another address.`,
  examples: [
    ['messier models', 'a table of all networks'],
    ['messier models resnet50', 'one of them, with citation, licence and normalisation'],
    ['messier models convnext-atto --fetch', 'download its ImageNet weights'],
  ],
  async run([name], { fetch }, { signal, progress }) {
    const folder = join(messierHome(), 'weights');
    if (fetch) {
      if (name === undefined) throw new UsageError('--fetch needs the name of a network.');
      models.get(name);
      const path = await fetchWeights(name, { folder, signal, progress });
      return { data: await describe(name, folder), text: path };
    }
    if (name !== undefined) {
      const described = await describe(name, folder);
      return { data: described, text: page(described) };
    }
    const all = await Promise.all(modelNames().map((each) => describe(each, folder)));
    return { data: { models: all }, text: table(all) };
  },
});

async function describe(name: string, folder: string): Promise<Described> {
  const { description, citation, parameters, channels, height, width, least } = models.get(name);
  const cost = multiplyAdds(outlineModel(name)) ?? NaN;
  const published = Object.hasOwn(publishedWeights, name) ? publishedWeights[name] : undefined;
  const shared = { name, description, citation, parameters, bytes: 4 * parameters, multiplyAdds: cost };
  const sides = { channels, height, width, least };
  if (!published) return { ...shared, ...sides, weights: null };
  const { name: title, page: address, licence, trained, size, mean, deviation } = published;
  const weights = { name: title, page: address, licence, trained, size, mean, deviation };
  const found = { path: weightsPath(folder, published), here: await hasWeights(name, folder) };
  return { ...shared, ...sides, weights: { ...weights, ...found } };
}

const millions = (parameters: number): string =>
  parameters < 1e5 ? parameters.toLocaleString('en') : `${(parameters / 1e6).toFixed(1)} M`;
const megabytes = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
const operations = (cost: number): string => (cost < 1e9 ? `${(cost / 1e6).toFixed(0)} M` : `${(cost / 1e9).toFixed(1)} G`);
const where = (weights: DescribedWeights | null): string =>
  weights ? `${weights.name}${weights.here ? ' (here)' : ''}` : 'none published';

function table(all: readonly Described[]): string {
  const rows = all.map(({ name, parameters, bytes, multiplyAdds: cost, height, width, weights }) => {
    return [name, millions(parameters), megabytes(bytes), operations(cost), `${height} x ${width}`, where(weights)];
  });
  const head = ['network', 'parameters', 'size', 'multiply-adds', 'pixels', 'pretrained weights'];
  return columns([head, ...rows], [0, 4, 5]);
}

function page(described: Described): string {
  const {
    name,
    description,
    citation,
    parameters,
    bytes,
    multiplyAdds: cost,
    channels,
    height,
    width,
    least,
    weights,
  } = described;
  const facts: (readonly [string, string])[] = [
    ['parameters', `${parameters.toLocaleString('en')} (${megabytes(bytes)})`],
    ['multiply-adds', `${operations(cost)} for a picture of ${height} x ${width} pixels`],
    ['pictures', `${channels} channels, sides of at least ${least} pixels`],
    ['source', citation],
    ['weights', weights ? `${weights.name}, ${weights.trained}, ${weights.licence}; ${weights.page}` : 'none published'],
  ];
  if (weights) {
    facts.push([
      'normalisation',
      `mean ${weights.mean.join(' ')}, deviation ${weights.deviation.join(' ')}, ${weights.size} pixels`,
    ]);
    facts.push(['file', weights.here ? weights.path : `not here yet: messier models ${name} --fetch`]);
  }
  const indent = Math.max(...facts.map(([title]) => title.length));
  return [`${name}: ${description}`, ...facts.map(([title, text]) => `  ${title.padEnd(indent)}  ${text}`)].join('\n');
}
