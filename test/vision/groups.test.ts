import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FacePipeline } from '../../src/vision/pipeline.ts';
import { skipReason, testData } from '../support/test-data.ts';
import { readRgb, shippedPipeline } from './golden.ts';

const folder = testData('data/faces/groups');

test.skipIf(folder === undefined)(
  `finds everybody in a group photo, and nobody else${skipReason('data/faces/groups')}`,
  async () => {
    const pipeline = await FacePipeline.load(await shippedPipeline(), { smallBoard: false });
    const files = readdirSync(folder!).filter((file) => file.endsWith('.jpg'));
    expect(files.length).toBe(6);
    for (const file of files) {
      const { rgb, widthPx, heightPx } = await readRgb(join(folder!, file));
      const faces = await pipeline.detect(rgb, widthPx, heightPx);
      // The number of people is the last one in the file's name.
      expect(`${file}: ${faces.length}`).toBe(`${file}: ${file.match(/-(\d+)\.jpg$/)?.[1]}`);
    }
    await pipeline.close();
  },
  30_000,
);
