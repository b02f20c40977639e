import { afterEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { wavBytes } from '../hal/linux/wav-bytes.ts';

const root = resolve(import.meta.dir, '../..');
/** Loading the models, the first looks and three votes, on a loaded machine. */
const litLimitMs = 20_000;
/** The keeper bears this much silence, and then some for its own process to be scheduled. */
const silenceMs = 1_500;
const slackMs = 1_000;

const never = new AbortController().signal;
const folders: string[] = [];
const children: Bun.Subprocess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What it looks at and listens to, and who is known. */
const seeing = [
  ...['--camera', join(root, 'demo/visitors/ana-another-day.jpg')],
  ...['--dataset', join(root, 'demo/people'), '--microphone', 'none'],
];

/** The firmware as a process of its own, with a file in the place of the lamp. */
function startFirmware(options: { holdMs: number; senses?: readonly string[] }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-live-'));
  folders.push(folder);
  const line = join(folder, 'green');
  const config = join(folder, 'vigil.toml');
  writeFileSync(
    config,
    [
      '[output.green]',
      `file = ${JSON.stringify(line)}`,
      `hold_ms = ${options.holdMs}`,
      `max_on_ms = ${options.holdMs}`,
    ].join('\n'),
  );
  const child = Bun.spawn(
    [
      ...[process.execPath, join(root, 'src/cli/main.ts'), 'run', '--config', config],
      ...(options.senses ?? seeing),
      ...['--state', join(folder, 'state')],
    ],
    { stdout: 'ignore', stderr: 'pipe', env: { ...process.env, INVOCATION_ID: undefined } },
  );
  children.push(child);
  return { child, folder, isOn: () => readLevel(line), edges: () => readEdges(`${line}.edges`) };
}

function readLevel(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').startsWith('1');
  } catch {
    return false;
  }
}

function readEdges(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean, limitMs: number, what: string): Promise<number> {
  const startMs = performance.now();
  while (!condition()) {
    if (performance.now() - startMs > limitMs) throw new Error(`${what} did not happen within ${limitMs} ms`);
    await Bun.sleep(10);
  }
  return performance.now() - startMs;
}

/** Twelve seconds of a quiet room, in which the recordings of the people are imported, and then Ana's voice. */
async function anaAfterAWhile(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-voice-'));
  folders.push(folder);
  const { sound } = await readSoundFile(join(root, 'demo/voices/validation/Ana2.flac'), never);
  const quiet = Float32Array.from({ length: 12 * sound.sampleRateHz }, (_, i) => ((i * 7_919) % 13) / 20_000);
  const path = join(folder, 'ana.wav');
  writeFileSync(path, wavBytes([[...quiet, ...sound.samples]], { sampleRateHz: sound.sampleRateHz }));
  return path;
}

test('it lights the lamp for a voice that it knows from recordings, with nobody in sight', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-empty-'));
  folders.push(folder);
  const wall = join(folder, 'wall.png');
  await sharp({ create: { width: 640, height: 480, channels: 3, background: '#88807a' } })
    .png()
    .toFile(wall);
  const { child, isOn } = startFirmware({
    holdMs: 20_000,
    senses: [
      ...['--camera', wall, '--dataset', folder],
      ...['--microphone', await anaAfterAWhile(), '--audios', join(root, 'demo/voices')],
    ],
  });
  await until(isOn, 60_000, 'the lamp');
  child.kill('SIGTERM');
  await until(() => !isOn(), 1_000, 'the dark');
  expect(await child.exited).toBe(0);
}, 80_000);

describe('the firmware as a process, with a line that a keeper process holds', () => {
  test('lights the lamp for a known person, and SIGTERM puts it out and ends in order', async () => {
    const { child, isOn } = startFirmware({ holdMs: 20_000 });
    await until(isOn, litLimitMs, 'the lamp');
    child.kill('SIGTERM');
    await until(() => !isOn(), 1_000, 'the dark');
    expect(await child.exited).toBe(0);
  }, 40_000);

  test('killed with -9 while the lamp is lit: the keeper puts it out', async () => {
    const { child, isOn } = startFirmware({ holdMs: 20_000 });
    await until(isOn, litLimitMs, 'the lamp');
    child.kill('SIGKILL');
    expect(await until(() => !isOn(), silenceMs + slackMs, 'the dark')).toBeLessThan(silenceMs + slackMs);
  }, 40_000);

  test('stopped while the lamp is lit: the keeper puts it out, and it goes on when it is continued', async () => {
    const { child, isOn, edges } = startFirmware({ holdMs: 20_000 });
    await until(isOn, litLimitMs, 'the lamp');
    child.kill('SIGSTOP');
    await until(() => !isOn(), silenceMs + slackMs, 'the dark');
    child.kill('SIGCONT');
    await Bun.sleep(500);
    expect(child.exitCode).toBeNull();
    expect(isOn()).toBe(false);
    expect(edges()).toContain('1');
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  }, 40_000);

  test('interrupted twice: it ends at once, and the keeper puts the lamp out', async () => {
    const { child, isOn } = startFirmware({ holdMs: 20_000 });
    await until(isOn, litLimitMs, 'the lamp');
    child.kill('SIGINT');
    child.kill('SIGINT');
    await until(() => !isOn(), silenceMs + slackMs, 'the dark');
    await child.exited;
  }, 40_000);
});
