import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { wavBytes } from '../hal/linux/wav-bytes.ts';

const main = join(import.meta.dir, '../../src/cli/main.ts');
let folder: string;
let picture: string;
let sound: string;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-setup-'));
  picture = join(folder, 'view.png');
  sound = join(folder, 'tone.wav');
  config = join(folder, 'vigil.toml');
  await sharp({ create: { width: 640, height: 480, channels: 3, background: '#808080' } }).toFile(picture);
  const tone = Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i / 5) / 2);
  await writeFile(sound, wavBytes([tone]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `vigil setup` with these lines on its standard input, which stays open where `open` is set. */
function setUp(args: readonly string[], lines: readonly string[], open = false) {
  const all = ['setup', '--config', config, '--state', join(folder, 'state'), ...args];
  const child = Bun.spawn([process.execPath, '--no-install', main, ...all], {
    ...{ stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', cwd: folder },
    env: { ...process.env, VIGIL_DEBUG: '' },
  });
  child.stdin.write(lines.map((line) => `${line}\n`).join(''));
  child.stdin.flush();
  if (!open) child.stdin.end();
  const asked = Promise.withResolvers<void>();
  let stderr = '';
  const hear = async () => {
    for await (const bytes of child.stderr) {
      stderr += Buffer.from(bytes).toString();
      if (stderr.includes('Write this to')) asked.resolve();
    }
  };
  const ended = Promise.all([new Response(child.stdout).text(), child.exited, hear()]).then(
    ([stdout, exitCode]) => ({ stdout, stderr, exitCode }),
  );
  return { child, ended, /** The last question. */ asked: asked.promise };
}

test('answers from a pipe set the device up, the file keeps its comments, and a user may sign in', async () => {
  await writeFile(config, '# The front door.\n[camera]\nfps = 5\n[microphone]\nsource = "none"\n');
  const answers = [picture, sound, 'doorbell', 'Europe/Berlin', 'y', 'ines', 'correct horse battery staple'];
  const { stdout, stderr, exitCode } = await setUp([], answers).ended;
  expect(stderr).toContain('640x480');
  expect(stderr).toContain('16000 Hz, 1 channel, -9 dBFS');
  expect(stderr).toContain('ines may sign in on the page');
  expect(stdout).toContain('self-test: 0 in the way');
  expect(exitCode).toBe(0);
  expect(await readFile(config, 'utf8')).toBe(
    [
      ...['# The front door.', '[camera]', `source = "${picture}"`, 'fps = 5'],
      ...['[microphone]', `source = "${sound}"`, ''],
      ...['[access]', 'preset = "doorbell"', '', '[device]', 'time_zone = "Europe/Berlin"', ''],
    ].join('\n'),
  );
  expect((await readdir(folder)).filter((name) => name.includes('toml'))).toEqual(['vigil.toml']);
});

test('once more, asking nothing, it changes nothing', async () => {
  const before = await readFile(config, 'utf8');
  const { stdout, exitCode } = await setUp(['--yes', '--json'], []).ended;
  const [set, ...findings] = stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect([set, exitCode]).toEqual([{ file: config, set: {} }, 0]);
  expect(findings.length).toBeGreaterThan(10);
  expect(await readFile(config, 'utf8')).toBe(before);
});

test('answers that end too early, an option that is wrong, and an interrupt leave the file as it was', async () => {
  const before = await readFile(config, 'utf8');
  const early = await setUp(['--time-zone', 'UTC'], [picture, 'none']).ended;
  expect([early.exitCode, early.stderr.includes('the answers ended before the questions')]).toEqual([
    2,
    true,
  ]);
  const wrong = await setUp(['--yes', '--preset', 'castle'], []).ended;
  expect([wrong.exitCode, wrong.stderr.includes('access.preset')]).toEqual([2, true]);
  const { child, ended, asked } = setUp(['--time-zone', 'UTC'], [picture, 'none', 'doorbell'], true);
  await asked;
  child.kill('SIGINT');
  expect((await ended).exitCode).toBe(130);
  expect(await readFile(config, 'utf8')).toBe(before);
});
