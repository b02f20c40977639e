import { z } from 'zod';
import type { Box } from '../contract/face-models.ts';
import { timedFaultSchema } from './faults.ts';
import {
  faceWidthM,
  type PersonScript,
  pathLeaving,
  pathOf,
  pathTurnedTo,
  personSchema,
  placeAt,
  pupilDistanceM,
  type Side,
  type Standing,
  type Waypoint,
} from './scene-path.ts';
import {
  type Impairment,
  type SceneSound,
  type SoundTruth,
  soundSchema,
  soundTruth,
} from './scene-sounds.ts';

/** A face box is a quarter higher than wide. */
const faceHeightPerWidth = 1.25;
/** The eyes lie a bit above the middle of the box. */
const eyesFromTop = 0.42;

const milliseconds = z.number().nonnegative();
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
  /** Something is over mouth and nose. */
  readonly masked: boolean;
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

/** Somebody on their way. */
interface Walker extends Stretch {
  readonly index: number;
  readonly script: PersonScript;
  readonly path: readonly Waypoint[];
}

/**
 * A scene: a pure function of its script and the time. More may be added while it plays, always from a time on that
 * has not been asked about: what was true stays true.
 */
export class Scene {
  readonly script: SceneScript;
  readonly #focalPx: number;
  readonly #halfWidthPerM: number;
  #people: Walker[];
  #nextIndex: number;
  #sounds: SceneSound[];
  #light: SceneScript['light'];
  // Who is on their way while nobody comes or goes: asked for ten times a second, changed a few times an hour.
  #present: Presence<Walker> = noPresence;
  // The same for sounds.
  #audible: Presence<SceneSound> = noPresence;

