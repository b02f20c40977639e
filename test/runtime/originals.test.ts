import { expect, test } from 'bun:test';
import sharp from 'sharp';
import {
  faceOriginal,
  openFaceOriginal,
  openVoiceOriginal,
  voiceOriginal,
} from '../../src/runtime/originals.ts';

test('of a picture the face and as much again around it is kept, not the rest', async () => {
  const [widthPx, heightPx] = [400, 300];
  const rgb = new Uint8Array(
    await sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#204060' } })
      .raw()
      .toBuffer(),
  );
  const middle = await openFaceOriginal(
    (await faceOriginal({ rgb, widthPx, heightPx }, { x: 180, y: 120, width: 40, height: 50 })).bytes,
  );
  expect([middle.widthPx, middle.heightPx]).toEqual([120, 150]);
  for (const [channel, level] of [0x20, 0x40, 0x60].entries()) {
    expect(Math.abs(middle.rgb[channel]! - level)).toBeLessThan(4);
  }
  // A face at the edge is cut off there; a very large one is shrunk.
  const edge = await openFaceOriginal(
    (await faceOriginal({ rgb, widthPx, heightPx }, { x: -10, y: 250, width: 60, height: 60 })).bytes,
  );
  expect([edge.widthPx, edge.heightPx]).toEqual([110, 110]);
});

test('a recording is kept as the networks take it, to within a step of 16 bits', () => {
  const samples = Float32Array.from({ length: 16_000 }, (_, i) => 0.5 * Math.sin(i / 20));
  const original = voiceOriginal({ samples, sampleRateHz: 16_000, startMs: 0 });
  const again = openVoiceOriginal(original.bytes);
  expect([again.sampleRateHz, again.samples.length]).toEqual([16_000, 16_000]);
  const farthest = again.samples.reduce((most, value, i) => Math.max(most, Math.abs(value - samples[i]!)), 0);
  expect(farthest).toBeLessThan(1 / 32_767);
});
