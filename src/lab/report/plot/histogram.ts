import { area } from 'd3-shape';
import type { Axis, Histogram } from '../document.ts';
import { colours, extentOf, framed, frameOf, round, rulesSvg } from './frame.ts';

type Bin = Histogram['series'][number]['bins'][number];

/** Distributions over each other, each as shares of its own, with thresholds across. */
export function histogramSvg(plot: Histogram): string {
  const series = plot.series.map(({ name, bins }) => {
    const total = bins.reduce((sum, { count }) => sum + count, 0);
    return { name, bins: bins.map((bin) => ({ ...bin, count: total === 0 ? 0 : bin.count / total })) };
  });
  const bins = series.flatMap((one) => one.bins);
  const shareAxis: Axis = { label: 'share of its kind', scale: 'share', from: 0 };
  const frame = frameOf(
    plot.x,
    shareAxis,
    {
      x: extentOf(bins.flatMap(({ from, to }) => [from, to])),
      y: extentOf([0, ...bins.map(({ count }) => count)]),
    },
    {
      areaPx: 190,
      legend: series.map(({ name }, i) => ({
        label: name,
        key: `<rect class="area c${i % colours}" x="2" y="-6" width="18" height="11"/>`,
      })),
    },
  );
  const outline = area<readonly [number, number]>(
    ([x]) => round(frame.x.at(x)),
    frame.bottom,
    ([, share]) => round(frame.y.at(share)),
  );
  const marks = series.map(
    (one, i) => `<path class="area c${i % colours}" d="${outline(corners(one.bins)) ?? ''}"/>`,
  );
  return framed(plot, { x: plot.x, y: shareAxis }, frame, [...marks, ...rulesSvg(plot.rules, frame)]);
}

function corners(bins: readonly Bin[]): [number, number][] {
  return bins.flatMap(({ from, to, count }): [number, number][] => [
    [from, count],
    [to, count],
  ]);
}

/** Equal bins from `from` to `to`; what lies outside counts to the first and the last one. */
export function binsOf(values: Iterable<number>, from: number, to: number, bins: number): Bin[] {
  const wide = (to - from) / bins;
  const result = Array.from({ length: bins }, (_, i) => ({
    from: from + i * wide,
    to: from + (i + 1) * wide,
    count: 0,
  }));
  for (const value of values) {
    const place = Math.floor((value - from) / wide);
    result[Math.min(bins - 1, Math.max(0, place))]!.count++;
  }
  return result;
}
