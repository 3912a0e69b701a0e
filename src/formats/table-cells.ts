/** A cell of a table of texts and numbers; `null` where nothing is said. */
export type TableCell = string | number | null;

/** A column of such a table. */
export interface TableColumn {
  readonly name: string;
  /** `whole`: integers up to 2^53; `number`: float64. */
  readonly type: 'text' | 'whole' | 'number';
  /** May be `null`. */
  readonly optional: boolean;
}

/** A row, cell by cell in the order of the columns. */
export type TableCells = readonly TableCell[];

/** What is known of a file that was written. */
export interface WrittenTable {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}
