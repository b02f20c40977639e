import type { Epoch } from './network.ts';

/** Light by default, dark where the viewer prefers it. */
const style = `
.chart{font-family:system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.paper{fill:#ffffff}
.title{font-size:13px;font-weight:600;fill:#18202c}
.small{font-size:11px;fill:#5b6678}
.axis{stroke:#8793a6;stroke-width:1;fill:none}
.train{stroke:#2f6fc4;stroke-width:1.6;fill:none}
.validation{stroke:#d9762b;stroke-width:1.6;fill:none}
.best{stroke:#18202c;stroke-width:1.2;stroke-dasharray:4 3}
.cell{fill:#2f6fc4}
.count{font-size:11px;fill:#18202c}
.on{fill:#ffffff}
@media (prefers-color-scheme:dark){
.paper{fill:#12161d}
.title,.count{fill:#e9edf4}
.small{fill:#a3aec0}
.axis{stroke:#66738a}
.train{stroke:#6ea6f2}
.validation{stroke:#f0a063}
.best{stroke:#e9edf4}
}`;

const panel = { widthPx: 360, heightPx: 200, gapPx: 60 } as const;
const margin = { leftPx: 48, topPx: 56, bottomPx: 40, rightPx: 20 } as const;

/** Accuracy and loss after each epoch, of training and validation, and the epoch whose weights were kept. */
export function trainingChart(epochs: readonly Epoch[], best: number): string {
  const width = margin.leftPx + 2 * panel.widthPx + panel.gapPx + margin.rightPx;
  const height = margin.topPx + panel.heightPx + margin.bottomPx;
  const losses = epochs.flatMap(({ loss, validationLoss }) => [loss, validationLoss]);
  return svg(width, height, 'Accuracy and loss by epoch', [
    `<path class="train" d="M${margin.leftPx} 20h22"/>`,
    `<text class="small" x="${margin.leftPx + 28}" y="24">training, with dropout</text>`,
    `<path class="validation" d="M${margin.leftPx + 170} 20h22"/>`,
    `<text class="small" x="${margin.leftPx + 198}" y="24">validation</text>`,
    `<path class="best" d="M${margin.leftPx + 280} 20h22"/>`,
    `<text class="small" x="${margin.leftPx + 308}" y="24">kept: epoch ${best + 1}</text>`,
    ...curvesSvg('Accuracy', margin.leftPx, 1, best, [
      ['train', epochs.map(({ accuracy }) => accuracy)],
      ['validation', epochs.map(({ validationAccuracy }) => validationAccuracy)],
    ]),
    ...curvesSvg('Loss', margin.leftPx + panel.widthPx + panel.gapPx, Math.max(...losses), best, [
      ['train', epochs.map(({ loss }) => loss)],
      ['validation', epochs.map(({ validationLoss }) => validationLoss)],
    ]),
  ]);
}

function curvesSvg(
  title: string,
  left: number,
  most: number,
  best: number,
  curves: readonly (readonly [className: string, values: readonly number[]])[],
): string[] {
  const epochs = curves[0]?.[1].length ?? 0;
  const bottom = margin.topPx + panel.heightPx;
  const x = (epoch: number) => fixed(left + (panel.widthPx * epoch) / Math.max(1, epochs - 1));
  const y = (value: number) => fixed(bottom - (panel.heightPx * value) / Math.max(most, Number.MIN_VALUE));
  return [
    `<text class="title" x="${left}" y="${margin.topPx - 10}">${title}</text>`,
    `<path class="axis" d="M${left} ${margin.topPx}V${bottom}H${left + panel.widthPx}"/>`,
    `<text class="small" x="${left - 6}" y="${margin.topPx + 8}" text-anchor="end">${Number(most.toPrecision(2))}</text>`,
    `<text class="small" x="${left - 6}" y="${bottom}" text-anchor="end">0</text>`,
    `<text class="small" x="${left}" y="${bottom + 18}">epoch 1</text>`,
    `<text class="small" x="${left + panel.widthPx}" y="${bottom + 18}" text-anchor="end">${epochs}</text>`,
    `<path class="best" d="M${x(best)} ${margin.topPx}V${bottom}"/>`,
    ...curves.map(
      ([className, values]) =>
        `<polyline class="${className}" points="${values.map((value, i) => `${x(i)},${y(value)}`).join(' ')}"/>`,
    ),
  ];
}

/** Wide enough for the title, in a wide font too. */
const leastWidthPx = 430;
const cellPx = 34;
const labelPx = 7;

/** Who spoke, a row, and who was named, a column: the number of validation pieces, darker for a larger share. */
export function confusionChart(labels: readonly string[], confusion: readonly (readonly number[])[]): string {
  const longest = Math.max(...labels.map((label) => [...label].length));
  const left = 40 + longest * labelPx;
  const top = 68 + longest * labelPx;
  const size = labels.length * cellPx;
  const cells = confusion.flatMap((row, spoken) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.flatMap((count, named) => {
      if (count === 0) return [];
      const share = count / total;
      const [x, y] = [left + named * cellPx, top + spoken * cellPx];
      return [
        `<rect class="cell" x="${x}" y="${y}" width="${cellPx}" height="${cellPx}" fill-opacity="${fixed(0.1 + 0.9 * share)}"/>`,
        `<text class="count${share > 0.5 ? ' on' : ''}" x="${x + cellPx / 2}" y="${y + cellPx / 2 + 4}" text-anchor="middle">${count}</text>`,
      ];
    });
  });
  return svg(Math.max(leastWidthPx, left + size + 24), top + size + 24, 'Who spoke, and who was named', [
    '<text class="title" x="20" y="28">Who spoke, and who was named</text>',
    '<text class="small" x="20" y="46">a row each who spoke, a column each who was named; validation pieces</text>',
    ...labels.flatMap((label, i) => [
      `<text class="small" x="${left - 8}" y="${top + i * cellPx + cellPx / 2 + 4}" text-anchor="end">${xmlText(label)}</text>`,
      `<text class="small" transform="translate(${left + i * cellPx + cellPx / 2 + 4} ${top - 8}) rotate(-90)">${xmlText(label)}</text>`,
    ]),
    ...cells,
    `<rect class="axis" x="${left}" y="${top}" width="${size}" height="${size}"/>`,
  ]);
}

function svg(width: number, height: number, title: string, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" class="chart" role="img" aria-labelledby="t">`,
    `<title id="t">${title}</title>`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...content,
    '</svg>',
    '',
  ].join('\n');
}

function fixed(value: number): string {
  return value.toFixed(2);
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
