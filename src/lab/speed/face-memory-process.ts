import type { FrameRef } from '../../../hal/contract/camera.ts';
import { isSmallBoard } from '../../runtime/real-models.ts';
import { heightPx, usualFrame, widthPx } from './frame.ts';
import { loadFaceModels } from './in-process-models.ts';

// A process of its own, so that nothing else is in its memory: says how many bytes it holds after some frames.

const frames = 20;
const rgb = await usualFrame();
const { signal } = new AbortController();
await using models = await loadFaceModels(() => rgb, isSmallBoard());
for (let seq = 0; seq < frames; seq++) {
  const frame: FrameRef = { seq, slot: 0, receivedAtMs: seq * 10_000, widthPx, heightPx, format: 'rgb24' };
  const faces = await models.detect(frame, signal);
  await models.embed(frame, [...faces.keys()], signal);
}
console.log(process.memoryUsage.rss());
