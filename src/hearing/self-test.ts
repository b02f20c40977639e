import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { TrainedVoices, VoiceModels } from '../../hal/contract/voice-models.ts';

const sampleRateHz = 16_000;
const seconds = 3;

/**
 * Asks voice models what is known beforehand: nobody speaks in digital silence, and a buzz that is made like a voice
 * has a voice of unit length, the same each time. Rejects with HalError when they answer otherwise or not at all.
 */
export async function testVoiceModels(models: VoiceModels, signal: AbortSignal): Promise<void> {
  const wrong = (message: string) => new HalError('io', models.name, message, { retryable: false });
  const silence = await models.embed(
    soundOf(() => 0),
    signal,
  );
  if (silence.voicedMs > 0 || silence.embedding !== null) throw wrong('they hear a voice in digital silence');
  const first = (await models.embed(soundOf(buzz), signal)).embedding;
  const second = (await models.embed(soundOf(buzz), signal)).embedding;
  if (first === null || second === null)
    throw wrong('they do not hear a voice that is made for them to hear');
  const likeness = first.reduce((sum, value, i) => sum + value * second[i]!, 0);
  if (!(Math.abs(likeness - 1) < 1e-3)) {
    throw wrong(`they give the same sound twice a likeness of ${likeness.toFixed(3)} instead of 1`);
  }
}

/** The same for the trained network: silence is refused, and a buzz has shares that sum to one. */
export async function testTrainedVoices(voices: TrainedVoices, signal: AbortSignal): Promise<void> {
  const wrong = (message: string) => new HalError('io', voices.name, message, { retryable: false });
  const refusal = await voices
    .classify(
      soundOf(() => 0),
      signal,
    )
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  signal.throwIfAborted();
  if (!(refusal instanceof HalError && refusal.kind === 'invalid-argument')) {
    throw refusal ?? wrong('they name somebody in digital silence');
  }
  const shares = await voices.classify(soundOf(buzz), signal);
  const sum = shares.reduce((total, share) => total + share, 0);
  if (shares.length !== voices.labels.length || !(Math.abs(sum - 1) < 1e-3)) {
    throw wrong(`their shares sum to ${sum.toFixed(3)} instead of 1`);
  }
}

function soundOf(sampleAt: (second: number) => number): Sound {
  const samples = Float32Array.from({ length: seconds * sampleRateHz }, (_, i) => sampleAt(i / sampleRateHz));
  return { sampleRateHz, samples, startMs: 0 };
}

/** A throat's pulses through two resonances, louder and softer four times a second: what a voice is made of. */
export function buzz(second: number): number {
  const pitchHz = 130 + 15 * Math.sin(2 * Math.PI * 0.7 * second);
  let sum = 0;
  for (let harmonic = 1; harmonic <= 24; harmonic++) {
    const hz = harmonic * pitchHz;
    const resonance = 1 / (1 + ((hz - 600) / 150) ** 2) + 0.5 / (1 + ((hz - 1_400) / 200) ** 2);
    sum += resonance * Math.sin(2 * Math.PI * hz * second);
  }
  return 0.12 * sum * (0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * second));
}
