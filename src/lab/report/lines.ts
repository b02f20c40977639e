import { cellText, columnHead } from './cell-text.ts';
import type { LabReport, Table } from './document.ts';

const columnGap = 2;

/** What a terminal shows: the summary and the tables. Plots and pictures are in the files. */
export function linesOf(report: LabReport): string[] {
  const { title, summary, sections, remarks } = report;
  return [
    title.toUpperCase(),
    ...sections.flatMap(({ title: heading, blocks }) => {
      const tables = blocks.flatMap((block) => (block.kind === 'table' ? [block] : []));
      return tables.length === 0 ? [] : ['', heading, ...tables.flatMap(tableLines)];
    }),
    '',
    `Method: ${summary.method}`,
    `Threshold: ${summary.threshold}`,
    `Measured on: ${summary.amount}`,
    `What it gets wrong: ${summary.mistakes}`,
    ...remarks.map((remark) => `Note: ${remark}`),
  ];
}

function tableLines({ caption, columns, rows }: Table): string[] {
  const texts = [
    columns.map(columnHead),
    ...rows.map(({ cells, detail }) =>
      cells.map((cell, i) => (detail && i === 0 ? '  ' : '') + cellText(cell)),
    ),
  ];
  const widths = columns.map((_, i) => Math.max(...texts.map((row) => Bun.stringWidth(row[i] ?? ''))));
  const padded = texts.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat(widths[i]! - Bun.stringWidth(cell) + columnGap))
      .join('')
      .trimEnd(),
  );
  return [caption, ...padded];
}
