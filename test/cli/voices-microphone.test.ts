import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { playedMicrophone } from './played-microphone.ts';
import { type AnswerObject, clip, objects, vigilVoices, vigilVoicesUntil } from './voices-run.ts';

setDefaultTimeout(60_000);
const realPath = process.env.PATH;
/** A state in which Ana is enrolled, to be copied. */
let enrolled: string;
let folder: string;
let state: string;
beforeAll(async () => {
  enrolled = mkdtempSync(join(tmpdir(), 'vigil-voices-'));
  const clips = ['1', '2', '3'].flatMap((number) => ['--input', clip(`train/Ana${number}`)]);
  await vigilVoices('enrol', 'Ana', '--consent', '--state', enrolled, ...clips);
});
beforeEach(() => {
  folder = temporaryFolder();
  state = temporaryFolder();
  mkdirSync(join(state, 'audios/train'), { recursive: true });
  process.env.PATH = `${folder}:${realPath}`;
});
afterEach(removeTemporary);
afterAll(() => {
  rmSync(enrolled, { recursive: true, force: true });
  process.env.PATH = realPath;
});

const device = 'hw:CARD=C920,DEV=0';
const people = () => ['--state', state, '--audios', join(state, 'audios')] as const;
const enrolAna = () => cpSync(enrolled, state, { recursive: true });

test('listen names who speaks into the microphone, until it is told to stop', async () => {
  enrolAna();
  const played = join(folder, 'played');
  await playedMicrophone(folder, {
    clips: [clip('validation/Ana2'), clip('strangers/Stranger2')],
    afterwards: `touch ${played}; exec sleep 60`,
  });
  const stop = new AbortController();
  const ran = vigilVoicesUntil(
    stop.signal,
    ...['listen', '--input', device, ...people(), '--json', '--expect', 'Ana'],
  );
  while (!existsSync(played)) await Bun.sleep(100);
  await Bun.sleep(1_000); // the last words are being named
  stop.abort(new Error('interrupted'));
  const { exitCode, err, out } = await ran;
  const answers = objects<AnswerObject>({ exitCode, err, out });
  const [first] = answers;
  expect(first).toMatchObject({ input: device, decision: 'known', name: 'Ana', final: false });
  const final = answers.filter((answer) => answer.final === true);
  expect(final.map(({ decision, name }) => [decision, name])).toEqual([
    ['known', 'Ana'],
    ['unknown', null],
  ]);
  // The second answers for the second speaker alone.
  expect(final[1]!.startS).toBeGreaterThan(final[0]!.endS - 1.5);
  expect(err).toContain(`listening to ${device}: 16000 Hz, 1 channel`);
  expect(exitCode).toBe(0);
});

test('identify and embed take what is said next, and end with it', async () => {
  enrolAna();
  await playedMicrophone(folder, { clips: [clip('validation/Ana1')] });
  const identified = await vigilVoices('identify', '--input', device, ...people(), '--json');
  expect(identified.exitCode).toBe(0);
  const answers = objects<AnswerObject>(identified);
  expect(answers).toHaveLength(1);
  expect(answers[0]).toMatchObject({ input: device, decision: 'known', name: 'Ana' });
  const embedded = await vigilVoices('embed', '--input', device, '--state', state, '--json');
  expect(objects<{ voicedS: number; decision: string }>(embedded)[0]).toMatchObject({ decision: 'usable' });
});

test('where nobody speaks until the time is over, that is said', async () => {
  const silent = ['dd if=/dev/urandom bs=3200 count=1 2>/dev/null', 'exec sleep 60'].join('\n');
  await playedMicrophone(folder, { clips: [], afterwards: silent });
  const ran = await vigilVoices('embed', '--input', device, '--state', state, '--seconds', '0.5');
  expect(ran).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('Nobody spoke.') });
});

test('a microphone that is unplugged while it is listened to: a message and exit code 3', async () => {
  enrolAna();
  await playedMicrophone(folder, {
    clips: [clip('validation/Ana1')],
    afterwards: 'echo "arecord: pcm_read:2221: read error: No such device" >&2; exit 1',
  });
  const ran = await vigilVoices('listen', '--input', device, ...people(), '--json');
  expect(ran).toMatchObject({ exitCode: 3, err: expect.stringContaining('the microphone was unplugged') });
  // What was heard before is not lost.
  expect(objects<AnswerObject>(ran)[0]).toMatchObject({ decision: 'known', name: 'Ana' });
});

test('a microphone that is busy or not there, and no arecord: exit code 3, and what to do', async () => {
  const embed = (input: string) => vigilVoices('embed', '--input', input, '--state', state);
  await playedMicrophone(folder, {
    clips: [],
    afterwards: 'echo "arecord: main:831: audio open error: Device or resource busy" >&2; exit 1',
  });
  expect(await embed(device)).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('another program records from it'),
  });
  process.env.PATH = folder.concat('-nothing');
  const missing = await embed(device);
  process.env.PATH = realPath;
  expect(missing).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('sudo apt-get install alsa-utils'),
  });
  expect(await embed('none')).toMatchObject({ exitCode: 2, err: expect.stringContaining('no microphone') });
});

test('enrol asks to read aloud, refuses what is not usable, and stores the rest with its origin', async () => {
  await playedMicrophone(folder, {
    clips: [clip('train/Ana1'), clip('train/Ana2'), clip('train/Ana3')],
  });
  const ran = await vigilVoices('enrol', 'Ana', '--consent', '--input', device, '--state', state);
  expect(ran.exitCode).toBe(0);
  expect(ran.out).toContain('Enrolled Ana: 3 recordings');
  expect(ran.err).toContain('Please read this aloud, in your usual voice');
  expect(ran.err).toContain('Please read this aloud, louder');
  expect(ran.err).toMatch(/33 %: 1\d\.\d s more of speech/);
  expect(ran.err).toContain('100 %: this is enough');
  const store = openStore(state);
  const samples = store.samples(store.find('Ana')!.subjectId);
  expect(samples.map(({ kind, provenance }) => [kind, provenance.source])).toEqual([
    ['voice', 'microphone'],
    ['voice', 'microphone'],
    ['voice', 'microphone'],
  ]);
});

test('enrol stores nothing when it is interrupted, and nothing of silence', async () => {
  await playedMicrophone(folder, { clips: [clip('train/Ana1')] });
  const stop = new AbortController();
  const ran = vigilVoicesUntil(
    stop.signal,
    ...['enrol', 'Ana', '--consent', '--input', device, '--state', state],
  );
  setTimeout(() => stop.abort(new Error('interrupted')), 3_000);
  await ran;
  expect(openStore(state).people()).toEqual([]);
  await playedMicrophone(folder, {
    clips: [],
    afterwards: 'dd if=/dev/zero bs=3200 count=1 2>/dev/null; exec sleep 60',
  });
  const silent = await vigilVoices(
    'enrol',
    ...['Ana', '--consent', '--input', device, '--state', state, '--seconds', '1'],
  );
  expect(silent).toMatchObject({ exitCode: 1, err: expect.stringContaining('no usable speech within 1 s') });
  expect(openStore(state).people()).toEqual([]);
});
