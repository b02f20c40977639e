import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { loadDetector } from '../../src/models/detector.ts';
import { loadEmbedder } from '../../src/models/embedder.ts';
import { ModelError } from '../../src/models/errors.ts';
import { tinyOnnx } from '../support/tiny-onnx.ts';
import { mirrorEmbedder, spotDetector, temporaryFolder, written } from './tiny-models.ts';

const chipBytes = 16 * 16 * 3;

/** Every byte value occurs, no two channels are alike. */
function chip(start: number): Uint8Array {
  return Uint8Array.from({ length: chipBytes }, (_, i) => (start + i * 7 + (i % 3) * 31) % 256);
}

describe('an embedder that plugs in by its entry', () => {
  test('with a fixed scale gets (x - mean) / divideBy of each channel, blue first and plane by plane', async () => {
    using folder = temporaryFolder();
    const mean = [104, 117, 123] as const;
    const divideBy = [128, 64, 2] as const;
    const embedder = await loadEmbedder(
      mirrorEmbedder(folder.path, {
        layout: 'nchw',
        channels: 'bgr',
        normalisation: { kind: 'scale', mean: [...mean], divideBy: [...divideBy] },
      }),
    );
    const chips = new Uint8Array([...chip(0), ...chip(5)]);
    const received = await embedder.embed(chips, 2);
    expect(received).toHaveLength(2);
    for (const [n, numbers] of received.entries()) {
      for (let pixel = 0; pixel < 256; pixel++) {
        for (let channel = 0; channel < 3; channel++) {
          const value = chips[n * chipBytes + pixel * 3 + (2 - channel)]!;
          expect(numbers[channel * 256 + pixel]!).toBeCloseTo(
            (value - mean[channel]!) / divideBy[channel]!,
            5,
          );
        }
      }
    }
    await embedder.close();
  });

  test('with pre-whitening gets mean 0 and deviation 1 of each picture for itself, as FaceNet does', async () => {
    using folder = temporaryFolder();
    const embedder = await loadEmbedder(
      mirrorEmbedder(folder.path, { layout: 'nhwc', channels: 'rgb', normalisation: { kind: 'prewhiten' } }),
    );
    const dark = chip(0).map((value) => value >> 3);
    const [first, second] = await embedder.embed(new Uint8Array([...dark, ...chip(9)]), 2);
    for (const [picture, numbers] of [
      [dark, first!],
      [chip(9), second!],
    ] as const) {
      const mean = picture.reduce((sum, value) => sum + value, 0) / chipBytes;
      const deviation = Math.sqrt(picture.reduce((sum, value) => sum + (value - mean) ** 2, 0) / chipBytes);
      for (let i = 0; i < chipBytes; i++)
        expect(numbers[i]!).toBeCloseTo((picture[i]! - mean) / deviation, 4);
    }
    await embedder.close();
  });

  test('with pre-whitening a picture of one grey gives zeros and not infinity', async () => {
    using folder = temporaryFolder();
    const embedder = await loadEmbedder(
      mirrorEmbedder(folder.path, { layout: 'nhwc', channels: 'rgb', normalisation: { kind: 'prewhiten' } }),
    );
    const [numbers] = await embedder.embed(new Uint8Array(chipBytes).fill(77), 1);
    expect(numbers!.every((value) => value === 0)).toBe(true);
    await embedder.close();
  });

  test('whose floor of the deviation counts is whitened by 1 / sqrt(n)', async () => {
    using folder = temporaryFolder();
    const embedder = await loadEmbedder(
      mirrorEmbedder(folder.path, { layout: 'nhwc', channels: 'rgb', normalisation: { kind: 'prewhiten' } }),
    );
    const nearlyGrey = new Uint8Array(chipBytes).fill(77);
    nearlyGrey[0] = 78;
    const [numbers] = await embedder.embed(nearlyGrey, 1);
    // The deviation is just under 1 / sqrt(n), so the floor is what divides.
    expect(numbers![0]!).toBeCloseTo((1 - 1 / chipBytes) * Math.sqrt(chipBytes), 4);
    await embedder.close();
  });

  test('that takes one picture a run still embeds several', async () => {
    using folder = temporaryFolder();
    const embedder = await loadEmbedder(
      mirrorEmbedder(
        folder.path,
        { layout: 'nhwc', channels: 'rgb', normalisation: { kind: 'none' } },
        { batch: 1, normalise: true },
      ),
    );
    const received = await embedder.embed(new Uint8Array([...chip(0), ...chip(5), ...chip(11)]), 3);
    expect(received.map((numbers) => Math.hypot(...numbers))).toEqual([
      expect.closeTo(1, 5),
      expect.closeTo(1, 5),
      expect.closeTo(1, 5),
    ]);
    const length = Math.hypot(...chip(5));
    expect(received[1]![10]!).toBeCloseTo(chip(5)[10]! / length, 6);
    await embedder.close();
  });

  test('keeps the embeddings it gave when it is used again', async () => {
    using folder = temporaryFolder();
    const embedder = await loadEmbedder(
      mirrorEmbedder(folder.path, { layout: 'nhwc', channels: 'rgb', normalisation: { kind: 'none' } }),
    );
    const [first] = await embedder.embed(chip(0), 1);
    await embedder.embed(chip(99), 1);
    expect([...first!]).toEqual([...chip(0)]);
    await embedder.close();
  });

  test('that is not what its entry says is refused when it is loaded', async () => {
    using folder = temporaryFolder();
    const input = { layout: 'nhwc', channels: 'rgb', normalisation: { kind: 'none' } } as const;
    const model = mirrorEmbedder(folder.path, input);
    const wrong = [
      { ...model, input: { ...model.input, layout: 'nchw' as const } },
      { ...model, input: { ...model.input, name: 'faces' } },
      { ...model, input: { ...model.input, dtype: 'uint8' as const } },
      {
        ...model,
        input: { ...model.input, widthPx: 32, heightPx: 32 },
        alignment: { ...model.alignment, sizePx: 32 },
      },
      { ...model, output: { ...model.output, length: 128 } },
      { ...model, output: { ...model.output, embeddings: 'embedding' } },
    ];
    for (const entry of wrong) {
      const error = await loadEmbedder(entry).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ModelError);
      expect(error).toMatchObject({ kind: 'wrong-shape', modelId: 'mirror' });
    }
  });

  test('that gives numbers which are not finite fails by name', async () => {
    using folder = temporaryFolder();
    const model = mirrorEmbedder(folder.path, {
      layout: 'nhwc',
      channels: 'rgb',
      // 1 / 1e-45 is infinite in single precision.
      normalisation: { kind: 'scale', mean: [0, 0, 0], divideBy: [1e-45, 1, 1] },
    });
    const embedder = await loadEmbedder(model);
    await expect(embedder.embed(chip(1), 1)).rejects.toMatchObject({ kind: 'failed', modelId: 'mirror' });
    await embedder.close();
  });
});

