import { expect, test } from 'bun:test';
import { HogDetector } from '../../src/lab/detectors/hog/hog-detector.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { asGolden, photographs, readPhotograph } from '../lab/detectors/hog-golden.ts';
import { skipReason } from '../support/test-data.ts';

const lists = [
  ['groups-rgb', 3],
  ['groups-gray', 1],
  ['lfw-rgb', 3],
] as const;

test.each(lists)(
  `in every photograph of %s the faces, their order and their scores are dlib’s${skipReason('data/faces')}`,
  async (list, channels) => {
    const detector = await HogDetector.load(shippedModelsDir);
    for (const photograph of await photographs(list)) {
      const image = await readPhotograph(photograph, channels);
      for (const { upsample, adjust, detections } of photograph.runs) {
        expect(asGolden(detector.detect(image, { upsample, adjust }))).toEqual(detections);
      }
    }
  },
  300_000,
);
