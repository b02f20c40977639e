import { printLine } from './output.ts';

/** Heads of a table with the least width of each column; 0 for the last one. */
export type Columns = readonly (readonly [head: string, width: number])[];

/** Prints rows under their heads as they come: a cell that is wider than its column pushes the rest to the right. */
export class Table {
  readonly #columns: Columns;
  #headed = false;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  row(cells: readonly string[]): void {
    if (!this.#headed) this.#print(this.#columns.map(([head]) => head));
    this.#headed = true;
    this.#print(cells);
  }

  #print(cells: readonly string[]): void {
    const padded = cells.map((cell, column) => {
      const width = this.#columns[column]?.[1] ?? 0;
      return cell + ' '.repeat(Math.max(0, width - Bun.stringWidth(cell)));
    });
    printLine(padded.join('  ').trimEnd());
  }
}

/** A longer path pushes its row to the right. */
const maxPathColumns = 60;

/** As wide as the longest of the paths, within reason. */
export function pathColumnWidth(paths: readonly string[]): number {
  const widest = paths.reduce((most, path) => Math.max(most, Bun.stringWidth(path)), 10);
  return Math.min(maxPathColumns, widest);
}

/** Prints a table whose columns are as wide as their widest cell. Names may be wide (emoji, CJK): width is what a terminal shows. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ''))),
  );
  for (const row of rows) {
    const cells = row.map(
      (cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(cell))),
    );
    printLine(cells.join('  ').trimEnd());
  }
}
