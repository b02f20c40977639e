import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config/read.ts';
import { openLabFaces } from '../../src/lab/cache/remembered-faces.ts';
import { measureVerification } from '../../src/lab/verification/measure.ts';
import { readPairsFile } from '../../src/lab/verification/pairs-file.ts';
import { skipReason, testData } from '../support/test-data.ts';
import { shippedPipeline } from '../vision/golden.ts';

const lfw = 'data/faces/lfw';
const folder = testData(lfw);
const stateDirectory = mkdtempSync(join(tmpdir(), 'vigil-lab-pairs-'));
const { signal } = new AbortController();

afterAll(() => rmSync(stateDirectory, { recursive: true, force: true }));

describe.skipIf(folder === undefined)(`pairs of Labeled Faces in the Wild${skipReason(lfw)}`, () => {
  test('are told apart in 99 of 100, a thousand of them in less than a minute on two cores', async () => {
    const { config } = await readConfig({ file: undefined, flags: [] });
    const startMs = performance.now();
    const measured = await measureVerification(
      {
        ...{ list: await readPairsFile(join(folder!, 'pairs.csv')), imagesDir: join(folder!, 'images') },
        ...{ seed: 1, embedders: [(await shippedPipeline()).embedder], progress: () => {} },
        openFaces: () => openLabFaces({ config, stateDirectory, threads: 2, cache: undefined }, signal),
      },
      signal,
    );
    const tookMs = performance.now() - startMs;
    const { accuracy, equalError, undetected } = measured.embedders[0]!;
    expect([measured.same, measured.different, undetected.count]).toEqual([500, 500, 0]);
    expect(accuracy!.mean).toBeGreaterThanOrEqual(0.988);
    expect(equalError.rate).toBeLessThanOrEqual(0.013);
    expect(tookMs).toBeLessThan(60_000);
  }, 300_000);
});
