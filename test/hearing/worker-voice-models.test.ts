import { afterEach, describe, expect, test } from 'bun:test';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sound } from '../../hal/contract/sound.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { VoicePipeline } from '../../src/hearing/voice-pipeline.ts';
import type { VoiceModelChoice } from '../../src/hearing/worker-messages.ts';
import { WorkerVoiceModels } from '../../src/hearing/worker-voice-models.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';
import { skipReason, testData } from '../support/test-data.ts';
import { cosine, goldenClips, goldenSignal, readClip } from './golden.ts';

const models: VoiceModelChoice = { shippedDir: shippedModelsDir, addedDir: '/nonexistent' };
const { signal } = new AbortController();

/** What a promise rejects with. (`expect().rejects` holds up the loop, and with it the Worker's answers.) */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}

const opened: WorkerVoiceModels[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(
  clock: VirtualClock,
  options: {
    models?: VoiceModelChoice;
    newestMs?: number;
    callLimitMs?: number;
    startWorker?: () => Worker;
  } = {},
): Promise<WorkerVoiceModels> {
  const result = await WorkerVoiceModels.open({ clock, models, ...options }, signal);
  opened.push(result);
  return result;
}

/** So many seconds of something that voice activity takes for speech. */
function voiceLike(seconds: number): Sound {
  const loud = goldenSignal().map((x) => 4 * x);
  const samples = Float32Array.from({ length: seconds * 16_000 }, (_, n) => loud[n % loud.length]!);
  return { sampleRateHz: 16_000, samples, startMs: 0 };
}

describe('the voice network in its Worker', () => {
  test('gives what it gives in the same thread', async () => {
    const manifest = await readManifest({ shippedDir: models.shippedDir, addedDir: models.addedDir });
    const pipeline = await VoicePipeline.load(manifest.voiceEmbedder());
    const direct = await pipeline.embed(voiceLike(4));
    await pipeline.close();
    const clock = new VirtualClock();
    const worker = await open(clock);
    expect(worker).toMatchObject({ pipelineId: pipeline.pipelineId, embeddingLength: 256 });
    expect(await clock.runUntilSettled(worker.embed(voiceLike(4), signal))).toEqual(direct);
    expect(direct.voicedMs).toBeGreaterThan(3_000);
    expect(Math.hypot(...direct.embedding!)).toBeCloseTo(1, 5);
  });

  test('leaves the sound where it was: the caller may use it again', async () => {
    const clock = new VirtualClock();
    const worker = await open(clock);
    const sound = voiceLike(2);
    const before = sound.samples.slice();
    await clock.runUntilSettled(worker.embed(sound, signal));
    expect(sound.samples).toEqual(before);
  });

  test('has no embedding for silence, for nothing and for a single word', async () => {
    const clock = new VirtualClock();
    const worker = await open(clock);
    for (const samples of [new Float32Array(0), new Float32Array(112_000)]) {
      expect(
        await clock.runUntilSettled(worker.embed({ sampleRateHz: 16_000, samples, startMs: 0 }, signal)),
      ).toEqual({ voicedMs: 0, levelDbfs: Number.NEGATIVE_INFINITY, clippedShare: 0, embedding: null });
    }
    const word = await clock.runUntilSettled(worker.embed(voiceLike(1.2), signal));
    expect(word.embedding).toBeNull();
    expect(word.voicedMs).toBeGreaterThan(900);
  });

  test('embeds only the newest speech where it is told to, and says how much that was', async () => {
    const clock = new VirtualClock();
    const all = await open(clock);
    const newest = await open(clock, { newestMs: 3_000 });
    expect((await clock.runUntilSettled(all.embed(voiceLike(8), signal))).voicedMs).toBeGreaterThan(7_000);
    expect((await clock.runUntilSettled(newest.embed(voiceLike(8), signal))).voicedMs).toBe(3_000);
  });

  test('says what is wrong with sound that is none, and goes on', async () => {
    const clock = new VirtualClock();
    const worker = await open(clock);
    const { samples } = voiceLike(2);
    const broken = samples.slice();
    broken[7] = Number.NaN;
    for (const [sound, message] of [
      [{ sampleRateHz: 0, samples, startMs: 0 }, 'a sample rate of 0 Hz'],
      [{ sampleRateHz: 16_000, samples: broken, startMs: 0 }, 'not finite'],
    ] as const) {
      const error = await rejection(clock.runUntilSettled(worker.embed(sound, signal)));
      expect(error).toMatchObject({ kind: 'invalid-argument', device: 'voice models', retryable: false });
      expect(String(error)).toContain(message);
    }
    expect((await clock.runUntilSettled(worker.embed(voiceLike(2), signal))).embedding).not.toBeNull();
  });

  test('describes a recording with five embeddings, the same each time', async () => {
    const clock = new VirtualClock();
    const worker = await open(clock);
    const first = await clock.runUntilSettled(worker.describe(voiceLike(4), signal));
    expect(first.embeddings).toHaveLength(5);
    for (const embedding of first.embeddings) expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    expect(first.windows.length).toBeGreaterThan(2);
    expect(await clock.runUntilSettled(worker.describe(voiceLike(4), signal))).toEqual(first);
    const silent = { sampleRateHz: 16_000, samples: new Float32Array(48_000), startMs: 0 };
    expect(await clock.runUntilSettled(worker.describe(silent, signal))).toMatchObject({
      windows: [],
      embeddings: [],
      voicedMs: 0,
    });
  });

  test('does not listen to a recording of an hour', async () => {
    const clock = new VirtualClock();
    const worker = await open(clock);
    const samples = new Float32Array(3_600 * 8_000);
    const error = await rejection(
      clock.runUntilSettled(worker.describe({ sampleRateHz: 8_000, samples, startMs: 0 }, signal)),
    );
    expect(String(error)).toContain('a recording of 60 minutes');
  });

  test('names a model file that is cut short', async () => {
    const shippedDir = mkdtempSync(join(tmpdir(), 'vigil-voices-'));
    try {
      for (const file of readdirSync(shippedModelsDir)) {
        if (/\.(onnx|json)$/.test(file)) copyFileSync(join(shippedModelsDir, file), join(shippedDir, file));
      }
      truncateSync(join(shippedDir, 'resemblyzer-waveform-fp16.onnx'), 1_000);
      const failure = await rejection(open(new VirtualClock(), { models: { ...models, shippedDir } }));
      expect(failure).toMatchObject({ name: 'ModelError', kind: 'truncated', modelId: 'resemblyzer' });
    } finally {
      rmSync(shippedDir, { recursive: true });
    }
  });

  test('that hangs costs one call and its Worker, and the next call is answered', async () => {
    let started = 0;
    // The first hangs in its first call; the second is a real one.
    const startWorker = () => {
      started++;
      if (started > 1) return new Worker(new URL('../../src/hearing/models-worker.ts', import.meta.url).href);
      const script = `self.onmessage = ({ data: { kind } }) => {
        if (kind === 'start') postMessage(${JSON.stringify(hangingReady)});
        else while (true) {}
      };`;
      return new Worker(URL.createObjectURL(new File([script], 'hanging.ts')));
    };
    const clock = new ImpatientClock();
    const worker = await open(clock, { startWorker, callLimitMs: 700 });
    const call = worker.embed(voiceLike(2), signal);
    await Bun.sleep(100);
    await clock.runFor(700);
    expect(await rejection(call)).toMatchObject({ name: 'HalError', kind: 'timeout', retryable: true });
    expect((await worker.embed(voiceLike(2), signal)).embedding).not.toBeNull();
    expect(started).toBe(2);
  });

  test('stops waiting when aborted', async () => {
    const worker = await open(new VirtualClock());
    const abort = new AbortController();
    const reason = new Error('nobody listens any more');
    const call = worker.embed(voiceLike(7), abort.signal);
    abort.abort(reason);
    expect(await rejection(call)).toBe(reason);
  });

  for (const clip of goldenClips) {
    const path = testData(`golden/librosa/${clip.wav}`);
    test.skipIf(path === undefined)(
      `gives the embedding of the reference for ${clip.wav}${skipReason(`golden/librosa/${clip.wav}`)}`,
      async () => {
        const clock = new VirtualClock();
        const worker = await open(clock);
        const sound = await readClip(path!);
        const { embedding, voicedMs } = await clock.runUntilSettled(worker.embed(sound, signal));
        expect(voicedMs).toBe(clip.voiced_samples / 16);
        if (voicedMs < 1_600) expect(embedding).toBeNull();
        else expect(1 - cosine(embedding!, clip.embedding)).toBeLessThan(1e-5);
      },
    );
  }
});

/** Simulated time that does not wait for the Worker, so that a limit can pass while it hangs. */
class ImpatientClock extends VirtualClock {
  override track<T>(work: Promise<T>): Promise<T> {
    return work;
  }
}

const shipped = (
  await readManifest({ shippedDir: models.shippedDir, addedDir: models.addedDir })
).voiceEmbedder();
const pipeline = await VoicePipeline.load(shipped);
const hangingReady = {
  kind: 'ready',
  pipelineId: pipeline.pipelineId,
  embeddingLength: 256,
  match: pipeline.match,
  declaredMs: 7,
};
await pipeline.close();
