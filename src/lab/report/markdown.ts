import { cellText, columnHead } from './cell-text.ts';
import type { Block, LabReport, Table } from './document.ts';
import { provenanceRows } from './provenance.ts';

/** The report for a README: plots and pictures are files beside it. */
export function markdownOf(report: LabReport): string {
  const { title, question, summary, remarks, sections, provenance } = report;
  const parts = [
    `# ${text(title)}`,
    text(question),
    [
      `- **Method:** ${text(summary.method)}`,
      `- **Threshold:** ${text(summary.threshold)}`,
      `- **Measured on:** ${text(summary.amount)}`,
      `- **What it gets wrong:** ${text(summary.mistakes)}`,
    ].join('\n'),
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `- ${text(remark)}`).join('\n')]),
    ...sections.flatMap((section) => [`## ${text(section.title)}`, ...section.blocks.map(blockMarkdown)]),
    '## Where this comes from',
    provenanceRows(provenance)
      .map(([what, value]) => `- ${text(what)}: ${text(value)}`)
      .join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'text':
      return text(block.text);
    case 'plot':
      return `![${text(block.title)}](${block.id}.svg)`;
    case 'pictures':
      return block.pictures
        .map(({ file, caption }) => `![${text(caption)}](${file})\n${text(caption)}`)
        .join('\n\n');
    case 'table':
      return tableMarkdown(block);
  }
}

function tableMarkdown({ caption, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `${text(caption)}\n`,
    line(columns.map((column) => text(columnHead(column)))),
    line(columns.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(({ cells, detail }) =>
      line(cells.map((cell, i) => `${detail && i === 0 ? '&emsp;' : ''}${text(cellText(cell))}`)),
    ),
  ].join('\n');
}

/** Said as it is: no letter of it is taken for a sign of Markdown or HTML. */
function text(said: string): string {
  return said.replace(/[\\`*_[\]<>|#&]/g, (sign) => `\\${sign}`).replace(/\s*\n\s*/g, ' ');
}
