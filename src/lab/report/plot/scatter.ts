import type { Scatter } from '../document.ts';
import { xmlText } from '../xml.ts';
import { colours, extentOf, framed, frameOf, round } from './frame.ts';
import { markPath } from './marks.ts';

/** Points with a colour a group and a shape a kind. The page shows labels and pictures when one is pointed at. */
export function scatterSvg(plot: Scatter): string {
  const groups = [...new Set(plot.points.map(({ group }) => group))];
  const shapes = [...new Set(plot.points.flatMap(({ shape }) => shape ?? []))];
  const frame = frameOf(
    plot.x,
    plot.y,
    { x: extentOf(plot.points.map(({ x }) => x)), y: extentOf(plot.points.map(({ y }) => y)) },
    {
      areaPx: 360,
      legend: [
        // More colours than there are tell nobody apart.
        ...(groups.length > colours ? [] : groups.map((label, i) => ({ label, key: keyOf(`c${i}`, 0) }))),
        ...shapes.map((label, i) => ({ label, key: keyOf('c6', i) })),
      ],
    },
  );
  const marks = plot.points.map(({ x, y, group, shape, label, picture }) => {
    const index = groups.indexOf(group);
    const place = `translate(${round(frame.x.at(x))} ${round(frame.y.at(y))})`;
    const data = picture === undefined ? '' : ` data-picture="${picture}"`;
    const mark = markPath(shape === undefined ? 0 : shapes.indexOf(shape));
    return `<path class="mark c${index % colours}" data-group="${index}"${data} transform="${place}" d="${mark}"><title>${xmlText(label)}</title></path>`;
  });
  return framed(plot, plot, frame, marks);
}

function keyOf(colour: string, shape: number): string {
  return `<path class="mark ${colour}" transform="translate(11 0)" d="${markPath(shape)}"/>`;
}
