import { z } from 'zod';

/** Distance of the pupils of an adult: mean 63 mm (Dodgson, "Variation and extrema of human interpupillary distance", 2004). */
export const pupilDistanceM = 0.063;
/** A tight face box is about 2.3 pupil distances wide. */
export const faceWidthM = 2.3 * pupilDistanceM;
/** Where a person who comes from or goes to `far` begins and ends: the eyes are then 7 px apart at 640 px and 60 degrees. */
const farDistanceM = 5;

const milliseconds = z.number().nonnegative();
/** `here`: appears or vanishes in place, as when a door opens between the person and the camera. */
const sideSchema = z.enum(['left', 'right', 'far', 'here']);
export type Side = z.infer<typeof sideSchema>;

const stopSchema = z.strictObject({
  distanceM: z.number().min(0.15).max(20),
  /** To the right of the camera's axis, as the camera sees it. */
  lateralM: z.number().default(0),
  /** Turned away from the camera; negative to the picture's left. */
  yawDeg: z.number().min(-90).max(90).default(0),
  stayMs: milliseconds,
});

export const personSchema = z.strictObject({
  /** Who it is: people with one subject are one person. */
  subject: z.string().min(1),
  /** Which picture shows them; by default the one named like the subject. */
  picture: z.string().min(1).optional(),
  entersAtMs: milliseconds,
  from: sideSchema.default('left'),
  /** Where they stop, one after the other. */
  stops: z.array(stopSchema).min(1),
  to: sideSchema.default('left'),
  walkingSpeedMps: z.number().positive().max(10).default(1.2),
  /** Wears a mask over mouth and nose. */
  masked: z.boolean().default(false),
  eyesAboveCameraM: z.number().min(-1).max(1).default(0),
});
export type PersonScript = z.infer<typeof personSchema>;

/** Where somebody stands, and how turned. */
export interface Standing {
  readonly distanceM: number;
  readonly lateralM: number;
  readonly yawDeg: number;
}

export interface Waypoint extends Standing {
  readonly atMs: number;
}

/** The way of a person: in from a side, from stop to stop, out to a side; always at walking speed. */
export function pathOf(person: PersonScript, halfWidthPerM: number): Waypoint[] {
  const first = person.stops[0]!;
  const last = person.stops.at(-1)!;
  const path: Waypoint[] = [];
  let atMs = person.entersAtMs;
  const walkTo = (place: Standing) => {
    const previous = path.at(-1);
    if (previous !== undefined) atMs += walkingMs(previous, place, person.walkingSpeedMps);
    path.push(waypoint(atMs, place));
  };
  walkTo(edgeOf(person.from, first, halfWidthPerM));
  for (const stop of person.stops) {
    walkTo(stop);
    atMs += stop.stayMs;
    path.push(waypoint(atMs, stop));
  }
  walkTo(edgeOf(person.to, last, halfWidthPerM));
  return path;
}

/** The same way up to `fromMs`, when the person turns to another place and stays there without end. */
export function pathTurnedTo(
  path: readonly Waypoint[],
  fromMs: number,
  place: Standing,
  speedMps: number,
): Waypoint[] {
  const start = placeAt(path, fromMs);
  if (start === undefined) throw new RangeError(`nobody is on this way at ${fromMs} ms`);
  const arrivedMs = fromMs + walkingMs(start, place, speedMps);
  const rest = [start, waypoint(arrivedMs, place), waypoint(Number.POSITIVE_INFINITY, place)];
  return [...path.filter(({ atMs }) => atMs < fromMs), ...rest];
}

/** The same way up to `fromMs`, when the person leaves to a side. */
export function pathLeaving(
  path: readonly Waypoint[],
  fromMs: number,
  to: Side,
  speedMps: number,
  halfWidthPerM: number,
): Waypoint[] {
  const start = placeAt(path, fromMs);
  if (start === undefined) throw new RangeError(`nobody is on this way at ${fromMs} ms`);
  const edge = edgeOf(to, start, halfWidthPerM);
  const goneMs = fromMs + walkingMs(start, edge, speedMps);
  return [...path.filter(({ atMs }) => atMs < fromMs), start, waypoint(goneMs, edge)];
}

/** Where on the path somebody is at `tMs`; undefined before they come and once they are gone. */
export function placeAt(path: readonly Waypoint[], tMs: number): Waypoint | undefined {
  if (tMs < path[0]!.atMs || tMs >= path.at(-1)!.atMs) return undefined;
  const next = path.findIndex((point) => point.atMs > tMs);
  const from = path[next - 1]!;
  const to = path[next]!;
  const share = (tMs - from.atMs) / (to.atMs - from.atMs);
  const between = (a: number, b: number) => a + (b - a) * share;
  return {
    atMs: tMs,
    distanceM: between(from.distanceM, to.distanceM),
    lateralM: between(from.lateralM, to.lateralM),
    yawDeg: between(from.yawDeg, to.yawDeg),
  };
}

function edgeOf(side: Side, place: Standing, halfWidthPerM: number): Standing {
  // One face width beyond the picture's edge nothing of the face shows any more.
  const outsideM = place.distanceM * halfWidthPerM + faceWidthM;
  if (side === 'left') return { ...place, lateralM: -outsideM };
  if (side === 'right') return { ...place, lateralM: outsideM };
  if (side === 'far') return { ...place, distanceM: Math.max(farDistanceM, place.distanceM) };
  return place;
}

function walkingMs(from: Standing, to: Standing, speedMps: number): number {
  const metres = Math.hypot(to.distanceM - from.distanceM, to.lateralM - from.lateralM);
  return (metres / speedMps) * 1_000;
}

function waypoint(atMs: number, { distanceM, lateralM, yawDeg }: Standing): Waypoint {
  return { atMs, distanceM, lateralM, yawDeg };
}
