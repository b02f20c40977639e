import { afterEach, describe, expect, test } from 'bun:test';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameRef } from '../../hal/contract/camera.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { ModelError } from '../../src/models/errors.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { FacePipeline } from '../../src/vision/pipeline.ts';
import { WorkerFaceModels } from '../../src/vision/worker-face-models.ts';
import type { ModelChoice } from '../../src/vision/worker-messages.ts';
import { demoPicture, readRgb, shippedPipeline } from './golden.ts';

const models: ModelChoice = { shippedDir: shippedModelsDir, addedDir: '/nonexistent', smallBoard: false };
const { signal } = new AbortController();

/** Simulated time that does not wait for the Worker, so that a limit can pass while it hangs. */
class ImpatientClock extends VirtualClock {
  override track<T>(work: Promise<T>): Promise<T> {
    return work;
  }
}

/** What a promise rejects with. (`expect().rejects` holds up the loop, and with it the Worker's answers.) */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}

const opened: WorkerFaceModels[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(
  clock: VirtualClock,
  ring: FrameRing,
  options: { models?: ModelChoice; startWorker?: () => Worker; callLimitMs?: number } = {},
): Promise<WorkerFaceModels> {
  const result = await WorkerFaceModels.open({ clock, ring, models, ...options }, signal);
  opened.push(result);
  return result;
}

function smallRing(): { ring: FrameRing; frame: FrameRef } {
  const ring = FrameRing.create({ widthPx: 64, heightPx: 48 });
  const frame = ring.publish(ring.claim()!, { widthPx: 64, heightPx: 48, receivedAtMs: 0 });
  return { ring, frame };
}

/** A Worker that is ready at once and then does with each request what `onRequest` says. */
function oddWorker(
  onRequest: string,
  pipelineId = () => 'odd',
): { startWorker: () => Worker; started: () => number } {
  const script = () => `
    self.onmessage = ({ data: request }) => {
      if (request.kind === 'start') {
        postMessage({ kind: 'ready', pipelineId: '${pipelineId()}', embeddingLength: 2, match: { threshold: 0.1, margin: 0 }, declaredMs: { detect: 5, embed: 3 } });
      } else { ${onRequest} }
    };`;
  let count = 0;
  const startWorker = () => {
    count++;
    return new Worker(URL.createObjectURL(new File([script()], 'odd.ts')));
  };
  return { startWorker, started: () => count };
}

describe('the models in their Worker', () => {
  test('give what they give in the same thread, for a frame in the ring and for a picture', async () => {
    const { rgb, widthPx, heightPx } = await readRgb(
      demoPicture('@vladmandic/face-api@1.7.15/demo/sample1.jpg'),
    );
    const pipeline = await FacePipeline.load(await shippedPipeline(), { smallBoard: false });
    const direct = await pipeline.detect(rgb, widthPx, heightPx);
    const embeddings = await pipeline.embed(direct);
    await pipeline.close();

    const ring = FrameRing.create({ widthPx, heightPx, slots: 2 });
    const slot = ring.claim()!;
    ring.slotBytes(slot).set(rgb);
    const frame = ring.publish(slot, { widthPx, heightPx, receivedAtMs: 0 });
    const clock = new VirtualClock();
    const worker = await open(clock, ring);
    expect(worker.pipelineId).toBe(pipeline.pipelineId);
    const faces = await clock.runUntilSettled(worker.detect(frame, signal));
    expect(faces).toEqual(direct.map(({ cutChip: _pixels, ...face }) => face));
    expect(faces.length).toBe(3);
    expect(await clock.runUntilSettled(worker.embed(frame, [2, 0], signal))).toEqual([
      embeddings[2]!,
      embeddings[0]!,
    ]);
    const described = await clock.runUntilSettled(worker.describe({ rgb, widthPx, heightPx }, signal));
    expect(described.map(({ embedding }) => embedding)).toEqual(embeddings);
    expect(await rejection(clock.runUntilSettled(worker.embed(frame, [3], signal)))).toMatchObject({
      kind: 'invalid-argument',
    });
  });

  test('charge simulated time with what is declared, however long it really takes', async () => {
    const { ring, frame } = smallRing();
    const clock = new VirtualClock({ startMs: 1_000 });
    const { startWorker } = oddWorker(
      `postMessage(request.kind === 'detect'
        ? { kind: 'detected', call: request.call, faces: [] }
        : { kind: 'embedded', call: request.call, embeddings: request.faces.map(() => new Float32Array(2)) });`,
    );
    const worker = await open(clock, ring, { startWorker });
    await clock.runUntilSettled(worker.detect(frame, signal));
    expect(clock.nowMs()).toBe(1_005);
    await clock.runUntilSettled(worker.embed(frame, [0, 1], signal));
    expect(clock.nowMs()).toBe(1_011);
    await worker.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test('name a model file that is missing, truncated or altered', async () => {
    const shippedDir = mkdtempSync(join(tmpdir(), 'vigil-models-'));
    const { ring } = smallRing();
    const clock = new VirtualClock();
    try {
      for (const file of readdirSync(shippedModelsDir)) {
        if (/\.(onnx|json)$/.test(file)) copyFileSync(join(shippedModelsDir, file), join(shippedDir, file));
      }
      truncateSync(join(shippedDir, 'landmark68.onnx'), 1_000);
      const failure = await rejection(open(clock, ring, { models: { ...models, shippedDir } }));
      expect(failure).toBeInstanceOf(ModelError);
      expect(failure).toMatchObject({ kind: 'truncated', modelId: 'landmark68' });
      rmSync(join(shippedDir, 'face128.q8.onnx'));
      expect(await rejection(open(clock, ring, { models: { ...models, shippedDir } }))).toMatchObject({
        kind: 'missing',
        modelId: 'face128',
      });
      rmSync(join(shippedDir, 'manifest.json'));
      expect(await rejection(open(clock, ring, { models: { ...models, shippedDir } }))).toMatchObject({
        name: 'ManifestError',
      });
    } finally {
      rmSync(shippedDir, { recursive: true });
    }
  });

  test('that hang cost one call and their Worker; after three in a row the process is to be ended', async () => {
    const { ring, frame } = smallRing();
    const clock = new ImpatientClock();
    const { startWorker, started } = oddWorker('while (true) {}');
    const worker = await open(clock, ring, { startWorker });
    for (const { kind, retryable } of [
      { kind: 'timeout', retryable: true },
      { kind: 'timeout', retryable: true },
      { kind: 'io', retryable: false },
    ]) {
      const call = worker.detect(frame, signal);
      // Real time until the fresh Worker is ready and has taken the request; then the limit passes.
      await ready(clock);
      await clock.runFor(3_000);
      expect(await rejection(call)).toMatchObject({ name: 'HalError', kind, retryable });
    }
    expect(started()).toBe(3);
    expect(await rejection(worker.detect(frame, signal))).toMatchObject({ kind: 'io', retryable: false });
    expect(started()).toBe(3);
    expect(clock.pendingTimers).toBe(0);
    expect(ring.claim()).toBeDefined();
  });

  test('are given up after the limit that is configured', async () => {
    const { ring, frame } = smallRing();
    const clock = new ImpatientClock();
    const { startWorker } = oddWorker('/* never answers */');
    const worker = await open(clock, ring, { startWorker, callLimitMs: 700 });
    const call = worker.detect(frame, signal);
    await ready(clock);
    await clock.runFor(699);
    expect(clock.pendingTimers).toBe(1);
    await clock.runFor(1);
    expect(await rejection(call)).toMatchObject({ kind: 'timeout' });
  });

  test('that die cost one call, and a fresh Worker answers the next', async () => {
    const { ring, frame } = smallRing();
    const clock = new VirtualClock();
    const { startWorker, started } = oddWorker(
      `if (request.call === 1) throw new Error('out of memory');
       if (request.call === 2) process.exit(3);
       if (request.call === 3) postMessage({ kind: 'detected', call: 3, faces: 'none' });
       postMessage({ kind: 'detected', call: request.call, faces: [] });`,
    );
    const worker = await open(clock, ring, { startWorker });
    for (const message of ['out of memory', 'ended', 'wrong answer']) {
      const error = await rejection(clock.runUntilSettled(worker.detect(frame, signal)));
      expect(error).toMatchObject({ kind: 'io', retryable: true, device: 'face models' });
      expect(String(error)).toContain(message);
    }
    expect(await clock.runUntilSettled(worker.detect(frame, signal))).toEqual([]);
    expect(started()).toBe(4);
  });

  test('are not used when a fresh Worker finds other model files', async () => {
    const { ring, frame } = smallRing();
    const clock = new VirtualClock();
    const { startWorker } = oddWorker(
      `throw new Error('out of memory');`,
      () => `pipeline-${Math.floor(clock.nowMs())}`,
    );
    const worker = await open(clock, ring, { startWorker });
    await rejection(clock.runUntilSettled(worker.detect(frame, signal)));
    expect(await rejection(clock.runUntilSettled(worker.detect(frame, signal)))).toMatchObject({
      kind: 'io',
      retryable: false,
    });
  });

  test('stop waiting when aborted, and keep the frame until the Worker is done with it', async () => {
    const ring = FrameRing.create({ widthPx: 64, heightPx: 48, slots: 1 });
    const frame = ring.publish(ring.claim()!, { widthPx: 64, heightPx: 48, receivedAtMs: 0 });
    const clock = new VirtualClock();
    const { startWorker } = oddWorker(
      `setTimeout(() => postMessage({ kind: 'detected', call: request.call, faces: [] }), 50);`,
    );
    const worker = await open(clock, ring, { startWorker });
    const abort = new AbortController();
    const call = worker.detect(frame, abort.signal);
    const reason = new Error('the camera was closed');
    abort.abort(reason);
    expect(await rejection(call)).toBe(reason);
    expect(ring.claim()).toBeUndefined();
    await clock.settle();
    expect(ring.claim()).toBe(0);
    expect(await rejection(worker.detect(frame, AbortSignal.abort(reason)))).toBe(reason);
  });

  test('that are still being loaded are not cut off, which would end the process; they end by themselves', async () => {
    const { ring } = smallRing();
    const abort = new AbortController();
    const reason = new Error('the device was told to stop');
    let cutOff = false;
    const ended = Promise.withResolvers<void>();
    const startWorker = () => {
      const worker = new Worker(new URL('../../src/vision/models-worker.ts', import.meta.url).href);
      const terminate = worker.terminate.bind(worker);
      worker.terminate = () => {
        cutOff = true;
        terminate();
      };
      worker.addEventListener('close', () => ended.resolve());
      return worker;
    };
    const options = { clock: new SystemClock(), ring, models, startWorker };
    const opening = rejection(WorkerFaceModels.open(options, abort.signal));
    abort.abort(reason);
    expect(await opening).toBe(reason);
    await ended.promise;
    expect(cutOff).toBe(false);
  });

  test('are closed once and for all: running and later calls reject', async () => {
    const { ring, frame } = smallRing();
    const { startWorker } = oddWorker('/* never answers */');
    const worker = await open(new ImpatientClock(), ring, { startWorker });
    const call = worker.detect(frame, signal);
    await worker.close();
    await worker.close();
    expect(await rejection(call)).toMatchObject({ kind: 'closed' });
    expect(await rejection(worker.detect(frame, signal))).toMatchObject({ kind: 'closed' });
  });

  test('refuse a frame whose slot was written again', async () => {
    const { ring, frame } = smallRing();
    const { startWorker } = oddWorker('/* never asked */');
    const worker = await open(new VirtualClock(), ring, { startWorker });
    for (let i = 0; i < 5; i++) {
      ring.publish(ring.claim()!, { widthPx: 64, heightPx: 48, receivedAtMs: i });
    }
    expect(await rejection(worker.detect(frame, signal))).toMatchObject({ kind: 'closed' });
  });
});

/** Waits in real time until the only timer left is the call's own: the Worker is up and has the request. */
async function ready(clock: VirtualClock): Promise<void> {
  await Bun.sleep(200);
  expect(clock.pendingTimers).toBe(1);
}
