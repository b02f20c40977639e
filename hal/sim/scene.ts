import { z } from 'zod';
import type { Box } from '../contract/face-models.ts';
import { timedFaultSchema } from './faults.ts';
import {
  type Impairment,
  type SceneSound,
  type SoundTruth,
  soundSchema,
  soundTruth,
} from './scene-sounds.ts';

/** Distance of the pupils of an adult: mean 63 mm (Dodgson, "Variation and extrema of human interpupillary distance", 2004). */
const pupilDistanceM = 0.063;
/** A tight face box is about 2.3 pupil distances wide, and a quarter higher than wide. */
const faceWidthM = 2.3 * pupilDistanceM;
const faceHeightPerWidth = 1.25;
/** Where a person who comes from or goes to `far` begins and ends: the eyes are then 7 px apart at 640 px and 60 degrees. */
const farDistanceM = 5;
/** The eyes lie a bit above the middle of the box. */
const eyesFromTop = 0.42;

const milliseconds = z.number().nonnegative();
/** `here`: appears or vanishes in place, as when a door opens between the person and the camera. */
const side = z.enum(['left', 'right', 'far', 'here']);

const stopSchema = z.strictObject({
  distanceM: z.number().min(0.15).max(20),
  /** To the right of the camera's axis, as the camera sees it. */
  lateralM: z.number().default(0),
  /** Turned away from the camera; negative to the picture's left. */
  yawDeg: z.number().min(-90).max(90).default(0),
  stayMs: milliseconds,
});

const personSchema = z.strictObject({
  /** Who it is: people with one subject are one person. */
  subject: z.string().min(1),
  /** Which picture shows them; by default the one named like the subject. */
  picture: z.string().min(1).optional(),
  entersAtMs: milliseconds,
  from: side.default('left'),
  /** Where they stop, one after the other. */
  stops: z.array(stopSchema).min(1),
  to: side.default('left'),
  walkingSpeedMps: z.number().positive().max(10).default(1.2),
  eyesAboveCameraM: z.number().min(-1).max(1).default(0),
});

/** A scene as a file holds it (TOML or JSON): what happens before the camera and the microphone, and what breaks. */
export const sceneSchema = z.strictObject({
  name: z.string().min(1),
  seed: z.int().nonnegative().default(1),
  durationMs: z.number().positive(),
  camera: z
    .strictObject({
      widthPx: z.int().min(16).max(4096).default(640),
      heightPx: z.int().min(16).max(4096).default(480),
      fieldOfViewDeg: z.number().min(10).max(150).default(60),
    })
    .prefault({}),
  people: z.array(personSchema).default([]),
  /** Light from a time on: 1 = a well lit room, 0 = dark, 2 = glaring. */
  light: z.array(z.strictObject({ fromMs: milliseconds, level: z.number().min(0).max(4) })).default([]),
  sounds: z.array(soundSchema).default([]),
  faults: z.array(timedFaultSchema).default([]),
});

export type SceneScript = z.infer<typeof sceneSchema>;
/** A scene before its defaults are filled in, as tests write it. */
export type SceneInput = z.input<typeof sceneSchema>;
type PersonScript = SceneScript['people'][number];

/** A person as the camera sees them. */
export interface PersonInView {
  /** Place in the script's list: two visits of one subject are two. */
  readonly index: number;
  readonly subject: string;
  readonly picture: string;
  /** The face, in pixels of the frame; reaches over the edge when the person does. */
  readonly box: Box;
  readonly eyeDistancePx: number;
  readonly distanceM: number;
  readonly yawDeg: number;
  /** Share of the face that is within the picture and not behind somebody nearer, 0 to 1. */
  readonly visible: number;
}

/** What is true before the camera at one time. */
export interface SceneView {
  readonly tMs: number;
  readonly light: number;
  /** The farthest first: the order to paint in. */
  readonly people: readonly PersonInView[];
}

interface Waypoint {
  readonly atMs: number;
  readonly distanceM: number;
  readonly lateralM: number;
  readonly yawDeg: number;
}

/** A scene: a pure function of its script and the time. */
export class Scene {
  readonly script: SceneScript;
  readonly #focalPx: number;
  readonly #paths: readonly (readonly Waypoint[])[];
  readonly #visits: readonly Stretch[];
  // Who is on their way while nobody comes or goes: asked for ten times a second, changed a few times an hour.
  #present: Presence = { fromMs: 0, untilMs: 0, indices: [] };
  // The same for sounds.
  #audible: Presence = { fromMs: 0, untilMs: 0, indices: [] };

  constructor(script: SceneScript) {
    this.script = script;
    const halfAngle = (script.camera.fieldOfViewDeg * Math.PI) / 360;
    this.#focalPx = script.camera.widthPx / 2 / Math.tan(halfAngle);
    const halfWidthPerM = Math.tan(halfAngle);
    this.#paths = script.people.map((person) => pathOf(person, halfWidthPerM));
    this.#visits = this.#paths.map((path) => ({ fromMs: path[0]!.atMs, untilMs: path.at(-1)!.atMs }));
  }

  /** Validates a scene from a file; the error is a ZodError that names each wrong key. */
  static parse(input: unknown): Scene {
    return new Scene(sceneSchema.parse(input));
  }

