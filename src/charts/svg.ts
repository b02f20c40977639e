import { type ChartState, nameText, transitionText } from './chart.ts';
import { type ChartLayout, drawing, type PlacedArrow, type PlacedState, tagWidthPx } from './layout.ts';

/**
 * What charts look like: light by default, dark where the viewer prefers it. Tags that observers know have their
 * colour. A page that shows charts has it in its own style sheet.
 */
export const chartStyle = `
.chart{font-family:system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.paper{fill:#ffffff}
.box{fill:#ffffff;stroke:#8793a6;stroke-width:1.3}
.outer{fill:#f3f5f9;stroke:#a9b4c4}
.deep{fill:#e9edf4}
.region{stroke-dasharray:5 4}
.ring{fill:none;stroke:#8793a6;stroke-width:1.3}
.name{font-size:14px;font-weight:600;fill:#18202c}
.small{font-size:11px;fill:#5b6678}
.invoke{fill:#2456a6}
.handles,.entry{fill:#7a8496}
.arrow{fill:none;stroke:#5b6b84;stroke-width:1.3}
.head,.dot{fill:#5b6b84}
.label{font-size:11px;fill:#27406b}
.plate{fill:none;pointer-events:all}
.tag rect{fill:#e3e8f0}.tag text{font-size:11px;fill:#43506a}
.tag.fault rect{fill:#fbdcda}.tag.fault text{fill:#96231c}
.tag.degraded rect{fill:#fdebc8}.tag.degraded text{fill:#7a4d00}
.tag.lit rect{fill:#d3f2dc}.tag.lit text{fill:#14612f}
@media (prefers-color-scheme:dark){
.paper{fill:#12161d}
.box{fill:#1c222c;stroke:#66738a}
.outer{fill:#171c25;stroke:#4d586b}
.deep{fill:#1b212b}
.ring{stroke:#66738a}
.name{fill:#e9edf4}
.small{fill:#a3aec0}
.invoke{fill:#8db5f5}
.handles,.entry{fill:#8791a3}
.arrow{stroke:#8c9ab1}
.head,.dot{fill:#8c9ab1}
.label{fill:#b9cdf2}
.tag rect{fill:#2c3442}.tag text{fill:#b6c1d3}
.tag.fault rect{fill:#4d1f1c}.tag.fault text{fill:#ffb4ad}
.tag.degraded rect{fill:#46340f}.tag.degraded text{fill:#ffd88a}
.tag.lit rect{fill:#173f25}.tag.lit text{fill:#8fe3ab}
}`;

const missedStyle = `
.missed>.box{stroke-dasharray:2 4;stroke-width:2.4}
.missed .arrow{stroke-dasharray:2 4;stroke-width:2.4}
.missed .name,.missed .label{font-style:italic}`;

const cornerPx = 8;
const headPx = 7;

/**
 * The chart as one SVG of its own, without scripts or fonts to load. Boxes carry `data-state` and labels
 * `data-from`, `data-to`, `data-event` and `data-guard` with the paths and names that the trace uses.
 */
export function svgOf(chart: ChartState, layout: ChartLayout): string {
  const style = `${chartStyle}${chart.reached === undefined ? '' : missedStyle}`;
  return drawingOf(chart, layout, 't', `<style>${style}</style>`);
}

/**
 * The same for a page that holds `chartStyle` and shows several charts: no style of its own, and ids that are no
 * other chart's.
 */
export function embeddedSvgOf(chart: ChartState, layout: ChartLayout): string {
  return drawingOf(chart, layout, `chart-${chart.name}`, '');
}

function drawingOf(chart: ChartState, layout: ChartLayout, titleId: string, style: string): string {
  const { widthPx, heightPx } = layout;
  const size = `width="${widthPx}" height="${heightPx}" viewBox="0 0 ${widthPx} ${heightPx}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} class="chart" role="img" aria-labelledby="${titleId}">`,
    `<title id="${titleId}">${xmlText(`The machine ${chart.name}. ${chart.description ?? ''}`.trim())}</title>`,
    style,
    `<rect class="paper" width="${widthPx}" height="${heightPx}"/>`,
    ...layout.states.map((placed) => stateSvg(placed, layout)),
    ...layout.initials.map(
      ({ dot, points }) =>
        `<circle class="dot" cx="${dot.x + dot.width / 2}" cy="${dot.y + dot.height / 2}" r="${dot.width / 2}"/>${lineSvg(points)}`,
    ),
    ...layout.arrows.map(arrowSvg),
    ...layout.arrows.map(labelsSvg),
    '</svg>',
    '',
  ].join('\n');
}

