import type { Sound } from '../../hal/contract/sound.ts';

/** Less, and its features say more about its edges than about a voice. */
const leastSoundMs = 1_000;
/** Far under speech in the quietest room: only a microphone that is switched off or muted is as quiet. */
const silentDbfs = -60;

export interface SoundRefusal {
  readonly problem: 'too-short' | 'silent';
  /** What it is, with the number and its limit. */
  readonly reason: string;
}

/**
 * Why a sound is nothing to train on nor to classify; undefined when it is something. Silence has features, too, and
 * the network would name somebody from them.
 */
export function refuseSound(sound: Sound): SoundRefusal | undefined {
  const lengthMs = lengthMsOf(sound);
  if (!(lengthMs >= leastSoundMs)) {
    return {
      problem: 'too-short',
      reason: `${(lengthMs / 1000).toFixed(2)} s of sound, at least ${leastSoundMs / 1000} s are needed`,
    };
  }
  const levelDbfs = alternatingLevelDbfs(sound.samples);
  if (levelDbfs < silentDbfs) {
    const level = Number.isFinite(levelDbfs) ? `${levelDbfs.toFixed(0)} dB of full scale` : 'digital silence';
    return { problem: 'silent', reason: `${level}, at least ${silentDbfs} dB are needed` };
  }
  return undefined;
}

export function lengthMsOf({ samples, sampleRateHz }: Sound): number {
  return (samples.length / sampleRateHz) * 1000;
}

/** Mean power without the mean itself: a constant offset is silence. */
function alternatingLevelDbfs(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample;
  const mean = sum / samples.length;
  let power = 0;
  for (const sample of samples) power += (sample - mean) ** 2;
  return 10 * Math.log10(power / samples.length);
}
