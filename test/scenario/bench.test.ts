import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchStimulus } from '../../src/scenario/bench.ts';
import { parseRig } from '../../src/scenario/rig.ts';
import { step } from '../../src/scenario/step.ts';
import { RigError, ScriptError, type StimulusStep } from '../../src/scenario/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const file of ['ana.jpg', 'bea.png', 'ana.wav']) writeFileSync(join(folder, file), '');

/** Stands for a viewer or a player: writes what it was given, and goes on until it is ended. */
const log = join(folder, 'log');
const program = JSON.stringify([
  'sh',
  '-c',
  `echo "$0" >> ${log}; trap 'echo ended >> ${log}; exit' TERM; while :; do sleep 0.01; done`,
]);

const opened: BenchStimulus[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  rmSync(log, { force: true });
});

function bench(stimulus: string) {
  const asked: string[] = [];
  const applied: StimulusStep[] = [];
  const rig = parseRig(`name = "bench"\n[stimulus]\n${stimulus}`, join(folder, 'rig.toml'));
  const device = {
    sight: 'scene' as const,
    sound: 'scene' as const,
    apply: async (each: StimulusStep) => void applied.push(each),
  };
  const it = new BenchStimulus(rig, device, async (what) => void asked.push(what));
  opened.push(it);
  return { it, asked, applied };
}

/** The log once it has so many lines. */
async function logged(lines: number): Promise<string[]> {
  for (let i = 0; i < 500; i++) {
    const text = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    if (text.length >= lines) return text;
    await Bun.sleep(10);
  }
  throw new Error('the program never wrote it');
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}

describe('a person at the bench', () => {
  test('is told what to do, and the device is told the rest', async () => {
    const { it, asked, applied } = bench('sight = "person"\nsound = "person"\n');
    await it.apply(step.comes({ who: 'ana', distanceM: 1.2, lateralM: -0.3 }));
    await it.apply(step.moves({ who: 'ana', yawDeg: 40 }));
    await it.apply(step.speaks({ who: 'ana', forMs: 3_000 }));
    await it.apply(step.light({ levelLight: 0.17 }));
    await it.apply(step.leaves({ who: 'ana', to: 'right' }));
    await it.apply(step.breaks({ fault: 'camera-frozen' }));
    expect(asked).toEqual([
      'ana: come to 1.2 m before the camera, 0.3 m to its left, looking at it',
      'ana: move as you are, turned 40 degrees to the right',
      'ana: speak for 3 s from now on',
      'set the light to 17 % of a well lit room',
      'ana: go out of the picture, to the right',
    ]);
    expect(applied).toEqual([step.breaks({ fault: 'camera-frozen' })]);
  });
});

describe('a monitor', () => {
  const monitor = `sight = "monitor"\nshow = ${program}\npictures = "."\n`;

  test('shows the picture of who comes until they leave', async () => {
    const { it, applied } = bench(monitor);
    await it.apply(step.comes({ who: 'ana' }));
    expect(await logged(1)).toEqual([join(folder, 'ana.jpg')]);
    await it.apply(step.leaves({ who: 'ana' }));
    expect(await logged(2)).toEqual([join(folder, 'ana.jpg'), 'ended']);
    await it.apply(step.speaks({ who: 'ana', forMs: 10 }));
    expect(applied.map(({ do: verb }) => verb)).toEqual(['speaks']);
  });

  test('is dark when the bench is closed', async () => {
    const { it } = bench(monitor);
    await it.apply(step.comes({ who: 'x', picture: 'bea' }));
    await logged(1);
    await it.close();
    expect(await logged(2)).toEqual([join(folder, 'bea.png'), 'ended']);
  });

  test('cannot show two people, nor let one walk; a missing picture is the rig’s fault', async () => {
    const { it } = bench(monitor);
    expect(await rejection(it.apply(step.comes({ who: 'eve' })))).toBeInstanceOf(RigError);
    await it.apply(step.comes({ who: 'ana' }));
    expect(await rejection(it.apply(step.comes({ who: 'bea' })))).toBeInstanceOf(ScriptError);
    expect(await rejection(it.apply(step.moves({ who: 'ana', yawDeg: 30 })))).toBeInstanceOf(ScriptError);
    expect(await rejection(it.apply(step.leaves({ who: 'bea' })))).toBeInstanceOf(ScriptError);
  });

  test('without a program to show pictures is a rig that is told to be wrong', () => {
    expect(() => bench('sight = "monitor"\n')).toThrow(
      /rig\.toml:3:1: stimulus\.sight: a monitor needs show/,
    );
  });

  test('whose program is not there breaks the rig', async () => {
    const { it } = bench('sight = "monitor"\nshow = ["/nonexistent/viewer"]\npictures = "."\n');
    expect(await rejection(it.apply(step.comes({ who: 'ana' })))).toBeInstanceOf(RigError);
  });
});

test('a loudspeaker plays a recording for its time', async () => {
  const { it } = bench(`sound = "loudspeaker"\nplay = ${program}\nclips = "."\n`);
  await it.apply(step.speaks({ who: 'ana', forMs: 50 }));
  expect(await logged(2)).toEqual([join(folder, 'ana.wav'), 'ended']);
  expect(await rejection(it.apply(step.noise({ forMs: 50, levelDbfs: -30 })))).toBeInstanceOf(ScriptError);
});
