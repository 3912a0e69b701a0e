import { z } from 'zod';
import { loadModel } from '../formats/model-file.js';
import { readCard } from '../models/card.js';
import type { Stretch } from '../sky/stretch.js';

/** Flags that name the columns of a CSV. */
export const columnOptions = {
  imageColumn: z.string().min(1).optional().describe('column of a CSV with the picture files').meta({ value: 'NAME' }),
  labelColumn: z.string().min(1).optional().describe('column of a CSV with the labels').meta({ value: 'NAME' }),
};

/** Flags of commands that read labelled pictures. */
export const dataOptions = {
  data: z.string().min(1).describe('folder with one sub-folder a class, CSV, .h5 or .npz').meta({ value: 'PATH' }),
  ...columnOptions,
};

/** How the model wants raw counts shown. */
export function stretchOf(model: string): Stretch {
  return readCard(loadModel(model)).stretch;
}
