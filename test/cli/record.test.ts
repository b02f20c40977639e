import { afterAll, afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { command } from '../../src/cli/record.ts';
import type { Recorded } from '../../src/runtime/recording.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { vigilPeople } from './people-run.ts';
import { playedMicrophone } from './played-microphone.ts';
import { objects, type Ran, runCommand } from './run-command.ts';
import { clip } from './voices-run.ts';

setDefaultTimeout(30_000);
afterEach(removeTemporary);
const realPath = process.env.PATH;
afterAll(() => {
  process.env.PATH = realPath;
});

const pictures = resolve(import.meta.dir, '../../demo/people');
const { signal } = new AbortController();

const record = (output: string, ...words: string[]) =>
  runCommand(command, [
    ...['--output', output, '--consent', '--json', '--state', temporaryFolder()],
    ...words,
  ]);

function recorded(ran: Ran): Recorded {
  return objects<Recorded>(ran)[0]!;
}

test('pictures and sound are recorded side by side, and a file says when each began', async () => {
  const output = join(temporaryFolder(), 'sessions/door');
  const ran = await record(
    output,
    '--seconds',
    '1.5',
    '--camera',
    pictures,
    '--microphone',
    clip('train/Ana1'),
  );
  expect(ran.exitCode).toBe(0);
  const { folder, camera, microphone, missing } = recorded(ran);
  expect(missing).toEqual([]);
  expect(JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8'))).toEqual(recorded(ran));

  const files = readdirSync(join(folder, 'pictures')).sort();
  expect(files.length).toBeWithin(2, 5);
  expect(camera).toMatchObject({ name: pictures, pictures: files.length });
  const times = files.map((file) => Number(file.replace('.jpg', '')));
  expect(times[1]! - times[0]!).toBeWithin(400, 1_100);
  const { width, height } = await sharp(join(folder, 'pictures', files[0]!)).metadata();
  expect([width, height]).toEqual([640, 480]);

  const { sound, warnings } = await readSoundFile(join(folder, 'sound.wav'), signal);
  expect(warnings).toEqual([]);
  expect(sound.samples.length / 16_000).toBeCloseTo(microphone!.durationS, 3);
  expect(microphone!.durationS).toBeWithin(1, 1.6);
  expect(microphone!.speechS).toBeGreaterThan(0.5);
  const original = (await readSoundFile(clip('train/Ana1'), signal)).sound.samples;
  expect(sound.samples).toEqual(original.slice(0, sound.samples.length));
});

test('a recording is deleted with whoever was said to be in it; one of which nobody said who is in it is named', async () => {
  const [output, state] = [temporaryFolder(), temporaryFolder()];
  const short = [
    '--seconds',
    '0.3',
    '--camera',
    'none',
    '--microphone',
    clip('train/Bea1'),
    '--state',
    state,
  ];
  const tagged = recorded(await record(output, ...short, '--person', 'Bea', '--person', 'Ana')).folder;
  const untagged = recorded(await record(output, ...short)).folder;
  const places = ['--dataset', output, '--audios', state, '--trained', state, '--state', state];
  const { out, err } = await vigilPeople('forget', 'Bea', '--yes', '--json', ...places);
  expect(JSON.parse(out)).toMatchObject({ recordingsDeleted: 1, recordingsUntagged: 1 });
  expect(err).toContain(`nobody said who is in the recording ${untagged}`);
  expect([existsSync(tagged), existsSync(untagged)]).toEqual([false, true]);
});

test('a second recording in the same second stands beside the first', async () => {
  const output = temporaryFolder();
  const short = ['--seconds', '0.3', '--camera', 'none', '--microphone', clip('train/Bea1')] as const;
  const both = [recorded(await record(output, ...short)), recorded(await record(output, ...short))];
  expect(new Set(both.map(({ folder }) => folder)).size).toBe(2);
  for (const { folder } of both) expect(existsSync(join(folder, 'sound.wav'))).toBe(true);
});

test('told to stop, it leaves what was recorded whole', async () => {
  const output = temporaryFolder();
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('interrupted')), 700);
  const ran = await runCommand(
    command,
    [
      ...['--output', output, '--consent', '--json', '--seconds', '60', '--state', temporaryFolder()],
      ...['--camera', pictures, '--microphone', clip('train/Ana1')],
    ],
    stop.signal,
  );
  expect(ran.exitCode).toBe(0);
  const { folder, microphone, camera } = recorded(ran);
  expect(camera?.pictures).toBeGreaterThan(0);
  const { sound, warnings } = await readSoundFile(join(folder, 'sound.wav'), signal);
  expect([sound.samples.length / 16_000, warnings]).toEqual([microphone!.durationS, []]);
});

test('what is not there is said, and the rest recorded; what is named must be there', async () => {
  const output = temporaryFolder();
  const alone = await record(output, '--seconds', '0.3', '--microphone', clip('train/Ana1'));
  // On a machine with a camera there is nothing to say.
  if (recorded(alone).camera === null) {
    expect(alone.err).toContain('no camera is plugged in');
    expect(recorded(alone).missing).toHaveLength(1);
  }
  expect(alone.exitCode).toBe(0);
  const named = await record(
    output,
    ...['--seconds', '1', '--camera', '/dev/video97', '--microphone', clip('train/Ana1')],
  );
  expect(named).toMatchObject({ exitCode: 3, out: '' });
  const none = await record(output, '--seconds', '1', '--camera', 'none', '--microphone', 'none');
  expect(none).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('neither a camera nor a microphone'),
  });
});

test('a microphone that is unplugged on the way: what it heard stays, and the pictures go on', async () => {
  const folder = temporaryFolder();
  process.env.PATH = `${folder}:${realPath}`;
  await playedMicrophone(folder, {
    clips: [],
    afterwards: [
      'dd if=/dev/urandom bs=9600 count=1 2>/dev/null; sleep 0.2',
      'echo "arecord: pcm_read:2221: read error: No such device" >&2; exit 1',
    ].join('\n'),
  });
  const ran = await record(
    join(folder, 'out'),
    ...['--seconds', '1.5', '--camera', pictures, '--microphone', 'hw:CARD=C920,DEV=0'],
  );
  expect(ran.exitCode).toBe(0);
  const { microphone, camera, missing } = recorded(ran);
  expect(missing).toEqual([expect.stringMatching(/after 0\.\d s of sound: .*the microphone was unplugged/)]);
  expect(microphone?.durationS).toBeCloseTo(0.3, 1);
  expect(camera?.pictures).toBeGreaterThan(1);
});

test('it asks for consent, a length and a place, and says why there is no place', async () => {
  const output = temporaryFolder();
  const ask = (...words: string[]) => runCommand(command, [...words, '--state', temporaryFolder()]);
  expect(await ask('--output', output)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('--seconds'),
  });
  expect(await ask('--seconds', '3')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('--output'),
  });
  expect(await ask('--seconds', '-3', '--output', output)).toMatchObject({ exitCode: 2 });
  const unasked = await ask('--seconds', '3', '--output', output);
  expect(unasked).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('give --consent when everybody'),
  });
  writeFileSync(join(output, 'file'), 'x');
  const microphone = ['--seconds', '1', '--camera', 'none', '--microphone', clip('train/Ana1')] as const;
  const nowhere = await record(join(output, 'file/below'), ...microphone);
  expect(nowhere).toMatchObject({ exitCode: 2, err: expect.stringContaining('no folder can be made there') });
  mkdirSync(join(output, 'there'));
  expect(readdirSync(join(output, 'there'))).toEqual([]);
});
