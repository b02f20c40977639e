import { cellText, columnHead, percent } from './cell-text.ts';
import type { Block, Cell, LabReport, ReportWithPictures, Table } from './document.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import { plotSvg } from './plot/plot.ts';
import { provenanceRows } from './provenance.ts';
import { xmlText } from './xml.ts';

/**
 * The report as one file that loads nothing: pictures and plots are in it. Light or dark as the reader's system is,
 * readable on a phone, printable, and whole without its script, which only shows what a point of a plot is.
 */
export function htmlOf({ report, pictures }: ReportWithPictures): string {
  const sections = report.sections.map(
    ({ title, blocks }) =>
      `<section><h2>${xmlText(title)}</h2>\n${blocksHtml(blocks, pictures).join('\n')}\n</section>`,
  );
  const used = pointedAt(report);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${xmlText(report.title)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${xmlText(report.title)}</h1>`,
    `<p class="question">${xmlText(report.question)}</p>`,
    summaryHtml(report.summary),
    ...(report.remarks.length === 0 ? [] : [listHtml('remarks', report.remarks)]),
    ...sections,
    provenanceHtml(report),
    '</main>',
    `<div id="pointed" hidden></div>`,
    `<script type="application/json" id="pictures">${jsonInHtml(Object.fromEntries(used.map((file) => [file, dataUri(file, pictures)])))}</script>`,
    `<script>${pageScript}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function summaryHtml({ method, threshold, amount, mistakes }: LabReport['summary']): string {
  const rows = [
    ['Method', method],
    ['Threshold', threshold],
    ['Measured on', amount],
    ['What it gets wrong', mistakes],
  ] as const;
  const items = rows.map(([term, text]) => `<dt>${term}</dt><dd>${xmlText(text)}</dd>`);
  return `<dl class="summary">${items.join('')}</dl>`;
}

function listHtml(className: string, items: readonly string[]): string {
  return `<ul class="${className}">${items.map((item) => `<li>${xmlText(item)}</li>`).join('')}</ul>`;
}

/** Plots that follow each other stand side by side where there is room. */
function blocksHtml(blocks: readonly Block[], pictures: ReadonlyMap<string, Uint8Array>): string[] {
  const parts: string[] = [];
  let row: string[] = [];
  const endRow = () => {
    if (row.length > 0) parts.push(`<div class="plots">${row.join('\n')}</div>`);
    row = [];
  };
  for (const block of blocks) {
    if (block.kind === 'plot') {
      row.push(`<figure>${plotSvg(block)}</figure>`);
      continue;
    }
    endRow();
    if (block.kind === 'text') parts.push(`<p>${xmlText(block.text)}</p>`);
    else if (block.kind === 'table') parts.push(tableHtml(block));
    else {
      const figures = block.pictures.map(
        ({ file, caption }) =>
          `<figure><img src="${dataUri(file, pictures)}" alt="${xmlText(caption)}"><figcaption>${xmlText(caption)}</figcaption></figure>`,
      );
      parts.push(`<div class="pictures">${figures.join('')}</div>`);
    }
  }
  endRow();
  return parts;
}

function tableHtml({ caption, columns, rows }: Table): string {
  const heads = columns.map((column) => `<th scope="col">${xmlText(columnHead(column))}</th>`).join('');
  const body = rows.map(({ cells, detail }) => {
    const [first, ...others] = cells;
    const rest = others.map((cell) => `<td>${cellHtml(cell)}</td>`).join('');
    return `<tr${detail ? ' class="detail"' : ''}><th scope="row">${cellHtml(first ?? null)}</th>${rest}</tr>`;
  });
  return `<div class="table"><table><caption>${xmlText(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

/** The value, and smaller how sure it is. */
function cellHtml(cell: Cell): string {
  if (cell === null || typeof cell === 'string') return xmlText(cellText(cell));
  if ('count' in cell && cell.of > 0) {
    const { count, of, low, high } = cell;
    return `${percent(count / of, 1)} % <small>(${percent(low, 1)}–${percent(high, 1)}), ${count} of ${of}</small>`;
  }
  const [value, interval] = xmlText(cellText(cell)).split(' (');
  return interval === undefined ? value! : `${value} <small>(${interval}</small>`;
}

function provenanceHtml({ provenance }: LabReport): string {
  const rows = provenanceRows(provenance).map(
    ([what, value]) => `<tr><th scope="row">${xmlText(what)}</th><td>${xmlText(value)}</td></tr>`,
  );
  return `<section class="provenance"><h2>Where this comes from</h2><div class="table"><table><tbody>${rows.join('\n')}</tbody></table></div></section>`;
}

/** Pictures that are shown when a point is pointed at. */
function pointedAt(report: LabReport): string[] {
  const files = report.sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) =>
      block.kind === 'plot' && block.form === 'scatter'
        ? block.points.flatMap(({ picture }) => picture ?? [])
        : [],
    ),
  );
  return [...new Set(files)];
}

function dataUri(file: string, pictures: ReadonlyMap<string, Uint8Array>): string {
  const bytes = pictures.get(file);
  if (bytes === undefined) throw new Error(`the report names ${file}, which is not among its pictures`);
  const type = file.endsWith('.png') ? 'image/png' : file.endsWith('.svg') ? 'image/svg+xml' : 'image/jpeg';
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}

/** No end of a script can stand in it. */
function jsonInHtml(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
