import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { runDetector } from '../../../src/lab/detectors/run-detector.ts';

const picture = resolve(import.meta.dir, '../../../node_modules/@vladmandic/face-api/demo/sample1.jpg');

test('looking ends at once when it is aborted, with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const pictures = Array.from({ length: 1000 }, () => picture);
  const running = runDetector(
    { detector: { kind: 'pipeline', addedModelsDir: '/nowhere' }, pictures },
    () => controller.abort(reason),
    controller.signal,
  ).catch((error: unknown) => error);
  expect(await running).toBe(reason);
}, 60_000);
