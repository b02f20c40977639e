import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { replay } from '../../../src/runtime/replay/replay.ts';
import { whatIf } from '../../../src/runtime/replay/what-if.ts';
import { WholeTrace } from '../../../src/trace/lines.ts';
import { vigil } from '../../cli/vigil.ts';
import { signal } from './recorded.ts';

const root = resolve(import.meta.dir, '../../..');
const main = join(root, 'src/cli/main.ts');
const demo = join(root, 'demo');
/** Loading the models, importing the people and the first looks, on a loaded machine. */
const runLimitMs = 60_000;

const noFfmpeg = Bun.which('ffmpeg') === null;
const why = noFfmpeg ? ' (skipped: no ffmpeg)' : '';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-replay-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the firmware as a process until its trace has what is waited for, or until it ends by itself; gives the trace's path. */
async function record(
  name: string,
  { camera, microphone = 'none' }: { readonly camera: string; readonly microphone?: string },
  until: readonly RegExp[],
): Promise<string> {
  const trace = join(folder, `${name}.ndjson`);
  const words = ['--camera', camera, '--microphone', microphone, '--dataset', join(demo, 'people')];
  const child = Bun.spawn(
    [process.execPath, main, 'run', ...words, '--state', join(folder, 'state'), '--trace', trace],
    { stdout: 'ignore', stderr: 'ignore', env: { ...process.env, INVOCATION_ID: undefined } },
  );
  const startMs = performance.now();
  while (child.exitCode === null && performance.now() - startMs < runLimitMs) {
    await Bun.sleep(200);
    const text = await Bun.file(trace)
      .text()
      .catch(() => '');
    if (until.every((part) => part.test(text))) break;
  }
  child.kill('SIGTERM');
  expect(await child.exited).toBe(0);
  return trace;
}

describe('a recorded run', () => {
  test(
    'on a folder of pictures, with somebody who speaks, is replayed to the byte; another threshold shows what changes',
    async () => {
      // The stranger who looks like Ana, compared with her.
      const alike = /"decision":"unknown","nearest":\[\{"subjectId":"p_\w+","distance":0\.13/;
      const heard = /"op":"done","actor":"device\/hearing\/[^"]*","logic":"name the voice"/;
      const sources = {
        camera: join(demo, 'visitors'),
        microphone: join(demo, 'voices/strangers/Stranger1.flac'),
      };
      const trace = await record('folder', sources, [/"ACCESS\.GRANTED"/, alike, heard]);
      const { records, divergence } = await replay(new WholeTrace(trace), signal);
      expect(divergence).toBeNull();
      expect(records).toBe(readFileSync(trace, 'utf8').trimEnd().split('\n').length - 1); // without its heading

      const story = await whatIf(new WholeTrace(trace), { threshold: 0.14 }, signal);
      expect(story.faces.first).toMatchObject({
        recorded: { decision: 'unknown', subjectId: null },
        now: { decision: 'known' },
      });

      const replayed = await vigil(['replay', trace]);
      expect(replayed).toMatchObject({ exitCode: 0, stdout: `${records} records, the same to the byte\n` });
      const otherwise = await vigil(['replay', trace, '--with', 'threshold=0.14']);
      expect(otherwise.exitCode).toBe(0);
      expect(otherwise.stdout).toMatch(
        / {2}recorded {2}unknown: p_\w+ is nearest at 0\.13\d, farther than 0\.125/,
      );
      expect(otherwise.stdout).toMatch(/ {2}now {7}known: p_\w+ is nearest at 0\.13\d, within 0\.14/);
    },
    2 * runLimitMs,
  );

  test.skipIf(noFfmpeg)(
    `on a video is replayed to the byte${why}`,
    async () => {
      const video = join(folder, 'door.mp4');
      await makeVideo(video);
      const trace = await record('video', { camera: video }, [/"tags":\["ended"\]/]);
      const { records, divergence } = await replay(new WholeTrace(trace), signal);
      expect(divergence).toBeNull();
      expect(await Bun.file(trace).text()).toContain('"ACCESS.GRANTED"');
      expect(records).toBeGreaterThan(100);
    },
    2 * runLimitMs,
  );
});

/** An empty room for a second, Ana for three, the room again. */
async function makeVideo(path: string): Promise<void> {
  const room = sharp({ create: { width: 480, height: 360, channels: 3, background: '#6a6f73' } });
  await room.clone().png().toFile(join(folder, 'room.png'));
  const face = await sharp(join(demo, 'visitors/ana-another-day.jpg')).resize(345, 345).toBuffer();
  await room
    .clone()
    .composite([{ input: face, left: 60, top: 0 }])
    .png()
    .toFile(join(folder, 'ana.png'));
  const list = join(folder, 'list.txt');
  const shown = ['room', 'ana', 'ana', 'ana', 'room'].map((name) => `file '${name}.png'\nduration 1\n`);
  writeFileSync(list, `${shown.join('')}file 'room.png'\n`);
  const words = [
    '-f',
    'concat',
    '-safe',
    '0',
    '-i',
    list,
    '-t',
    '5',
    '-r',
    '10',
    '-pix_fmt',
    'yuv420p',
    path,
  ];
  const { exitCode, stderr } = Bun.spawnSync([
    'ffmpeg',
    '-hide_banner',
    '-loglevel',
    'error',
    '-y',
    ...words,
  ]);
  if (exitCode !== 0) throw new Error(String(stderr));
}
