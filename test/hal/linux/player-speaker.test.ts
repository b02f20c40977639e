import { afterAll, beforeAll, expect, test } from 'bun:test';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { PlayerSpeaker } from '../../../hal/linux/player-speaker.ts';
import { speakerContract } from '../contract/speaker.ts';
import { realTime } from '../contract/suite.ts';

const never = new AbortController().signal;
const path = process.env.PATH;
let folder: string;
let sound: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-player-'));
  sound = join(folder, 'chime.wav');
  await writeFile(sound, '');
  process.env.PATH = `${folder}:${path}`;
});
afterAll(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true });
});

/** Puts a program called aplay in front of the PATH; `$$` is its own number. */
async function player(script: string): Promise<void> {
  const file = join(folder, 'aplay');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

speakerContract('player', async () => {
  const clock = new SystemClock();
  await player('exec sleep 0.12');
  return {
    time: realTime(clock),
    speaker: new PlayerSpeaker({ player: 'aplay', clock, limitMs: 5_000 }),
    sound,
    soundMs: 120,
    fail: () => player('echo "aplay: main:850: audio open error: Device or resource busy" >&2; exit 1'),
    [Symbol.asyncDispose]: async () => {},
  };
});

test('a player that hangs, whatever it is told, is killed at the limit and says so', async () => {
  await player(`trap '' TERM; echo $$ > ${folder}/pid; while :; do sleep 0.05; done`);
  const speaker = new PlayerSpeaker({ player: 'aplay', clock: new SystemClock(), limitMs: 200 });
  const startMs = performance.now();
  const error = await speaker.play(sound, never).catch((thrown: unknown) => thrown);
  expect(performance.now() - startMs).toBeLessThan(1_500);
  if (!(error instanceof HalError)) throw new Error('it played');
  expect(error.kind).toBe('timeout');
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow();
});

test('what a player says of its failure is told', async () => {
  await player('echo "aplay: main:850: audio open error: Device or resource busy" >&2; exit 1');
  const speaker = new PlayerSpeaker({ player: 'aplay', clock: new SystemClock(), limitMs: 5_000 });
  const error = await speaker.play(sound, never).catch((thrown: unknown) => thrown);
  if (!(error instanceof HalError)) throw new Error('it played');
  expect(error.kind).toBe('io');
  expect(error.message).toContain('Device or resource busy');
});
