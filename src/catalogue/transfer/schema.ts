import type { TableColumn } from '../../formats/table-cells.js';

/** Of the tables below. A program reads its own version and earlier ones. */
export const exportVersion = 1;

const text = (name: string): TableColumn => ({ name, type: 'text', optional: false });
const optional = (name: string): TableColumn => ({ name, type: 'text', optional: true });
const whole = (name: string): TableColumn => ({ name, type: 'whole', optional: false });

/**
 * The files of an export. `item` is a number of the export, 1, 2, 3 ... in the order of arrival; a catalogue that takes it in gives ids of its own. What is
 * JSON in the database is JSON here. Rows have one order, so that equal catalogues have equal exports.
 */
export const exportTables = {
  items: [
    whole('item'),
    text('hash'),
    whole('bytes'),
    text('format'),
    whole('width'),
    whole('height'),
    text('perceptual'),
    text('source'),
    text('source_id'),
    optional('url'),
    text('title'),
    text('description'),
    text('keywords'),
    optional('date'),
    optional('credit'),
    optional('copyright'),
    optional('licence'),
    text('fetched_at'),
    // For readers; a catalogue finds class and review from the labels.
    text('class'),
    text('review'),
  ],
  origins: [whole('item'), text('source'), text('source_id')],
  labels: [
    whole('item'),
    text('kind'),
    optional('class'),
    text('origin'),
    text('by'),
    { name: 'confidence', type: 'number', optional: true },
    text('at'),
    optional('retracted_at'),
  ],
  votes: [whole('item'), text('tree'), text('question'), { name: 'share', type: 'number', optional: false }],
  datasets: [text('name'), text('description'), text('created_at')],
  dataset_items: [text('dataset'), whole('item')],
  splits: [text('hash'), text('data'), text('manifest'), text('at')],
  runs: [text('id'), text('data'), optional('split'), text('folder'), text('recipe'), text('figures'), text('at')],
  models: [text('hash'), optional('run'), text('path'), text('architecture'), text('classes'), text('at')],
  refusals: [text('source'), text('source_id'), text('code'), text('reason'), text('at')],
} as const satisfies Readonly<Record<string, readonly TableColumn[]>>;

export type ExportTable = keyof typeof exportTables;
export const exportTableNames = Object.keys(exportTables) as readonly ExportTable[];
