import type { Point } from '../../../hal/contract/face-models.ts';
import type { FaceFrame, Light } from './face-frame.ts';

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

export function lit(colour: Colour, light: number): string {
  return `rgb(${colour.map((level) => Math.round(Math.max(0, Math.min(255, level * light)))).join(',')})`;
}

/** A fill that goes from the light on the face's left to that on its right, darker towards both edges. */
export function litAcross(id: string, colour: Colour, { left, right }: Light, frame: FaceFrame): string {
  const [x1, y1] = frame.at(-1, 0);
  const [x2, y2] = frame.at(1, 0);
  const ends = `x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"`;
  const stop = (offset: number, light: number) =>
    `<stop offset="${offset}" stop-color="${lit(colour, light)}"/>`;
  return (
    `<linearGradient id="${id}" gradientUnits="userSpaceOnUse" ${ends}>` +
    `${stop(0, left * 0.7)}${stop(0.3, left)}${stop(0.7, right)}${stop(1, right * 0.7)}</linearGradient>`
  );
}

export function px(value: number): string {
  return value.toFixed(2);
}

/** Straight from point to point. */
export function polygon(points: readonly Point[]): string {
  return `M${points.map(([x, y]) => `${px(x)} ${px(y)}`).join('L')}Z`;
}

/** Through all points without corners (Catmull and Rom's spline as Bézier curves). */
export function smooth(points: readonly Point[], closed: boolean): string {
  const count = points.length;
  const at = (index: number) =>
    closed ? points[(index + count) % count]! : points[Math.max(0, Math.min(count - 1, index))]!;
  const [startX, startY] = at(0);
  const parts = [`M${px(startX)} ${px(startY)}`];
  for (let i = 0; i < (closed ? count : count - 1); i++) {
    const [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    const c1 = [from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6] as const;
    const c2 = [to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6] as const;
    parts.push(`C${[...c1, ...c2, ...to].map(px).join(' ')}`);
  }
  return parts.join('') + (closed ? 'Z' : '');
}