function stateSvg({ state, lines, depth, x, y, width, height }: PlacedState, layout: ChartLayout): string {
  const { paddingPx, namePx, nameLinePx, smallLinePx } = drawing;
  const parent = layout.states.find((other) => other.state.states.includes(state))?.state;
  const outer = state.states.length > 0;
  const classes = ['box', outer ? 'outer' : '', outer && depth % 2 === 1 ? 'deep' : ''];
  if (parent?.type === 'parallel') classes.push('region');
  const box = (inset: number, className: string): string =>
    `<rect class="${className}" x="${x + inset}" y="${y + inset}" width="${width - 2 * inset}" height="${height - 2 * inset}" rx="${10 - inset}"/>`;
  const nameY = y + paddingPx - 3 + namePx;
  const parts = [
    `<g class="state${missedClass(state)}" data-state="${xmlText(state.path)}">`,
    state.description === null ? '' : `<title>${xmlText(state.description)}</title>`,
    box(0, classes.filter((name) => name !== '').join(' ')),
    state.type === 'final' ? box(3, 'ring') : '',
    `<text class="name" x="${x + paddingPx}" y="${nameY}">${xmlText(nameText(state))}</text>`,
    ...tagsSvg(state, x + width - paddingPx, nameY),
    ...lines.map(
      ({ kind, text }, i) =>
        `<text class="small ${kind}" x="${x + paddingPx}" y="${y + paddingPx - 3 + nameLinePx + (i + 1) * smallLinePx - 4}">${xmlText(text)}</text>`,
    ),
    '</g>',
  ];
  return parts.filter((part) => part !== '').join('');
}

function missedClass({ reached }: { readonly reached?: boolean }): string {
  return reached === false ? ' missed' : '';
}

function tagsSvg(state: ChartState, rightX: number, baselineY: number): string[] {
  let x = rightX;
  return state.tags.map((tag) => {
    const width = tagWidthPx(tag);
    x -= width;
    const pill = `<g class="tag ${xmlText(tag)}"><rect x="${x}" y="${baselineY - 13}" width="${width}" height="17" rx="8.5"/><text x="${x + width / 2}" y="${baselineY - 1}" text-anchor="middle">${xmlText(tag)}</text></g>`;
    x -= drawing.tagGapPx;
    return pill;
  });
}

function arrowSvg({ from, to, points, labels }: PlacedArrow): string {
  const missed = labels.every(({ transition }) => transition.reached === false);
  return `<g class="transition${missedClass({ reached: !missed })}" data-from="${xmlText(from)}" data-to="${xmlText(to)}">${lineSvg(points)}</g>`;
}

function labelsSvg({ from, to, labels }: PlacedArrow): string {
  return labels
    .map(({ x, y, width, height, text, transition }) => {
      const told = [transitionText(transition), ...transition.actions.map((action) => `does: ${action}`)];
      return [
        `<g class="transition-label${missedClass(transition)}" data-from="${xmlText(from)}" data-to="${xmlText(to)}" data-event="${xmlText(transition.event)}" data-guard="${xmlText(transition.guard ?? '')}">`,
        `<title>${xmlText([...told, transition.description ?? ''].filter((line) => line !== '').join('\n'))}</title>`,
        `<rect class="plate" x="${x}" y="${y}" width="${width}" height="${height}" rx="3"/>`,
        `<text class="label" x="${x + 3}" y="${y + height - 4}">${xmlText(text)}</text></g>`,
      ].join('');
    })
    .join('');
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** An orthogonal line with round corners and an arrow head at its end. */
function lineSvg(points: readonly Point[]): string {
  const first = points[0];
  const last = points.at(-1);
  const before = points.at(-2);
  if (first === undefined || last === undefined || before === undefined) return '';
  const tip = along(last, before, headPx - 1);
  const path = [`M${first.x} ${first.y}`];
  for (let i = 1; i < points.length - 1; i++) {
    const [a, corner, b] = [points[i - 1], points[i], points[i + 1]];
    if (a === undefined || corner === undefined || b === undefined) continue;
    const start = along(corner, a, Math.min(cornerPx, distance(corner, a) / 2));
    const end = along(corner, b, Math.min(cornerPx, distance(corner, b) / 2));
    path.push(`L${start.x} ${start.y}Q${corner.x} ${corner.y} ${end.x} ${end.y}`);
  }
  path.push(`L${tip.x} ${tip.y}`);
  const base = along(last, before, headPx);
  const [sideX, sideY] = [((last.y - base.y) * 4) / headPx, ((last.x - base.x) * 4) / headPx];
  const head = `M${last.x} ${last.y}L${round(base.x + sideX)} ${round(base.y - sideY)}L${round(base.x - sideX)} ${round(base.y + sideY)}Z`;
  return `<path class="arrow" d="${path.join('')}"/><path class="head" d="${head}"/>`;
}

/** The point `px` from `from` towards `to`. */
function along(from: Point, to: Point, px: number): Point {
  const whole = distance(from, to) || 1;
  return {
    x: round(from.x + ((to.x - from.x) * px) / whole),
    y: round(from.y + ((to.y - from.y) * px) / whole),
  };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function round(px: number): number {
  return Math.round(px * 10) / 10;
}

function xmlText(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