  constructor(script: SceneScript) {
    this.script = script;
    const halfAngle = (script.camera.fieldOfViewDeg * Math.PI) / 360;
    this.#focalPx = script.camera.widthPx / 2 / Math.tan(halfAngle);
    this.#halfWidthPerM = Math.tan(halfAngle);
    this.#people = script.people.map((person, index) =>
      walker(index, person, pathOf(person, this.#halfWidthPerM)),
    );
    this.#nextIndex = script.people.length;
    this.#sounds = [...script.sounds];
    this.#light = [...script.light];
  }

  /** Validates a scene from a file; the error is a ZodError that names each wrong key. */
  static parse(input: unknown): Scene {
    return new Scene(sceneSchema.parse(input));
  }

  /** When the last person has left, in ms. */
  get emptyFromMs(): number {
    return Math.max(0, ...this.#people.map(({ untilMs }) => untilMs));
  }

  /** What the camera sees at `tMs`. */
  at(tMs: number): SceneView {
    const people: PersonInView[] = [];
    for (const walking of this.#presentAt(tMs)) {
      const place = placeAt(walking.path, tMs);
      if (place === undefined) continue;
      const person = this.#project(walking, place);
      if (person.visible > 0) people.push(person);
    }
    people.sort((a, b) => b.distanceM - a.distanceM || a.index - b.index);
    return { tMs, light: this.lightAt(tMs), people: people.length > 1 ? withOcclusion(people) : people };
  }

  lightAt(tMs: number): number {
    let level = 1;
    for (const step of this.#light) if (step.fromMs <= tMs) level = step.level;
    return level;
  }

  /** Every sound of which something is heard from `fromMs` to `untilMs`, with its own times. */
  soundsBetween(fromMs: number, untilMs: number): readonly SceneSound[] {
    let audible = this.#audible;
    if (fromMs < audible.fromMs || fromMs >= audible.untilMs) {
      audible = presenceAt(this.#sounds, fromMs);
      this.#audible = audible;
    }
    if (untilMs <= audible.untilMs) return audible.present;
    return this.#sounds.filter((sound) => sound.fromMs < untilMs && fromMs < sound.untilMs);
  }

  /** What a microphone hears from `fromMs` to `untilMs`; where it is `impaired`, not what is there. */
  heard(fromMs: number, untilMs: number, impaired: readonly Impairment[] = []): SoundTruth {
    return soundTruth(this.soundsBetween(fromMs, untilMs), fromMs, untilMs, impaired);
  }

  /** Somebody comes. Gives their place in the list, `PersonInView.index`. */
  enter(person: PersonScript): number {
    const index = this.#nextIndex++;
    this.#people.push(walker(index, person, pathOf(person, this.#halfWidthPerM)));
    this.#present = noPresence;
    return index;
  }

  /** From `fromMs` on they walk to another place, and stay there without end. RangeError when they are not there. */
  turn(index: number, fromMs: number, place: Partial<Standing>): void {
    this.#reroute(index, fromMs, ({ path, script }, start) =>
      pathTurnedTo(path, fromMs, { ...start, ...place }, script.walkingSpeedMps),
    );
  }

  /** From `fromMs` on they leave. RangeError when they are not there. */
  leave(index: number, fromMs: number, to: Side): void {
    this.#reroute(index, fromMs, ({ path, script }) =>
      pathLeaving(path, fromMs, to, script.walkingSpeedMps, this.#halfWidthPerM),
    );
  }

  sound(sound: SceneSound): void {
    this.#sounds.push(sound);
    this.#audible = noPresence;
  }

  /** The light from a time on; times must not go back. */
  shine(fromMs: number, level: number): void {
    this.#light.push({ fromMs, level });
  }

  /** Lets go of what was over before `tMs`, of which nobody asks any more: a scene of weeks keeps its size. */
  forgetBefore(tMs: number): void {
    this.#people = this.#people.filter(({ untilMs }) => untilMs >= tMs);
    this.#sounds = this.#sounds.filter(({ untilMs }) => untilMs >= tMs);
    const lastPast = this.#light.findLastIndex(({ fromMs }) => fromMs <= tMs);
    this.#light = this.#light.slice(Math.max(0, lastPast));
    this.#present = noPresence;
    this.#audible = noPresence;
  }

  #reroute(index: number, fromMs: number, way: (walking: Walker, start: Standing) => Waypoint[]): void {
    const at = this.#people.findIndex((walking) => walking.index === index);
    const walking = this.#people[at];
    const start = walking === undefined ? undefined : placeAt(walking.path, fromMs);
    if (walking === undefined || start === undefined) {
      throw new RangeError(`person ${index} is not there at ${fromMs} ms`);
    }
    this.#people[at] = walker(index, walking.script, way(walking, start));
    this.#present = noPresence;
  }

  #presentAt(tMs: number): readonly Walker[] {
    const { fromMs, untilMs } = this.#present;
    if (tMs < fromMs || tMs >= untilMs) this.#present = presenceAt(this.#people, tMs);
    return this.#present.present;
  }

  /** A pinhole camera whose axis is level with its eyes. */
  #project({ index, script }: Walker, place: Waypoint): PersonInView {
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
      masked: script.masked,
      visible: Math.min(1, shown / (width * height)),
    };
  }
}

function walker(index: number, script: PersonScript, path: readonly Waypoint[]): Walker {
  return { index, script, path, fromMs: path[0]!.atMs, untilMs: path.at(-1)!.atMs };
}

interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Which stretches go on, from one beginning or ending of any to the next. */
interface Presence<Each extends Stretch> extends Stretch {
  readonly present: readonly Each[];
}
const noPresence = { fromMs: 0, untilMs: 0, present: [] } as const;

function presenceAt<Each extends Stretch>(stretches: readonly Each[], tMs: number): Presence<Each> {
  let fromMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.POSITIVE_INFINITY;
  const present: Each[] = [];
  for (const stretch of stretches) {
    for (const changeMs of [stretch.fromMs, stretch.untilMs]) {
      if (changeMs <= tMs) fromMs = Math.max(fromMs, changeMs);
      else untilMs = Math.min(untilMs, changeMs);
    }
    if (stretch.fromMs <= tMs && tMs < stretch.untilMs) present.push(stretch);
  }
  return { fromMs, untilMs, present };
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
