import { afterEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { calibrate } from '../../src/cli/lab-calibrate.ts';
import { readCalibration } from '../../src/runtime/calibration-file.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { demoFolder, vigilFaces } from './faces-run.ts';
import { runCommand } from './run-command.ts';
import { vigilVoices } from './voices-run.ts';

afterEach(removeTemporary);

test('vigil lab calibrate wants a rate that is one, and people who are enrolled', async () => {
  const state = ['--state', temporaryFolder()];
  for (const rate of ['0', '1', 'often', '1/0', '0.7', '101 %']) {
    const ran = await runCommand(calibrate, ['--rate', rate, ...state]);
    expect([rate, ran.exitCode]).toEqual([rate, 2]);
    expect(ran.err).toContain('--rate takes a share from');
  }
  for (const rate of ['1/1000', '0.001', '0.1 %']) {
    const ran = await runCommand(calibrate, ['--rate', rate, ...state]);
    expect([rate, ran.exitCode]).toEqual([rate, 3]);
    expect(ran.err).toContain('nobody is enrolled');
  }
});

test('a folder without a recording, or none at all, is named before anything is looked at', async () => {
  const empty = temporaryFolder();
  const state = ['--state', temporaryFolder()];
  for (const [folder, why] of [
    [empty, 'has no recording'],
    [`${empty}/gone`, 'is not there'],
  ] as const) {
    const ran = await runCommand(calibrate, ['--stranger-voices', folder, ...state]);
    expect(ran.exitCode).not.toBe(0);
    expect(ran.err).toContain(`${folder} ${why}`);
  }
});

test('strangers’ voices are held against the enrolled ones; so few of them draw no weight, and it is said why', async () => {
  const state = temporaryFolder();
  const face = ['--input', join(demoFolder, 'people/Ana.jpg'), '--state', state, '--consent'];
  expect((await vigilFaces('enrol', 'Ana', ...face)).exitCode).toBe(0);
  const recordings = [1, 2].flatMap((n) => ['--input', join(demoFolder, `voices/train/Ana${n}.flac`)]);
  const voice = await vigilVoices('enrol', 'Ana', ...recordings, '--state', state, '--consent');
  expect([voice.err, voice.exitCode]).toEqual([expect.any(String), 0]);
  const words = ['--stranger-voices', join(demoFolder, 'voices/strangers'), '--state', state];
  const ran = await runCommand(calibrate, words);
  expect(ran.exitCode).toBe(0);
  expect(ran.out).toContain('voices: 1 people with 2 recordings, 4 strangers');
  expect(ran.out).toMatch(/strangers let in {10}\d of 4 /);
  expect(ran.out).toContain('the default model’s stays in force');
  expect(ran.out).toContain('4 strangers’ voices; 30 are needed');
  expect(readCalibration(state)).toMatchObject({
    calibration: { voices: { people: 1, strangers: 4, line: null } },
  });
}, 60_000);
