import { createHash } from 'node:crypto';
import type { NewItem, NewLabel } from '../../src/catalogue/types.js';

/** An item of a content that `name` stands for; everything else as told, or short. */
export function newItem(name: string, fields: Partial<NewItem> = {}): NewItem {
  const hash = createHash('sha256').update(name).digest('hex');
  return {
    hash,
    bytes: 1000,
    format: 'jpeg',
    width: 640,
    height: 480,
    perceptual: hash.slice(0, 16),
    source: 'test',
    sourceId: name,
    url: undefined,
    title: `Title of ${name}`,
    description: '',
    keywords: [],
    date: undefined,
    credit: undefined,
    copyright: undefined,
    licence: undefined,
    fetchedAt: '2026-01-02T03:04:05.678Z',
    labels: [],
    ...fields,
  };
}

/** A label by a search, unless told. */
export const newLabel = (name: string | undefined, fields: Partial<NewLabel> = {}): NewLabel => ({
  kind: 'label',
  class: name,
  origin: 'search',
  by: 'search',
  confidence: undefined,
  ...fields,
});