  /** When the last person has left, in ms. */
  get emptyFromMs(): number {
    return Math.max(0, ...this.#visits.map(({ untilMs }) => untilMs));
  }

  /** What the camera sees at `tMs`. */
  at(tMs: number): SceneView {
    const people: PersonInView[] = [];
    for (const index of this.#presentAt(tMs)) {
      const place = placeAt(this.#paths[index]!, tMs);
      if (place === undefined) continue;
      const person = this.#project(index, place);
      if (person.visible > 0) people.push(person);
    }
    people.sort((a, b) => b.distanceM - a.distanceM || a.index - b.index);
    return { tMs, light: this.lightAt(tMs), people: people.length > 1 ? withOcclusion(people) : people };
  }

  lightAt(tMs: number): number {
    let level = 1;
    for (const step of this.script.light) if (step.fromMs <= tMs) level = step.level;
    return level;
  }

  /** Every sound of which something is heard from `fromMs` to `untilMs`, with its own times. */
  soundsBetween(fromMs: number, untilMs: number): readonly SceneSound[] {
    const { sounds } = this.script;
    let audible = this.#audible;
    if (fromMs < audible.fromMs || fromMs >= audible.untilMs) {
      audible = presenceAt(sounds, fromMs);
      this.#audible = audible;
    }
    if (untilMs <= audible.untilMs) return audible.indices.map((index) => sounds[index]!);
    return sounds.filter((sound) => sound.fromMs < untilMs && fromMs < sound.untilMs);
  }

  /** What a microphone hears from `fromMs` to `untilMs`; where it is `impaired`, not what is there. */
  heard(fromMs: number, untilMs: number, impaired: readonly Impairment[] = []): SoundTruth {
    return soundTruth(this.soundsBetween(fromMs, untilMs), fromMs, untilMs, impaired);
  }

  #presentAt(tMs: number): readonly number[] {
    const { fromMs, untilMs } = this.#present;
    if (tMs < fromMs || tMs >= untilMs) this.#present = presenceAt(this.#visits, tMs);
    return this.#present.indices;
  }

  /** A pinhole camera whose axis is level with its eyes. */
  #project(index: number, place: Waypoint): PersonInView {
    const script = this.script.people[index]!;
    const { widthPx, heightPx } = this.script.camera;
    const pxPerM = this.#focalPx / place.distanceM;
    const width = faceWidthM * pxPerM;
    const height = width * faceHeightPerWidth;
    const eyesX = widthPx / 2 + place.lateralM * pxPerM;
    const eyesY = heightPx / 2 - script.eyesAboveCameraM * pxPerM;
    const box = { x: eyesX - width / 2, y: eyesY - eyesFromTop * height, width, height };
    const shown = overlap(box, { x: 0, y: 0, width: widthPx, height: heightPx });
    return {
      index,
      subject: script.subject,
      picture: script.picture ?? script.subject,
      box,
      eyeDistancePx: pupilDistanceM * pxPerM * Math.cos((place.yawDeg * Math.PI) / 180),
      distanceM: place.distanceM,
      yawDeg: place.yawDeg,
      visible: Math.min(1, shown / (width * height)),
    };
  }
}

/** The way of a person: in from a side, from stop to stop, out to a side; always at walking speed. */
function pathOf(person: PersonScript, halfWidthPerM: number): Waypoint[] {
  const edge = (from: z.infer<typeof side>, stop: PersonScript['stops'][number]) => {
    // One face width beyond the picture's edge nothing of the face shows any more.
    const outsideM = stop.distanceM * halfWidthPerM + faceWidthM;
    if (from === 'left') return { ...stop, lateralM: -outsideM };
    if (from === 'right') return { ...stop, lateralM: outsideM };
    if (from === 'far') return { ...stop, distanceM: Math.max(farDistanceM, stop.distanceM) };
    return stop;
  };
  const first = person.stops[0]!;
  const last = person.stops.at(-1)!;
  const path: Waypoint[] = [];
  let atMs = person.entersAtMs;
  const walkTo = (place: Omit<Waypoint, 'atMs'>) => {
    const previous = path.at(-1);
    if (previous !== undefined) {
      const metres = Math.hypot(place.distanceM - previous.distanceM, place.lateralM - previous.lateralM);
      atMs += (metres / person.walkingSpeedMps) * 1_000;
    }
    const { distanceM, lateralM, yawDeg } = place;
    path.push({ atMs, distanceM, lateralM, yawDeg });
  };
  walkTo(edge(person.from, first));
  for (const stop of person.stops) {
    walkTo(stop);
    atMs += stop.stayMs;
    path.push({ ...path.at(-1)!, atMs });
  }
  walkTo(edge(person.to, last));
  return path;
}

interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Which stretches go on, from one beginning or ending of any to the next. */
interface Presence extends Stretch {
  readonly indices: readonly number[];
}

function presenceAt(stretches: readonly Stretch[], tMs: number): Presence {
  let fromMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.POSITIVE_INFINITY;
  const indices: number[] = [];
  for (const [index, stretch] of stretches.entries()) {
    for (const changeMs of [stretch.fromMs, stretch.untilMs]) {
      if (changeMs <= tMs) fromMs = Math.max(fromMs, changeMs);
      else untilMs = Math.min(untilMs, changeMs);
    }
    if (stretch.fromMs <= tMs && tMs < stretch.untilMs) indices.push(index);
  }
  return { fromMs, untilMs, indices };
}

/** Where on the path somebody is at `tMs`; undefined before they come and once they are gone. */
function placeAt(path: readonly Waypoint[], tMs: number): Waypoint | undefined {
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

/** Takes off what nearer people cover (the largest single cover, which is enough for two who cross). */
function withOcclusion(farthestFirst: readonly PersonInView[]): PersonInView[] {
  return farthestFirst.map((person, index) => {
    let covered = 0;
    for (const nearer of farthestFirst.slice(index + 1)) {
      covered = Math.max(covered, overlap(person.box, nearer.box));
    }
    const share = covered / (person.box.width * person.box.height);
    return covered === 0 ? person : { ...person, visible: Math.max(0, person.visible - share) };
  });
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}
