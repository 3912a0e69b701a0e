import type { Model } from '../types.js';

/** The model with these metadata entries added or replaced; `undefined` removes one. */
export function withMetadata(model: Model, entries: Readonly<Record<string, string | undefined>>): Model {
  const merged = Object.entries({ ...model.metadata, ...entries }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...model, metadata: Object.fromEntries(merged) };
}
