import { scaleLinear, scaleLog } from 'd3-scale';
import type { Axis, Rule } from '../document.ts';
import { xmlText } from '../xml.ts';

/** Wide enough for a column of a page, narrow enough that a phone need not shrink its letters away. */
const widthPx = 460;
const titlePx = 26;
const legendLinePx = 19;
const footPx = 46;
const rightPx = 14;
/** Of the labels' 11 px letters, on average. */
export const letterPx = 6.1;

/** A place on an axis in pixels, with the marks to write along it. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

export interface LegendEntry {
  readonly label: string;
  /** A picture of the mark, 22 px wide and around y = 0. */
  readonly key: string;
}

/** The area of a plot that values are drawn in, and what stands around it. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly heightPx: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly legend: string;
}

/** Lays a plot out: `leftPx` is what the labels of the vertical axis need. */
export function frameOf(
  x: Axis,
  y: Axis | undefined,
  extent: { readonly x: Extent; readonly y: Extent },
  { leftPx = 58, areaPx = 250, legend }: { leftPx?: number; areaPx?: number; legend: readonly LegendEntry[] },
): Frame {
  const { svg, lines } = legendSvg(legend);
  const left = leftPx;
  const top = titlePx + lines * legendLinePx + 8;
  const right = widthPx - rightPx;
  const bottom = top + areaPx;
  return {
    ...{ left, top, right, bottom, legend: svg },
    heightPx: bottom + footPx,
    x: scaleOf(x, extent.x, left, right),
    y: y === undefined ? { at: () => bottom, ticks: [] } : scaleOf(y, extent.y, bottom, top),
  };
}

export type Extent = readonly [least: number, most: number];

/** The least and the most of the values; 0 to 1 where there is none. */
export function extentOf(values: Iterable<number>): Extent {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least > most ? [0, 1] : [least, most];
}

/** Shares that a probit axis shows: beyond them are hundreds of thousands of trials. */
const probitLimits = [0.0001, 0.9999] as const;
const probitTicks = [0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 0.9999];

function scaleOf(axis: Axis, [least, most]: Extent, fromPx: number, toPx: number): Scale {
  const wanted = Math.max(2, Math.round(Math.abs(toPx - fromPx) / 65));
  const from = axis.from ?? least;
  const to = axis.to ?? (most > from ? most : from + 1);
  const shares = axis.scale === 'share' || axis.scale === 'share-log';
  switch (axis.scale) {
    case 'probit': {
      const low = Math.max(probitLimits[0], Math.min(0.4, axis.from ?? least));
      const high = Math.min(probitLimits[1], Math.max(0.6, axis.to ?? most));
      const scale = scaleLinear([probit(low), probit(high)], [fromPx, toPx]).clamp(true);
      const at = (value: number) => scale(probit(Math.min(high, Math.max(low, value))));
      const ticks = probitTicks.filter((value) => value >= low && value <= high);
      return { at, ticks: ticks.map((value) => ({ value, label: percentLabel(value) })) };
    }
    case 'log':
    case 'share-log': {
      const low = from > 0 ? from : to / 1000;
      const scale = scaleLog([low, to], [fromPx, toPx]).clamp(true);
      const all = scale.ticks(wanted);
      // Between powers of ten there are as many as eight marks, for which there is no room.
      const powers = all.filter((value) => Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6));
      const ticks = powers.length >= 2 ? powers : all.filter((_, i) => i % Math.ceil(all.length / 6) === 0);
      return {
        at: (value) => scale(Math.max(low, value)),
        ticks: ticks.map((value) => ({ value, label: shares ? percentLabel(value) : plainLabel(value) })),
      };
    }
    default: {
      const scale = scaleLinear([from, to], [fromPx, toPx]).clamp(true);
      if (axis.from === undefined || axis.to === undefined) {
        const [niceFrom, niceTo] = scale.copy().nice(wanted).domain() as [number, number];
        scale.domain([axis.from ?? niceFrom, axis.to ?? niceTo]);
      }
      const format = scale.tickFormat(wanted);
      const ticks = scale.ticks(wanted);
      return {
        at: scale,
        ticks: ticks.map((value) => ({ value, label: shares ? percentLabel(value) : format(value) })),
      };
    }
  }
}

function percentLabel(share: number): string {
  return `${Number((share * 100).toPrecision(6))}`;
}

function plainLabel(value: number): string {
  return `${Number(value.toPrecision(6))}`;
}

/**
 * The quantile of the standard normal distribution, to 4.5e-4 (Abramowitz and Stegun, Handbook of Mathematical
 * Functions, 1964, 26.2.23): a tenth of a pixel on an axis.
 */
function probit(share: number): number {
  const tail = Math.min(share, 1 - share);
  const t = Math.sqrt(-2 * Math.log(tail));
  const z =
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
  return share < 0.5 ? -z : z;
}

