import { sha256 } from '../../src/formats/hash.js';
import type { NewItem, NewLabel } from '../../src/catalogue/types.js';

/** An item to take in; its content is told by `sourceId`. */
export function newItem(sourceId: string, rest: Partial<NewItem> = {}): NewItem {
  const hash = sha256(`${rest.source ?? 'nasa'}/${sourceId}`);
  return {
    hash,
    bytes: 12_345,
    format: 'jpeg',
    width: 640,
    height: 480,
    perceptual: hash.slice(0, 16),
    source: 'nasa',
    sourceId,
    url: undefined,
    title: sourceId,
    description: '',
    keywords: [],
    date: undefined,
    credit: undefined,
    copyright: undefined,
    licence: undefined,
    fetchedAt: '2026-01-02T03:04:05.678Z',
    labels: [],
    ...rest,
  };
}

/** A label, of a person unless told. */
export const newLabel = (name: string, rest: Partial<NewLabel> = {}): NewLabel => ({
  kind: 'label',
  class: name,
  origin: 'person',
  by: 'ada',
  confidence: undefined,
  ...rest,
});
