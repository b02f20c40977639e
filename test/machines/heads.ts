import type { Person } from './simulate.ts';

/** Somebody who appears, turns their head from one pose to the next, a second each, and vanishes. */
export function turning(subject: string, entersAtMs: number, poses: readonly number[]): Person {
  const stops = poses.map((yawDeg) => ({ distanceM: 1, lateralM: 0, yawDeg, stayMs: 1_000 }));
  return { subject, entersAtMs, from: 'here', to: 'here', stops };
}

export const leftThenRight = [0, 32, 0, -32, 0, 0] as const;
export const rightThenLeft = [0, -32, 0, 32, 0, 0] as const;

/** A head that is turned as it may be asked to, and in every other way: what it does before a challenge. */
const turns: readonly (readonly number[])[] = [
  leftThenRight,
  // Slowly, and not far enough at first.
  [18, 0, 18, 32, 32, 0, -18, -32, -18, 0, 0],
  // Another picture is put before the camera.
  [20, -30, -30],
  [0, 45, 45],
  [0, 32, -32],
  [0, 32, -32],
  [0, 32, 0, -32, 20],
];

const nextMs = 10_000;

/** Each of them, and the same to the other side. */
export const headsTurning: readonly Person[] = turns.flatMap((poses, i) => [
  turning('p_ana', 2_000 + 2 * i * nextMs, poses),
  turning(
    'p_ana',
    2_000 + (2 * i + 1) * nextMs,
    poses.map((yawDeg) => -yawDeg),
  ),
]);
export const headsUntilMs = 2_000 + 2 * turns.length * nextMs;