describe('a detector that plugs in by its entry', () => {
  /** A black picture with a red rectangle. */
  function picture(
    widthPx: number,
    heightPx: number,
    red: { x: number; y: number; width: number; height: number },
  ) {
    const rgb = new Uint8Array(new SharedArrayBuffer(widthPx * heightPx * 3));
    for (let y = Math.floor(red.y); y < red.y + red.height; y++) {
      for (let x = Math.floor(red.x); x < red.x + red.width; x++) rgb[(y * widthPx + x) * 3] = 255;
    }
    return rgb;
  }

  // A 64x48 input: each size below is brought to it in another way, and the red cell must come back where it was.
  for (const { fit, widthPx, heightPx, cellX, cellY } of [
    { fit: 'letterbox', widthPx: 640, heightPx: 240, cellX: 80, cellY: 80 },
    { fit: 'letterbox', widthPx: 240, heightPx: 480, cellX: 80, cellY: 80 },
    { fit: 'letterbox', widthPx: 32, heightPx: 24, cellX: 4, cellY: 4 },
    { fit: 'letterbox-down', widthPx: 32, heightPx: 24, cellX: 8, cellY: 8 },
    { fit: 'letterbox-down', widthPx: 640, heightPx: 480, cellX: 80, cellY: 80 },
    { fit: 'stretch', widthPx: 640, heightPx: 120, cellX: 80, cellY: 20 },
    { fit: 'stretch', widthPx: 64, heightPx: 48, cellX: 8, cellY: 8 },
  ] as const) {
    test(`by ${fit} of ${widthPx}x${heightPx} finds the red spot where it is`, async () => {
      using folder = temporaryFolder();
      const detector = await loadDetector(spotDetector(folder.path, fit));
      const red = { x: cellX * 2, y: cellY, width: cellX, height: cellY };
      const found = await detector.detect(picture(widthPx, heightPx, red), widthPx, heightPx, 0.6);
      expect(found).toHaveLength(1);
      expect(found[0]!.box.x).toBeCloseTo(red.x, 3);
      expect(found[0]!.box.y).toBeCloseTo(red.y, 3);
      expect(found[0]!.box.width).toBeCloseTo(red.width, 3);
      expect(found[0]!.box.height).toBeCloseTo(red.height, 3);
      expect(found[0]!.score).toBeGreaterThan(0.85);
      expect(found[0]!.points).toEqual([]);
      await detector.close();
    });
  }

  test('gives the strongest first and nothing under the asked score', async () => {
    using folder = temporaryFolder();
    const detector = await loadDetector(spotDetector(folder.path, 'stretch'));
    const rgb = picture(64, 48, { x: 8, y: 8, width: 8, height: 4 });
    for (let i = 0; i < 64; i++) rgb[((24 + (i >> 3)) * 64 + 40 + (i & 7)) * 3] = 255;
    const found = await detector.detect(rgb, 64, 48, 0.4);
    expect(
      found.map(({ box, score }) => [Math.round(box.x), Math.round(box.y), Math.round(score * 10) / 10]),
    ).toEqual([
      [40, 24, 1],
      [8, 8, 0.5],
    ]);
    expect(await detector.detect(rgb, 64, 48, 0.6)).toHaveLength(1);
    await detector.close();
  });

  test('takes a picture of any size without failing', async () => {
    using folder = temporaryFolder();
    const detector = await loadDetector(spotDetector(folder.path, 'letterbox'));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 300 }),
        async (width, height) => {
          const white = new Uint8Array(width * height * 3).fill(255);
          const found = await detector.detect(white, width, height, 0.5);
          for (const { box, score } of found) {
            expect(score).toBeLessThanOrEqual(1.00001);
            expect(box.width).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 100 },
    );
    await detector.close();
  });

  test('sees nothing of an earlier picture that was larger', async () => {
    using folder = temporaryFolder();
    const detector = await loadDetector(spotDetector(folder.path, 'letterbox-down'));
    const red = (widthPx: number, heightPx: number) =>
      picture(widthPx, heightPx, { x: 0, y: 0, width: widthPx, height: heightPx });
    for (const [widthPx, heightPx, cells] of [
      [64, 48, 48],
      [64, 24, 24],
      [32, 48, 24],
      [640, 480, 48],
      [32, 16, 8],
    ] as const) {
      const found = await detector.detect(red(widthPx, heightPx), widthPx, heightPx, 0.9);
      expect([widthPx, heightPx, found.length]).toEqual([widthPx, heightPx, cells]);
    }
    await detector.close();
  });

  test('does not run twice at once', async () => {
    using folder = temporaryFolder();
    const detector = await loadDetector(spotDetector(folder.path, 'stretch'));
    const black = new Uint8Array(64 * 48 * 3);
    const results = await Promise.allSettled([
      detector.detect(black, 64, 48, 0.5),
      detector.detect(black, 64, 48, 0.5),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await detector.close();
  });

  test('whose boxes are not four numbers is refused when it is loaded', async () => {
    using folder = temporaryFolder();
    const model = spotDetector(folder.path, 'stretch');
    const swapped = {
      ...model,
      output: { kind: 'detections', unit: 'input-share', boxes: 'confidences', scores: 'corners' },
    } as const;
    await expect(loadDetector(swapped)).rejects.toMatchObject({ kind: 'wrong-shape', modelId: 'spot' });
  });
});

describe('a file that is no network', () => {
  for (const [what, bytes] of [
    ['text', new TextEncoder().encode('<!doctype html><p>404')],
    ['a single zero', new Uint8Array(1)],
    ['half a network', tinyOnnx({ inputs: [], outputs: [], nodes: [] }).slice(0, 5)],
  ] as const) {
    test(`(${what}) is unreadable, by name`, async () => {
      using folder = temporaryFolder();
      const { path: _path, added: _added, ...spot } = spotDetector(folder.path, 'stretch');
      await expect(loadDetector(written(folder.path, bytes, spot))).rejects.toMatchObject({
        kind: 'unreadable',
        modelId: 'spot',
      });
    });
  }
});
