/** The file that says which picture is in which part, so that a split can be checked and used again. */
import { z } from 'zod';
import { MessierError } from '../core/errors.js';
import { sha256 } from '../formats/hash.js';
import { readFileWhole } from '../formats/read-file.js';
import { compare } from './split-groups.js';
import type { LabelRule, Part } from './types.js';

/** The version that is written, and the newest that is read. */
const version = 1;

/** Largest file that is read, in bytes: about a million items. */
const mostBytes = 2 ** 28;

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 hexadecimal digits');
const share = z.number().min(0).max(1);
const part = z.enum(['train', 'validation', 'test']);

const manifestSchema = z.strictObject({
  format: z.literal(`messier-split/${version}`),
  dataset: z.strictObject({ name: z.string(), hash: digest }),
  classes: z.array(z.string()),
  labels: z.record(z.string(), z.string().nullable()),
  seed: z.int(),
  shares: z.strictObject({ train: share, validation: share, test: share }),
  items: z.array(z.strictObject({ id: z.string(), hash: digest, label: z.string(), part, group: z.string().optional() })),
  duplicates: z.array(z.array(z.string())),
  signature: digest,
});

/**
 * A split as JSON. `dataset.hash` is the {@link dataHash} of the items, `labels` the rule from raw labels to classes, `items[].label` a
 * class, `duplicates` the ids of near-duplicates. `signature` is the SHA-256 of the rest as canonical JSON: keys sorted by UTF-16 code
 * units, no white space, UTF-8.
 */
export type SplitManifest = z.output<typeof manifestSchema>;

/** An item with its class and content. */
export interface LabelledContent {
  readonly id: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  /** The class. */
  readonly label: string;
  readonly group?: string | undefined;
}

/** What a manifest is made of. */
export interface ManifestSource {
  /** Of the dataset. */
  readonly name: string;
  readonly rule: LabelRule;
  readonly seed: number;
  readonly shares: Readonly<Record<Part, number>>;
  readonly items: readonly LabelledContent[];
  /** Part of each item. */
  readonly parts: readonly Part[];
  /** Near-duplicates, as places in `items`. */
  readonly duplicates?: readonly (readonly number[])[] | undefined;
}

/** SHA-256 that names a dataset by its content: of the lines `hash label` (the label as JSON), sorted, whatever the order and names of files. */
export function dataHash(items: readonly Pick<LabelledContent, 'hash' | 'label'>[]): string {
  const lines = items.map(({ hash, label }) => `${hash} ${JSON.stringify(label)}\n`);
  return sha256(lines.sort(compare).join(''));
}

/**
 * The signed manifest of a split.
 *
 * @example
 * await writeAtomically('split.json', encodeManifest(makeManifest({ name, rule, seed, shares, items, parts })));
 */
export function makeManifest(source: ManifestSource): SplitManifest {
  const { name, rule, seed, shares, items, parts, duplicates = [] } = source;
  const body = {
    format: `messier-split/${version}` as const,
    dataset: { name, hash: dataHash(items) },
    classes: [...rule.classes],
    labels: { ...rule.labels },
    seed,
    shares: { train: shares.train, validation: shares.validation, test: shares.test },
    items: items.map(({ id, hash, label, group }, index) => {
      const entry = { id, hash, label, part: parts[index] as Part };
      return group === undefined ? entry : { ...entry, group };
    }),
    duplicates: duplicates.map((group) => group.flatMap((index) => items[index]?.id ?? [])),
  };
  return { ...body, signature: signatureOf(body) };
}

/** The manifest as JSON text, an item a line. */
export function encodeManifest(manifest: SplitManifest): string {
  const entries = Object.entries(manifest).map(([key, value]) => {
    const lines = Array.isArray(value) && (key === 'items' || key === 'duplicates') ? value : undefined;
    const text = lines?.length
      ? `[\n${lines.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n ]`
      : JSON.stringify(value);
    return ` ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${entries.join(',\n')}\n}\n`;
}

/**
 * Reads and checks a manifest.
 *
 * @throws MessierError `split/format` for other files, `split/newer` for one of a newer version, `split/signature` where it was changed
 * after it was made, `file/absent`, `file/read`, `file/limit`.
 */
export async function readManifest(path: string): Promise<SplitManifest> {
  return decodeManifest(new TextDecoder().decode(await readFileWhole(path, mostBytes)), path);
}

/** The manifest in a text; `path` names it in errors. Throws as {@link readManifest} does. */
export function decodeManifest(text: string, path: string): SplitManifest {
  const content = parse(text, path);
  const stated = z.object({ format: z.string().regex(/^messier-split\/\d+$/) }).safeParse(content).data?.format;
  const number = Number(stated?.slice('messier-split/'.length));
  if (number > version) {
    throw new MessierError('split/newer', `"${path}" is a split of version ${number}; this package reads ${version}. Update it.`);
  }
  const checked = manifestSchema.safeParse(content);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new MessierError(
      'split/format',
      `"${path}" is no split manifest: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}. Use the split.json of a run.`,
      { cause: checked.error },
    );
  }
  const { signature, ...body } = checked.data;
  if (signatureOf(body) !== signature) {
    throw new MessierError(
      'split/signature',
      `"${path}" was changed after it was made: its signature is ${signature}, its content has ${signatureOf(body)}. Split anew.`,
    );
  }
  return checked.data;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MessierError('split/format', `"${path}" is no split manifest: it is no JSON. Use the split.json of a run.`, {
      cause,
    });
  }
}

function signatureOf(body: Omit<SplitManifest, 'signature'>): string {
  return sha256(canonical(body));
}

/** JSON without white space, keys sorted. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  const sorted = entries.sort(([a], [b]) => compare(a, b));
  return `{${sorted.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`;
}
