import { HalError } from '../contract/errors.ts';
import { resampleBandLimited } from './band-limited.ts';
import { Random } from './random.ts';
import { roomDbfs, rootMeanSquare, type SceneSound } from './scene-sounds.ts';

/** A stretch of a scene to be made audible. */
export interface SoundStretch {
  readonly startMs: number;
  readonly sampleRateHz: number;
  /** What is heard in it, with its own times, which may reach beyond the stretch. */
  readonly sounds: readonly SceneSound[];
}

/** Adds a stretch's sound to zeros, 1 being full scale, not limited to it; the same stretch gives the same samples. */
export type SoundMixer = (stretch: SoundStretch, into: Float64Array) => void;

/** A recording of one speaker, one channel. */
export interface SpeechClip {
  readonly sampleRateHz: number;
  readonly samples: Float32Array;
}

/**
 * Mixes the sounds of a scene over the noise of a quiet room. `clips` by the names that the scene uses; each is
 * brought to the level that the scene says, and repeated until the scene says that it is over. Throws HalError
 * `not-found` when mixing one that is missing.
 */
export function createSoundMixer(options: {
  readonly seed: number;
  readonly clips: ReadonlyMap<string, SpeechClip>;
}): SoundMixer {
  const random = Random.seeded(options.seed).child('mixer');
  const voices = new Map<string, Float32Array>();

  /** The clip at the microphone's rate and a root mean square of 1. */
  const voiceOf = (name: string, sampleRateHz: number): Float32Array => {
    const key = `${sampleRateHz} ${name}`;
    let voice = voices.get(key);
    if (voice === undefined) {
      const clip = options.clips.get(name);
      if (clip === undefined) throw new HalError('not-found', 'scene', `there is no recording '${name}'`);
      voice = atUnitLevel(resampleBandLimited(clip.samples, clip.sampleRateHz, sampleRateHz));
      voices.set(key, voice);
    }
    return voice;
  };

  return ({ startMs, sampleRateHz, sounds }, into) => {
    const noise = random.child(startMs);
    addNoise(into, rootMeanSquare(roomDbfs), noise);
    for (const sound of sounds) {
      const offset = ((sound.fromMs - startMs) * sampleRateHz) / 1_000;
      const from = Math.max(0, Math.ceil(offset));
      const to = Math.min(into.length, Math.ceil(((sound.untilMs - startMs) * sampleRateHz) / 1_000));
      if (from >= to) continue;
      const part = into.subarray(from, to);
      const level = rootMeanSquare(sound.levelDbfs);
      if (sound.kind === 'noise') addNoise(part, level, noise);
      else if (sound.kind === 'tone') {
        // Counted from the start of the clock: a tone goes on over the chunks without a step.
        const firstSample = (startMs * sampleRateHz) / 1_000 + from;
        addTone(part, level, sound.frequencyHz / sampleRateHz, firstSample);
      } else {
        const voice = voiceOf(sound.clip ?? sound.subject, sampleRateHz);
        addVoice(part, level, voice, Math.max(0, Math.round(from - offset)));
      }
    }
  };
}

function atUnitLevel(samples: Float32Array): Float32Array {
  let squares = 0;
  for (const sample of samples) squares += sample * sample;
  const scale = squares > 0 ? Math.sqrt(samples.length / squares) : 0;
  return samples.map((sample) => sample * scale);
}

function addVoice(into: Float64Array, level: number, voice: Float32Array, firstSample: number): void {
  if (voice.length === 0) return;
  for (let i = 0; i < into.length; i++) {
    into[i] = into[i]! + level * voice[(firstSample + i) % voice.length]!;
  }
}

/** Uniform noise, whose root mean square is its bound divided by the square root of three. */
function addNoise(into: Float64Array, level: number, random: Random): void {
  const bound = level * Math.sqrt(3);
  for (let i = 0; i < into.length; i++) into[i] = into[i]! + random.uniform(-bound, bound);
}

function addTone(into: Float64Array, level: number, cyclesPerSample: number, firstSample: number): void {
  const peak = level * Math.SQRT2;
  for (let i = 0; i < into.length; i++) {
    into[i] = into[i]! + peak * Math.sin(2 * Math.PI * cyclesPerSample * (firstSample + i));
  }
}
