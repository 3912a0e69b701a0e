import { z } from 'zod';

export type ActionName = 'show' | 'list' | 'item' | 'dataset' | 'copy' | 'export' | 'import' | 'refusals' | 'verify';

export const catalogueOptions = z.strictObject({
  from: z.string().min(1).optional().describe('which items: catalogue:NAME?class=galaxy&source=nasa').meta({ value: 'LOCATION' }),
  format: z.enum(['csv', 'parquet']).optional().describe('of an export (default: parquet)'),
  limit: z.coerce.number().int().min(1).max(1000).optional().describe('items of a list (default: 50)'),
  after: z.coerce.number().int().min(0).optional().describe('go on behind this item').meta({ value: 'ID' }),
  description: z.string().max(10_000).optional().describe('of a dataset').meta({ value: 'TEXT' }),
  remove: z.boolean().default(false).describe('remove the dataset; its items stay'),
  quick: z.boolean().default(false).describe('verify sizes alone, without reading every byte'),
  removeOrphans: z.boolean().default(false).describe('verify: remove stored files that no item has'),
});

export type CatalogueOptions = z.output<typeof catalogueOptions>;

/** Flags that an action knows; others are a usage error there. */
export const catalogueFlags: Readonly<Record<ActionName, readonly (keyof CatalogueOptions)[]>> = {
  show: [],
  list: ['limit', 'after'],
  item: [],
  dataset: ['from', 'description', 'remove'],
  copy: ['from'],
  export: ['from', 'format'],
  import: [],
  refusals: [],
  verify: ['quick', 'removeOrphans'],
};
