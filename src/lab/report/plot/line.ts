import { area, line } from 'd3-shape';
import type { Axis, LinePlot } from '../document.ts';
import { xmlText } from '../xml.ts';
import { colours, extentOf, framed, frameOf, round, rulesSvg } from './frame.ts';
import { markPath } from './marks.ts';

type Point = LinePlot['series'][number]['points'][number];

const dashes = ['none', '7 3', '2 3', '9 3 2 3', '5 2', '12 4', '1 2'];

/** Lines with a band or a whisker for their intervals; ROC and DET are lines with axes of their own. */
export function linePlotSvg(plot: LinePlot): string {
  const points = plot.series.flatMap((series) => series.points);
  const frame = frameOf(
    plot.x,
    plot.y,
    {
      x: extentOf(points.map(({ x }) => x)),
      y: extentOf(points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y])),
    },
    {
      legend: plot.series.map(({ name, curve }, i) => ({
        label: name,
        key: `<g class="c${i % colours}"><path class="series" stroke-dasharray="${dashes[i % dashes.length]}" d="M0 0H22"/>${curve ? '' : `<path class="mark" transform="translate(11 0)" d="${markPath(i)}"/>`}</g>`,
      })),
    },
  );
  const xOf = ({ x }: Point) => round(frame.x.at(x));
  const path = line<Point>(xOf, ({ y }) => round(frame.y.at(y)));
  const band = area<Point>(
    xOf,
    ({ y, low }) => round(frame.y.at(low ?? y)),
    ({ y, high }) => round(frame.y.at(high ?? y)),
  );
  const diagonal =
    plot.diagonal === undefined
      ? []
      : [`<path class="rule" d="M${frame.left} ${frame.bottom}L${frame.right} ${frame.top}"/>`];
  const series = plot.series.map(({ name, points: all, curve }, i) => {
    const points = curve ? all.filter((point) => inside(plot, point)) : all;
    const hasBand = points.length > 1 && points.some(({ low }) => low !== undefined);
    return [
      `<g class="c${i % colours}">`,
      hasBand ? `<path class="band" d="${band(points)}"/>` : '',
      `<path class="series" stroke-dasharray="${dashes[i % dashes.length]}" d="${path(points) ?? ''}"/>`,
      ...(curve
        ? []
        : points.map((point) => markSvg(plot, name, point, i, xOf(point), round(frame.y.at(point.y))))),
      '</g>',
    ].join('');
  });
  return framed(plot, plot, frame, [...diagonal, ...series, ...rulesSvg(plot.rules, frame)]);
}

function markSvg(
  plot: LinePlot,
  name: string,
  { x, y, low, high }: Point,
  i: number,
  atX: number,
  atY: number,
): string {
  const asShown = (value: number, scale: LinePlot['y']['scale']) =>
    scale === 'linear' || scale === 'log'
      ? `${Number(value.toPrecision(4))}`
      : `${Number((value * 100).toPrecision(4))} %`;
  const interval =
    low === undefined || high === undefined
      ? ''
      : ` (${asShown(low, plot.y.scale)} to ${asShown(high, plot.y.scale)})`;
  const title = `${name}: ${asShown(x, plot.x.scale)}, ${asShown(y, plot.y.scale)}${interval}`;
  return `<path class="mark" transform="translate(${atX} ${atY})" d="${markPath(i)}"><title>${xmlText(title)}</title></path>`;
}

/** A curve ends where its axes do; a measured point beyond them is drawn on the edge. */
function inside(plot: LinePlot, { x, y }: Point): boolean {
  const within = (value: number, { from, to }: Axis) =>
    value >= (from ?? Number.NEGATIVE_INFINITY) && value <= (to ?? Number.POSITIVE_INFINITY);
  return within(x, plot.x) && within(y, plot.y);
}
