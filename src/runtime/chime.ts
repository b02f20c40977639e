import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import type { Speaker } from '../../hal/contract/speaker.ts';
import { PlayerSpeaker } from '../../hal/linux/player-speaker.ts';
import { WavWriter } from '../../hal/linux/wav-writer.ts';
import type { FaultBoard } from '../../hal/sim/faults.ts';
import { SimulatedSpeaker } from '../../hal/sim/speaker.ts';
import type { OutputCause } from '../../machines/outputs.ts';
import type { VigilConfig } from '../config/schema.ts';

/** A loudspeaker, and what it plays for what. */
export interface Chime {
  readonly speaker: Speaker;
  /** The sound file for a cause; rejects with HalError when it cannot be had. Undefined: none. */
  soundOf(cause: OutputCause): Promise<string> | undefined;
}

type ChimeConfig = VigilConfig['chime'];

const keyOf: Readonly<Record<OutputCause, Exclude<keyof ChimeConfig, 'player' | 'limitMs'>>> = {
  granted: 'granted',
  refused: 'refused',
  unknown: 'unknown',
  exit: 'exit',
  forced: 'forced',
  'held-open': 'heldOpen',
};

const causes = Object.keys(keyOf) as readonly OutputCause[];

/** What is configured to sound, by cause: `default` or a file. Empty where nothing is. */
export function configuredSounds(config: ChimeConfig): Map<OutputCause, string> {
  return new Map(
    causes.flatMap((cause) => {
      const sound = config[keyOf[cause]];
      return sound === undefined ? [] : [[cause, sound] as const];
    }),
  );
}

/** The loudspeaker of this machine; null where nothing is to sound. Opens nothing, and writes no sound before its time. */
export function liveChime(config: ChimeConfig, stateDirectory: string, clock: Clock): Chime | null {
  const sounds = configuredSounds(config);
  if (sounds.size === 0) return null;
  const { player, limitMs } = config;
  const made = new Map<OutputCause, Promise<string>>();
  return {
    speaker: new PlayerSpeaker({ clock, limitMs, ...(player === 'auto' ? {} : { player }) }),
    soundOf(cause) {
      const sound = sounds.get(cause);
      if (sound !== 'default') return sound === undefined ? undefined : Promise.resolve(sound);
      const known = made.get(cause) ?? writeSound(cause, join(stateDirectory, 'sounds'));
      made.set(cause, known);
      known.catch(() => made.delete(cause));
      return known;
    },
  };
}

/** The twin's: every sound is there, and lasts half a second. */
export function simulatedChime(config: ChimeConfig, clock: Clock, faults: FaultBoard): Chime | null {
  const sounds = configuredSounds(config);
  if (sounds.size === 0) return null;
  const paths = new Map([...sounds].map(([cause, sound]) => [cause, sound === 'default' ? cause : sound]));
  const speaker = new SimulatedSpeaker({
    clock,
    faults,
    sounds: new Map([...paths.values()].map((path) => [path, simulatedSoundMs])),
  });
  return {
    speaker,
    soundOf(cause) {
      const path = paths.get(cause);
      return path === undefined ? undefined : Promise.resolve(path);
    },
  };
}

const simulatedSoundMs = 500;
const sampleRateHz = 22_050;
const noteMs = 140;
/** Loud enough beside a door, and far from full scale. */
const amplitude = 0.35;

/** The notes of Vigil's own sounds, in Hz: rising is a yes, falling is a no, one note again and again is an alarm. */
const notesHz: Readonly<Record<OutputCause, readonly number[]>> = {
  granted: [659.26, 987.77],
  refused: [440, 293.66],
  unknown: [293.66],
  exit: [987.77],
  forced: [880, 0, 880, 0, 880],
  'held-open': [659.26, 0, 659.26],
};

/** Samples of a sound of Vigil's own, 16 bit mono at 22,050 Hz; 0 Hz is a rest. Each note swells and fades, so that none clicks. */
export function defaultSound(cause: OutputCause): Int16Array {
  const perNote = Math.round((sampleRateHz * noteMs) / 1_000);
  const notes = notesHz[cause];
  return Int16Array.from({ length: perNote * notes.length }, (_, i) => {
    const at = i % perNote;
    const frequencyHz = notes[Math.floor(i / perNote)] ?? 0;
    const swell = Math.sin((Math.PI * at) / perNote) ** 2;
    return 32_767 * amplitude * swell * Math.sin((2 * Math.PI * frequencyHz * at) / sampleRateHz);
  });
}

async function writeSound(cause: OutputCause, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${cause}.wav`);
  await Bun.file(path)
    .delete()
    .catch(() => undefined); // of an earlier release
  await using writer = await WavWriter.create(path, { sampleRateHz, channels: 1 });
  await writer.write(defaultSound(cause));
  return path;
}
