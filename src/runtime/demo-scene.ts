import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { Scene, type SceneScript, type SceneView, sceneSchema } from '../../hal/sim/scene.ts';
import type { ScenePainter } from '../../hal/sim/scene-camera.ts';
import { createScenePainter, type FacePicture } from '../../hal/sim/scene-painter.ts';
import type { SceneSound } from '../../hal/sim/scene-sounds.ts';
import { createSoundMixer, type SoundMixer } from '../../hal/sim/sound-mixer.ts';
import type { StageProps } from './stage-props.ts';

const demoFolder = resolve(import.meta.dir, '../../demo');

/** The built-in scene: its script with the beginning at the clock's time of loading, and the people in it. */
export interface DemoScene {
  readonly script: SceneScript;
  /** By name, with a capital in front: who is enrolled. */
  readonly enrolled: ReadonlyMap<string, FacePicture>;
  readonly painter: ScenePainter;
  readonly mixer: SoundMixer;
  /** Whose pictures and recordings there are. */
  readonly props: StageProps;
  /** Who can come, by the names that steps use: those who are enrolled, and strangers. */
  readonly cast: readonly string[];
}

/** Reads the built-in scene, its pictures and recordings. Rejects with HalError when one is missing or broken. */
export async function loadDemoScene(clock: Clock, signal: AbortSignal): Promise<DemoScene> {
  const script = sceneSchema.parse(await clock.track(Bun.file(join(demoFolder, 'scene.json')).json()));
  const enrolled = await picturesIn('people', clock, signal);
  const pictures = await picturesIn('visitors', clock, signal);
  // Who is enrolled walks in as they were enrolled, but for size, light and noise.
  for (const [name, picture] of enrolled) pictures.set(name.toLowerCase(), picture);
  const { widthPx, heightPx } = script.camera;
  const painter = createScenePainter({ widthPx, heightPx, seed: script.seed, pictures });
  const recordings = [
    ...(await demoRecordings('validation', clock, signal)),
    ...(await demoRecordings('strangers', clock, signal)),
  ];
  const clips = clipsByName(recordings);
  const mixer = createSoundMixer({ seed: script.seed, clips: new Map([...recordings, ...clips]) });
  const props = { pictures: new Set(pictures.keys()), clips: new Set(clips.keys()) };
  const known = [...enrolled.keys()].map((name) => name.toLowerCase());
  // `ana-another-day` is a picture of somebody who is known.
  const strangers = [...pictures.keys()].filter(
    (picture) => !known.some((name) => picture === name || picture.startsWith(`${name}-`)),
  );
  const cast = [...known, ...strangers];
  return { script: startingAt(script, clock.nowMs()), enrolled, painter, mixer, props, cast };
}

/** The subject id of somebody with an invented name. */
export function demoSubjectId(name: string): string {
  return `p_${name.toLowerCase()}`;
}

/** A scene that begins anew whenever it is over. */
export class RepeatingScene extends Scene {
  override at(tMs: number): SceneView {
    return super.at(tMs % this.script.durationMs);
  }

  override soundsBetween(fromMs: number, untilMs: number): readonly SceneSound[] {
    const { durationMs } = this.script;
    const sounds: SceneSound[] = [];
    const last = Math.floor(untilMs / durationMs);
    for (let round = Math.floor(fromMs / durationMs); round <= last; round++) {
      const offsetMs = round * durationMs;
      for (const sound of super.soundsBetween(fromMs - offsetMs, untilMs - offsetMs)) {
        sounds.push({ ...sound, fromMs: sound.fromMs + offsetMs, untilMs: sound.untilMs + offsetMs });
      }
    }
    return sounds;
  }
}

/** Recordings of one speaker, the name of each by its file: `Ana1`. */
export type DemoRecordings = ReadonlyMap<string, Sound>;

/** Reads recordings of the built-in scene: `train` holds those that people are enrolled from. */
export async function demoRecordings(
  folder: 'train' | 'validation' | 'strangers',
  clock: Clock,
  signal: AbortSignal,
): Promise<DemoRecordings> {
  const path = join(demoFolder, 'voices', folder);
  const recordings = new Map<string, Sound>();
  for (const file of (await clock.track(readdir(path))).sort()) {
    const { sound } = await clock.track(readSoundFile(join(path, file), signal));
    recordings.set(basename(file, '.flac'), sound);
  }
  return recordings;
}

/** Recordings by the names that steps use: `ana1`, and `ana` for the first one of hers. */
export function clipsByName(recordings: Iterable<readonly [name: string, sound: Sound]>): Map<string, Sound> {
  const clips = new Map<string, Sound>();
  for (const [name, sound] of recordings) {
    clips.set(name.toLowerCase(), sound);
    if (name.endsWith('1')) clips.set(name.slice(0, -1).toLowerCase(), sound);
  }
  return clips;
}

async function picturesIn(
  folder: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Map<string, FacePicture>> {
  const files = (await clock.track(readdir(join(demoFolder, folder)))).sort();
  const pictures = new Map<string, FacePicture>();
  for (const file of files) {
    const decoding = decodePicture(join(demoFolder, folder, file), defaultDecodeLimits, signal);
    const { pixels, widthPx, heightPx } = await clock.track(decoding);
    const picture = { rgb: pixels, widthPx, heightPx, face: faceOf(widthPx, heightPx) };
    pictures.set(file.replace(/\.jpg$/, ''), picture);
  }
  return pictures;
}

/** demo/crop.ts puts the face in the middle and leaves 1.7 face heights; a face is four fifths as wide as high. */
function faceOf(widthPx: number, heightPx: number): FacePicture['face'] {
  const height = heightPx / 1.7;
  const width = height * 0.8;
  return { x: (widthPx - width) / 2, y: (heightPx - height) / 2, width, height };
}

function startingAt(script: SceneScript, startMs: number): SceneScript {
  return {
    ...script,
    people: script.people.map((person) => ({ ...person, entersAtMs: person.entersAtMs + startMs })),
    light: script.light.map((step) => ({ ...step, fromMs: step.fromMs + startMs })),
    sounds: script.sounds.map((sound) => ({
      ...sound,
      fromMs: sound.fromMs + startMs,
      untilMs: sound.untilMs + startMs,
    })),
  };
}
