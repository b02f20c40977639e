import type { Bars } from '../document.ts';
import { xmlText } from '../xml.ts';
import { colours, extentOf, framed, frameOf, letterPx, round, rulesSvg } from './frame.ts';

const barPx = 15;
const groupGapPx = 10;
const maxLabelLetters = 26;

/** Lying bars, so that their names can be read, with whiskers for intervals; one bar a series in each category. */
export function barsSvg(plot: Bars): string {
  const categories = [...new Set(plot.series.flatMap(({ bars }) => bars.map(({ category }) => category)))];
  const values = plot.series.flatMap(({ bars }) => bars.flatMap(({ value, high }) => [value, high ?? value]));
  const groupPx = barPx * plot.series.length + groupGapPx;
  const longest = Math.min(maxLabelLetters, Math.max(0, ...categories.map(({ length }) => length)));
  const fromNought = plot.x.from === undefined && !plot.x.scale.endsWith('log');
  const axis = fromNought ? { ...plot.x, from: 0 } : plot.x;
  const frame = frameOf(
    axis,
    undefined,
    { x: extentOf(values), y: [0, 1] },
    {
      leftPx: Math.max(40, 18 + longest * letterPx),
      areaPx: categories.length * groupPx + groupGapPx,
      legend:
        plot.series.length < 2
          ? []
          : plot.series.map(({ name }, i) => ({
              label: name,
              key: `<rect class="bar c${i % colours}" x="2" y="-6" width="18" height="11"/>`,
            })),
    },
  );
  const names = categories.map((category, row) => {
    const y = frame.top + groupGapPx + row * groupPx + (barPx * plot.series.length) / 2 + 3;
    const cut = category.length > maxLabelLetters ? `${category.slice(0, maxLabelLetters - 1)}…` : category;
    return `<text class="small" x="${frame.left - 6}" y="${round(y)}" text-anchor="end">${xmlText(cut)}</text>`;
  });
  const bars = plot.series.flatMap(({ name, bars }, i) =>
    bars.map(({ category, value, low, high }) => {
      const y = frame.top + groupGapPx + categories.indexOf(category) * groupPx + i * barPx;
      const end = frame.x.at(value);
      const interval =
        low === undefined || high === undefined
          ? ''
          : whisker(frame.x.at(low), frame.x.at(high), y + barPx / 2 - 1);
      const title = `<title>${xmlText(`${category}, ${name}: ${Number(value.toPrecision(4))}`)}</title>`;
      return `<rect class="bar c${i % colours}" x="${frame.left}" y="${y}" width="${round(Math.max(0, end - frame.left))}" height="${barPx - 2}">${title}</rect>${interval}`;
    }),
  );
  return framed(plot, { x: axis, y: undefined }, frame, [...names, ...bars, ...rulesSvg(plot.rules, frame)]);
}

function whisker(from: number, to: number, y: number): string {
  const [a, b] = [round(from), round(to)];
  return `<path class="whisker" d="M${a} ${y}H${b}M${a} ${y - 3}V${y + 3}M${b} ${y - 3}V${y + 3}"/>`;
}
