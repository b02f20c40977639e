import { expect, test } from 'bun:test';
import type { FrameRef } from '../../hal/contract/camera.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { Random } from '../../hal/sim/random.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { See } from '../../src/vision/see.ts';
import { WorkerFaceModels } from '../../src/vision/worker-face-models.ts';
import { demoPicture, readRgb } from './golden.ts';

const widthPx = 640;
const heightPx = 480;
const sizePx = 280;

test('a woman who takes the place of another is noticed within 500 ms, by the real networks', async () => {
  const photo = await readRgb(demoPicture('@vladmandic/face-api@1.7.15/demo/sample1.jpg'));
  const clock = new VirtualClock();
  const ring = FrameRing.create({ widthPx, heightPx });
  const { signal } = new AbortController();
  const choice = { shippedDir: shippedModelsDir, addedDir: '/nonexistent', smallBoard: false };
  const models = await WorkerFaceModels.open({ clock, ring, models: choice }, signal);
  const noise = Random.seeded(3).child('sensor');

  /** Shows a part of the photo in a noisy grey frame, a few pixels off each time as a hand-held face is. */
  const show = (fromX: number, fromY: number): FrameRef => {
    const slot = ring.claim()!;
    const pixels = ring.slotBytes(slot).fill(120);
    const toX = 180 + Math.round(noise.uniform(-3, 3));
    const toY = 100 + Math.round(noise.uniform(-3, 3));
    for (let row = 0; row < sizePx; row++) {
      const from = ((fromY + row) * photo.widthPx + fromX) * 3;
      pixels.set(photo.rgb.subarray(from, from + sizePx * 3), ((toY + row) * widthPx + toX) * 3);
    }
    for (let i = 0; i < pixels.length; i++) {
      pixels[i] = Math.max(0, Math.min(255, pixels[i]! + noise.uniform(-6, 6)));
    }
    return ring.publish(slot, { widthPx, heightPx, receivedAtMs: clock.nowMs() });
  };
  const first = () => show(390, 330);
  const second = () => show(790, 380);

  const [enrolled] = await clock.runUntilSettled(
    models.describe({ rgb: ring.pixels(first()), widthPx, heightPx }, signal),
  );
  const gallery = {
    subjectIds: ['ann'],
    embeddings: enrolled!.embedding,
    embeddingLength: models.embeddingLength,
  };
  const see = new See(models, clock, gallery);
  const takeoverAtMs = 1_300;
  const story: { atMs: number; trackId: number; subjectId: string | null }[] = [];
  for (let atMs = 100; atMs < 2_600; atMs += 100) {
    await clock.runUntil(atMs);
    const frame = atMs < takeoverAtMs ? first() : second();
    const { people } = await clock.runUntilSettled(see.look(frame, signal));
    expect(people.length).toBe(1);
    const { trackId, subjectId } = people[0]!;
    story.push({ atMs, trackId, subjectId });
  }
  await models.close();

  const before = story.filter(({ atMs }) => atMs < takeoverAtMs);
  expect(new Set(before.map(({ trackId }) => trackId))).toEqual(new Set([1]));
  expect(before.filter(({ subjectId }) => subjectId === 'ann').length).toBe(before.length - 2);
  const after = story.filter(({ atMs }) => atMs >= takeoverAtMs);
  for (const { atMs, subjectId } of after)
    if (subjectId === 'ann') expect(atMs - takeoverAtMs).toBeLessThan(500);
  expect(after.at(-1)).toMatchObject({ trackId: 2, subjectId: null });
}, 30_000);
