import { afterEach, expect, test } from 'bun:test';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Calibration,
  calibrationsOf,
  galleryHash,
  readCalibration,
  writeCalibration,
} from '../../src/runtime/calibration-file.ts';
import { examineCalibration } from '../../src/runtime/doctor/keeping.ts';
import { faceSample } from '../people/samples.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';

afterEach(removeTemporary);

const line = { evenAt: 0.17, bansPerUnit: -50, leastBans: -1.1, mostBans: 3 };

/** Ana is enrolled; `calibration` is of her and of now. */
function calibrated() {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const sample = faceSample(1);
  store.enrol({ name: 'Ana', samples: [sample], consent: null });
  const { pipelineId } = sample;
  const calibration: Calibration = {
    v: 1,
    madeUtcMs: Date.UTC(2026, 0, 2),
    faces: {
      pipelineId,
      gallerySha256: galleryHash(store, 'face', pipelineId),
      people: 1,
      strangers: 3_000,
      wantedRate: 0.001,
      threshold: 0.125,
      margin: 0.03,
      falseAccepts: { count: 0, of: 3_000, low: 0, high: 0.00128 },
      falseRejects: { count: 1, of: 40, low: 0.004, high: 0.13 },
      line,
    },
    voices: null,
    missing: [],
  };
  return { directory, store, calibration };
}

test('a calibration of these people and models is used, and arms a door when nothing is missing', async () => {
  const { directory, store, calibration } = calibrated();
  expect(calibrationsOf(readCalibration(directory), store).evidence).toBe('not-calibrated');
  await writeCalibration(directory, calibration);
  expect(statSync(join(directory, 'calibration.json')).mode & 0o777).toBe(0o600);
  const used = calibrationsOf(readCalibration(directory), store);
  expect(used.evidence).toBe('enough');
  expect(used.faces[calibration.faces.pipelineId]).toEqual(line);
  await writeCalibration(directory, { ...calibration, missing: ['too few strangers'] });
  expect(calibrationsOf(readCalibration(directory), store).evidence).toBe('too-thin');
  store.close();
  expect(examineCalibration(directory).value).toContain(
    '1 people and 3000 strangers; not enough for preset door: too few',
  );
});

test('with one person more, or other models, it is stale: nothing of it is used, and the doctor says so', async () => {
  const { directory, store, calibration } = calibrated();
  await writeCalibration(directory, calibration);
  store.setModelsInForce('face', { pipelineId: 'another', choice: {} });
  expect(calibrationsOf(readCalibration(directory), store)).toMatchObject({ evidence: 'stale', faces: {} });
  store.setModelsInForce('face', { pipelineId: calibration.faces.pipelineId, choice: {} });
  expect(calibrationsOf(readCalibration(directory), store).evidence).toBe('enough');
  store.enrol({ name: 'Bea', samples: [faceSample(2)], consent: null });
  expect(calibrationsOf(readCalibration(directory), store)).toMatchObject({ evidence: 'stale', faces: {} });
  store.close();
  expect(examineCalibration(directory)).toMatchObject({
    state: 'warning',
    value: expect.stringContaining('stale, the people or the models have changed'),
    next: expect.stringContaining('vigil lab calibrate'),
  });
});

test.each([
  ['cut off', '{"v": 1, "mad'],
  ['of another version', '{"v": 2}'],
  ['without its line', '{"v": 1, "madeUtcMs": 0, "faces": {}, "missing": []}'],
])('one that is %s arms nothing and is named', (_, text) => {
  const { directory, store } = calibrated();
  writeFileSync(join(directory, 'calibration.json'), text);
  expect(calibrationsOf(readCalibration(directory), store).evidence).toBe('not-calibrated');
  store.close();
  expect(examineCalibration(directory)).toMatchObject({
    state: 'warning',
    value: expect.stringContaining('no calibration'),
  });
});

test('a line of voices is used until the voices change; a file from before voices were weighed is still read', async () => {
  const { directory, store, calibration } = calibrated();
  const pipelineId = 'heard';
  const voices = {
    pipelineId,
    gallerySha256: galleryHash(store, 'voice', pipelineId),
    people: 1,
    strangers: 30,
    falseAccepts: { count: 0, of: 30, low: 0, high: 0.12 },
    falseRejects: { count: 0, of: 10, low: 0, high: 0.28 },
    line: { evenAt: -0.01, bansPerUnit: 40, leastBans: -0.5, mostBans: 1 },
    missing: [],
  };
  await writeCalibration(directory, { ...calibration, voices });
  const used = calibrationsOf(readCalibration(directory), store);
  expect(used).toMatchObject({ evidence: 'enough', voices: { heard: voices.line } });
  store.setModelsInForce('voice', { pipelineId: 'another', choice: {} });
  expect(calibrationsOf(readCalibration(directory), store)).toMatchObject({ evidence: 'enough', voices: {} });
  expect(calibrationsOf(readCalibration(directory), store).voices['heard']).toBeUndefined();
  const { voices: _, ...before } = calibration;
  writeFileSync(join(directory, 'calibration.json'), JSON.stringify(before));
  expect(calibrationsOf(readCalibration(directory), store).evidence).toBe('enough');
  await writeCalibration(directory, { ...calibration, voices });
  store.close();
  expect(examineCalibration(directory)).toMatchObject({
    state: 'warning',
    value: expect.stringContaining('of voices stale'),
  });
});
