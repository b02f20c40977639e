import { bestOf, type NamingRule, type ScoredPiece, type ScoredSpeech } from './voices-figures.ts';

/** The scores of one way of naming with pieces of one length. */
export interface ChartPanel {
  readonly title: string;
  readonly scored: ScoredSpeech;
  readonly rule: NamingRule;
}

export interface ChartRow {
  readonly title: string;
  /** What a score is, below each panel. */
  readonly scoreName: string;
  /** Scores from here on are drawn; lower ones, and pieces without one, count to the first bar. */
  readonly lowest: number;
  readonly panels: readonly ChartPanel[];
}

/** Light by default, dark where the viewer prefers it. */
const style = `
.chart{font-family:system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.paper{fill:#ffffff}
.title{font-size:15px;font-weight:600;fill:#18202c}
.panel{font-size:13px;font-weight:600;fill:#18202c}
.small{font-size:11px;fill:#5b6678}
.axis{stroke:#8793a6;stroke-width:1}
.known{fill:#2f6fc4}
.stranger{fill:#d9762b}
.limit{stroke:#18202c;stroke-width:1.2;stroke-dasharray:4 3}
@media (prefers-color-scheme:dark){
.paper{fill:#12161d}
.title,.panel{fill:#e9edf4}
.small{fill:#a3aec0}
.axis{stroke:#66738a}
.known{fill:#6ea6f2}
.stranger{fill:#f0a063}
.limit{stroke:#e9edf4}
}`;

const bars = 50;
const panel = { widthPx: 270, halfHeightPx: 70, gapPx: 34 } as const;
const left = 24;
const rowHead = 62;
const rowFoot = 44;

/**
 * How the best scores of pieces are distributed, those of enrolled people above the line and those of strangers below
 * it, with the threshold from which a name is given: one row a way of naming, one column a length. The bars of a
 * panel share one scale, shares of the pieces of their kind.
 */
export function scoreChart(rows: readonly ChartRow[]): string {
  const columns = Math.max(...rows.map(({ panels }) => panels.length));
  const width = 2 * left + columns * panel.widthPx + (columns - 1) * panel.gapPx;
  const rowHeight = rowHead + 2 * panel.halfHeightPx + rowFoot;
  const top = 34;
  const height = top + rows.length * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" class="chart" role="img" aria-labelledby="t">`,
    '<title id="t">Best scores of pieces of speech, of enrolled people and of strangers</title>',
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    legendSvg(),
    ...rows.flatMap((row, index) => rowSvg(row, top + index * rowHeight)),
    '</svg>',
    '',
  ].join('\n');
}

function legendSvg(): string {
  const square = (className: string, x: number) =>
    `<rect class="${className}" x="${x}" y="16" width="10" height="10"/>`;
  return [
    square('known', left),
    `<text class="small" x="${left + 16}" y="25">enrolled people</text>`,
    square('stranger', left + 120),
    `<text class="small" x="${left + 136}" y="25">strangers</text>`,
    `<path class="limit" d="M${left + 210} 21H${left + 232}"/>`,
    `<text class="small" x="${left + 238}" y="25">a name from here on</text>`,
  ].join('');
}

function rowSvg(row: ChartRow, top: number): string[] {
  return [
    `<text class="title" x="${left}" y="${top + 28}">${xmlText(row.title)}</text>`,
    ...row.panels.map((one, column) =>
      panelSvg(one, row, left + column * (panel.widthPx + panel.gapPx), top + rowHead),
    ),
  ];
}

function panelSvg({ title, scored, rule }: ChartPanel, row: ChartRow, x: number, y: number): string {
  const known = histogram(scored.ofSpeakers, row.lowest);
  const strangers = histogram(scored.ofStrangers, row.lowest);
  const most = Math.max(...known, ...strangers, 1e-9);
  const axisY = y + panel.halfHeightPx;
  const barWidth = panel.widthPx / bars;
  const barsSvg = (className: string, shares: readonly number[], up: boolean) =>
    shares
      .map((share, bar) => {
        const height = round((share / most) * panel.halfHeightPx);
        if (height === 0) return '';
        const barX = round(x + bar * barWidth);
        return `<rect class="${className}" x="${barX}" y="${up ? round(axisY - height) : axisY}" width="${round(barWidth - 0.6)}" height="${height}"/>`;
      })
      .join('');
  const limitX = round(x + ((rule.threshold - row.lowest) / (1 - row.lowest)) * panel.widthPx);
  const footY = y + 2 * panel.halfHeightPx;
  return [
    '<g class="distribution">',
    `<text class="panel" x="${x}" y="${y - 10}">${xmlText(title)}</text>`,
    barsSvg('known', known, true),
    barsSvg('stranger', strangers, false),
    `<path class="axis" d="M${x} ${axisY}H${x + panel.widthPx}"/>`,
    `<path class="limit" d="M${limitX} ${y}V${footY}"/>`,
    `<text class="small" x="${x}" y="${footY + 14}">${row.lowest === 0 ? '0' : `${row.lowest} or less`}</text>`,
    `<text class="small" x="${limitX}" y="${footY + 14}" text-anchor="middle">${rule.threshold.toFixed(2)}</text>`,
    // Where the threshold leaves room for it.
    limitX > x + panel.widthPx - 30
      ? ''
      : `<text class="small" x="${x + panel.widthPx}" y="${footY + 14}" text-anchor="end">1</text>`,
    `<text class="small" x="${x + panel.widthPx / 2}" y="${footY + 30}" text-anchor="middle">${xmlText(row.scoreName)}</text>`,
    '</g>',
  ].join('');
}

/** Shares of the pieces whose best score lies in each bar. */
function histogram(pieces: readonly ScoredPiece[], lowest: number): number[] {
  const shares = new Array<number>(bars).fill(0);
  for (const piece of pieces) {
    const place = Math.floor(((bestOf(piece).score - lowest) / (1 - lowest)) * bars);
    const bar = Math.min(bars - 1, Math.max(0, place));
    shares[bar] = shares[bar]! + 1 / pieces.length;
  }
  return shares;
}

function round(px: number): number {
  return Math.round(px * 10) / 10;
}

function xmlText(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
