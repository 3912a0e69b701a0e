import { z } from 'zod';

/** Flags that name the columns of a CSV. */
export const columnOptions = {
  imageColumn: z.string().min(1).optional().describe('column of a CSV with the picture files').meta({ value: 'NAME' }),
  labelColumn: z.string().min(1).optional().describe('column of a CSV with the labels').meta({ value: 'NAME' }),
};

/** Flags of commands that read labelled pictures. */
export const dataOptions = {
  data: z
    .string()
    .min(1)
    .describe('folder with one sub-folder a class, CSV, .h5, .npz or catalogue:NAME')
    .meta({ value: 'PATH' }),
  ...columnOptions,
};

/** The flag of commands that read texts. */
export const textColumn = z.string().min(1).optional().describe('column of a CSV with the texts').meta({ value: 'NAME' });

/** The flag of commands whose speed matters. */
export const threads = z.coerce.number().int().min(1).max(1024).optional().describe('every core unless told');