/** The plot as an SVG of its own: title, legend, axes with their units, and what is drawn in the frame. */
export function framed(
  { title, form }: { readonly title: string; readonly form: string },
  { x, y }: { readonly x: Axis; readonly y: Axis | undefined },
  frame: Frame,
  marks: readonly string[],
): string {
  const { left, right, top, bottom, heightPx } = frame;
  const ticks = (scale: Scale, draw: (at: number, label: string) => string) =>
    scale.ticks.map(({ value, label }) => draw(round(scale.at(value)), label)).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" viewBox="0 0 ${widthPx} ${heightPx}" class="plot ${form}" role="img" aria-label="${xmlText(title)}">`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${widthPx}" height="${heightPx}"/>`,
    `<text class="title" x="12" y="19">${xmlText(title)}</text>`,
    frame.legend,
    ticks(
      frame.x,
      (at, label) =>
        `<path class="grid" d="M${at} ${top}V${bottom}"/><text class="small" x="${at}" y="${bottom + 16}" text-anchor="middle">${label}</text>`,
    ),
    ticks(
      frame.y,
      (at, label) =>
        `<path class="grid" d="M${left} ${at}H${right}"/><text class="small" x="${left - 6}" y="${at + 4}" text-anchor="end">${label}</text>`,
    ),
    `<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`,
    `<text class="label" x="${(left + right) / 2}" y="${bottom + 36}" text-anchor="middle">${xmlText(axisLabel(x))}</text>`,
    y === undefined
      ? ''
      : `<text class="label" transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${xmlText(axisLabel(y))}</text>`,
    ...marks,
    '</svg>',
    '',
  ].join('\n');
}

function axisLabel({ label, unit, scale }: Axis): string {
  const shown = scale === 'linear' || scale === 'log' ? unit : '%';
  return shown === undefined ? label : `${label} (${shown})`;
}

/** Lines at one value, with what they are written beside them. */
export function rulesSvg(rules: readonly Rule[], frame: Frame): string[] {
  const { left, right, top, bottom } = frame;
  return rules.map(({ axis, at, label }, index) => {
    if (axis === 'y') {
      const y = round(frame.y.at(at));
      return `<path class="rule" d="M${left} ${y}H${right}"/><text class="small" x="${right - 4}" y="${y - 4}" text-anchor="end">${xmlText(label)}</text>`;
    }
    const x = round(frame.x.at(at));
    const leftwards = x + label.length * letterPx > right;
    return `<path class="rule" d="M${x} ${top}V${bottom}"/><text class="small" x="${leftwards ? x - 4 : x + 4}" y="${top + 11 + 13 * index}" text-anchor="${leftwards ? 'end' : 'start'}">${xmlText(label)}</text>`;
  });
}

/** As many lines as it takes. */
function legendSvg(entries: readonly LegendEntry[]): { svg: string; lines: number } {
  let x = 12;
  let line = 0;
  const parts = entries.map(({ label, key }) => {
    const wide = 30 + label.length * letterPx + 14;
    if (x > 12 && x + wide > widthPx) {
      x = 12;
      line++;
    }
    const y = titlePx + line * legendLinePx + 10;
    const part = `<g transform="translate(${round(x)} ${y})">${key}<text class="small" x="28" y="4">${xmlText(label)}</text></g>`;
    x += wide;
    return part;
  });
  return { svg: parts.join(''), lines: entries.length === 0 ? 0 : line + 1 };
}

export function round(px: number): number {
  return Math.round(px * 10) / 10;
}

/**
 * Colours that people who see red and green alike can tell apart (M. Okabe and K. Ito, "Color Universal Design",
 * 2008), lighter on dark paper. Marks and dashes differ too, for print without colours.
 */
export const colours = 7;
const light = ['#0072b2', '#d55e00', '#009e73', '#aa4499', '#b07d00', '#56a0d3', '#5b6678'];
const dark = ['#5cb3ea', '#ff8a3d', '#35c99a', '#e08fcb', '#e6b450', '#a8d8f5', '#a3aec0'];

function paletteStyle(shades: readonly string[]): string {
  return shades.map((shade, i) => `--c${i}:${shade};`).join('');
}

const style = `
.plot{font-family:system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;--paper:#fff;--ink:#18202c;--faint:#5b6678;--line:#8793a6;--grid:#e5e9f0;${paletteStyle(light)}}
@media (prefers-color-scheme:dark){.plot{--paper:#12161d;--ink:#e9edf4;--faint:#a3aec0;--line:#66738a;--grid:#262d38;${paletteStyle(dark)}}}
@media print{.plot{--paper:#fff;--ink:#000;--faint:#333;--line:#666;--grid:#ddd;${paletteStyle(light)}}}
.plot .paper{fill:var(--paper)}
.plot .title{font-size:14px;font-weight:600;fill:var(--ink)}
.plot .small{font-size:11px;fill:var(--faint)}
.plot .label{font-size:12px;fill:var(--ink)}
.plot .axis{fill:none;stroke:var(--line);stroke-width:1}
.plot .grid{stroke:var(--grid);stroke-width:1}
.plot .rule{fill:none;stroke:var(--ink);stroke-width:1.2;stroke-dasharray:4 3}
.plot .series{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
.plot .band{fill:var(--c);fill-opacity:.16;stroke:none}
.plot .area{fill:var(--c);fill-opacity:.3;stroke:var(--c);stroke-width:1.5}
.plot .bar{fill:var(--c)}
.plot .whisker{fill:none;stroke:var(--ink);stroke-width:1.2}
.plot .mark{fill:var(--c);stroke:var(--paper);stroke-width:.8}
.plot .apart{opacity:.12}
${Array.from({ length: colours }, (_, i) => `.plot .c${i}{--c:var(--c${i})}`).join('')}`;
