import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { wavBytes } from '../hal/linux/wav-bytes.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { type AnswerObject, audios, clip, objects, vigilVoices } from './voices-run.ts';

setDefaultTimeout(60_000);
afterEach(removeTemporary);

/** Ana, Bea and Cleo are enrolled in it: enrolling takes longest. */
let state: string;
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'vigil-voices-'));
  const words = ['--input', clip('validation/Ana1'), '--audios', audios, '--state', state];
  await vigilVoices('identify', ...words);
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

const validation = join(audios, 'validation');
const strangers = join(audios, 'strangers');
/** An audios folder with nobody in it. */
function emptyAudios(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'train'));
  return folder;
}

function sine(seconds: number, sampleRateHz: number, level = 0.3): Float32Array {
  return Float32Array.from({ length: seconds * sampleRateHz }, (_, i) => {
    return level * Math.sin((2 * Math.PI * 220 * i) / sampleRateHz);
  });
}

test('identify names who is enrolled and calls the others unknown, one object a recording', async () => {
  const ran = await vigilVoices(
    'identify',
    ...['--input', validation, '--input', strangers, '--audios', audios, '--state', state, '--json'],
  );
  expect(ran.exitCode).toBe(0);
  const answers = objects<AnswerObject>(ran);
  const named = answers.map(({ input, name, decision }) => [basename(input, '.flac'), decision, name]);
  expect(named).toEqual([
    ['Ana1', 'known', 'Ana'],
    ['Ana2', 'known', 'Ana'],
    ['Bea1', 'known', 'Bea'],
    ['Bea2', 'known', 'Bea'],
    ['Cleo1', 'known', 'Cleo'],
    ['Cleo2', 'known', 'Cleo'],
    ['Stranger-like-Ana1', 'unknown', null],
    ['Stranger-like-Ana2', 'unknown', null],
    ['Stranger1', 'unknown', null],
    ['Stranger2', 'unknown', null],
  ]);
  expect(Object.keys(answers[0]!).slice(0, 11)).toEqual([
    ...['input', 'startS', 'endS', 'voicedS', 'decision', 'name', 'score', 'secondName', 'secondScore'],
    ...['reason', 'mode'],
  ]);
  expect(answers[0]).toMatchObject({ startS: 0, secondName: 'Cleo', mode: 'voice-activity' });
  expect(answers[0]?.endS).toBeCloseTo(8.703, 3);
  expect(answers[0]?.voicedS).toBeWithin(7, 8.7);
  expect(answers[0]?.score).toBeWithin(0.94, 0.98);
  expect(answers[0]?.reason).toMatch(/^Ana is nearest at 0\.9\d\d, over 0\.860 for 8\.\d\d s of speech/);
  expect(answers[8]?.score).toBeLessThan(0.7);
  expect(ran.err).toContain('4 unknown, 2 Ana, 2 Bea, 2 Cleo');

  const wrong = await vigilVoices('identify', '--input', strangers, '--audios', strangers, '--state', state);
  expect(wrong).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('strangers/train: recordings of'),
  });
});

test('--every adds the pieces of a recording, and what is too short in them names nobody', async () => {
  const ran = await vigilVoices(
    'identify',
    ...['--input', clip('validation/Ana1'), '--audios', audios, '--state', state, '--every', '4', '--json'],
  );
  const [whole, ...pieces] = objects<AnswerObject>(ran);
  expect(whole).toMatchObject({ decision: 'known', name: 'Ana' });
  expect(whole).not.toHaveProperty('piece');
  expect(pieces.map(({ piece, startS, endS }) => [piece, startS, endS])).toEqual([
    [0, 0, 4],
    [1, 4, 8],
    [2, 8, 8.703],
  ]);
  expect(pieces.map(({ name }) => name)).toEqual(['Ana', 'Ana', null]);
  expect(pieces[2]?.decision).toBe('too-short');
  const wrong = await vigilVoices('identify', '--input', clip('validation/Ana1'), '--every', '0.2');
  expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('--every must be at least 1')]);
});

test('--expect decides the exit code: a name in every recording, or nobody known', async () => {
  const identify = (input: string, expected: string) =>
    vigilVoices(
      'identify',
      ...['--input', input, '--audios', audios, '--state', state, '--expect', expected],
    );
  const ana = temporaryFolder();
  copyFileSync(clip('validation/Ana1'), join(ana, 'a.flac'));
  copyFileSync(clip('validation/Ana2'), join(ana, 'b.flac'));
  expect((await identify(ana, 'ana')).exitCode).toBe(0);
  expect((await identify(strangers, 'unknown')).exitCode).toBe(0);
  expect((await identify(ana, 'unknown')).exitCode).toBe(1);
  const all = await identify(validation, 'Ana');
  expect([all.exitCode, all.err]).toEqual([
    1,
    expect.stringContaining('Expected in 6 recordings, and found in 2.'),
  ]);
  const misspelt = await identify(ana, 'Anna');
  expect([misspelt.exitCode, misspelt.err]).toEqual([1, expect.stringContaining("did you mean 'Ana'?")]);
  // What cannot be read meets nothing.
  writeFileSync(join(ana, 'broken.wav'), 'x');
  expect((await identify(ana, 'Ana')).exitCode).toBe(1);
});

test('with nobody enrolled everybody is unknown, and how to begin is said', async () => {
  const ran = await vigilVoices(
    'identify',
    ...[
      '--input',
      clip('validation/Ana1'),
      '--state',
      temporaryFolder(),
      '--json',
      '--audios',
      emptyAudios(),
    ],
  );
  expect(ran.exitCode).toBe(0);
  expect(objects<AnswerObject>(ran)[0]).toMatchObject({ decision: 'unknown', name: null, score: null });
  expect(ran.err).toContain('vigil voices enrol NAME');
});

test('listen tells of a voice as soon as there is enough speech, and again when it is over', async () => {
  const ran = await vigilVoices(
    'listen',
    ...['--input', clip('validation/Cleo1'), '--input', clip('strangers/Stranger1')],
    ...['--audios', audios, '--state', state, '--json'],
  );
  expect(ran.exitCode).toBe(0);
  const answers = objects<AnswerObject>(ran);
  const cleo = answers.filter(({ input }) => input.endsWith('Cleo1.flac'));
  expect(cleo[0]).toMatchObject({ decision: 'known', name: 'Cleo', final: false, startS: 0 });
  expect(cleo[0]?.endS).toBeWithin(3, 4);
  expect(cleo.at(-1)).toMatchObject({ decision: 'known', name: 'Cleo', final: true });
  expect(cleo.at(-1)?.endS).toBeCloseTo(8.55, 1);
  // Never more than is compared at once.
  expect(Math.max(...answers.map(({ voicedS }) => voicedS))).toBeLessThanOrEqual(7);
  const stranger = answers.filter(({ input }) => input.endsWith('Stranger1.flac'));
  expect(stranger.length).toBeGreaterThan(1);
  expect(new Set(stranger.map(({ decision }) => decision))).toEqual(new Set(['unknown']));
  expect(ran.err).toContain('heard: 1 Cleo, 1 unknown');
});

test('listen --expect is met by one name and nobody else, or by somebody unknown', async () => {
  const listen = (expected: string, ...clips: string[]) =>
    vigilVoices(
      'listen',
      ...clips.flatMap((name) => ['--input', clip(name)]),
      ...['--audios', audios, '--state', state, '--expect', expected],
    );
  expect((await listen('Bea', 'validation/Bea1')).exitCode).toBe(0);
  expect((await listen('Bea', 'validation/Bea1', 'validation/Ana1')).exitCode).toBe(1);
  expect((await listen('unknown', 'strangers/Stranger1')).exitCode).toBe(0);
});

test('embed gives unit vectors with the id of their pipeline, and says what cannot be compared', async () => {
  const folder = temporaryFolder();
  copyFileSync(clip('validation/Ana1'), join(folder, 'ana.flac'));
  writeFileSync(join(folder, 'silence.wav'), wavBytes([new Float32Array(32_000)]));
  const ran = await vigilVoices('embed', '--input', folder, '--state', temporaryFolder(), '--json');
  expect(ran.exitCode).toBe(0);
  const [ana, silence] = objects<{
    input: string;
    voicedS: number;
    embedding: number[];
    model: string;
    decision: string;
  }>(ran);
  expect(ana).toMatchObject({ decision: 'usable', input: join(folder, 'ana.flac') });
  expect(ana?.embedding).toHaveLength(256);
  expect(Math.hypot(...ana!.embedding)).toBeCloseTo(1, 5);
  expect(ana?.model).toMatch(/^[0-9a-f]{16}-r16k-webrtc3/);
  expect(silence).toMatchObject({ decision: 'no-speech', voicedS: 0, embedding: [] });
});

test('features gives the 193 numbers in their five parts', async () => {
  const ran = await vigilVoices('features', '--input', clip('validation/Ana1'), '--json');
  expect(ran.exitCode).toBe(0);
  const [given] = objects<{ input: string; durationS: number; features: Record<string, number[]> }>(ran);
  expect(given?.durationS).toBeCloseTo(8.703, 3);
  expect(Object.entries(given!.features).map(([name, values]) => [name, values.length])).toEqual([
    ['mfcc', 40],
    ['chroma', 12],
    ['mel', 128],
    ['contrast', 7],
    ['tonnetz', 6],
  ]);
  expect(given?.features.mfcc?.[0]).toBeWithin(-600, -100);
});

test('sound that is odd gets a decision, sound that is broken a message, and nobody is named', async () => {
  const folder = temporaryFolder();
  const write = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, `${name}.wav`), bytes);
  const whole = wavBytes([sine(4, 16_000)]);
  write('empty', new Uint8Array(0));
  write('truncated', whole.subarray(0, 20_000));
  write('header-only', whole.subarray(0, 44));
  write('half-header', whole.subarray(0, 30));
  write('wrong-size-field', wavBytes([sine(4, 16_000)], { saidBytes: 0x7fff_fff0 }));
  write('one-sample', wavBytes([[0.5]]));
  const bad = sine(1, 16_000);
  bad[5_000] = Number.NaN;
  write('nan', wavBytes([bad], { bits: 32, float: true }));
  write('0-hz', wavBytes([sine(1, 16_000)], { sampleRateHz: 0 }));
  write('1-hz', wavBytes([[0.1, 0.2]], { sampleRateHz: 1 }));
  write('384-khz', wavBytes([sine(2, 384_000)], { sampleRateHz: 384_000 }));
  write('32-channels', wavBytes(Array.from({ length: 32 }, () => sine(2, 16_000))));
  write('dc', wavBytes([new Float32Array(64_000).fill(0.5)]));
  write('square', wavBytes([sine(4, 16_000).map((x) => Math.sign(x))]));
  write('loud-float', wavBytes([sine(4, 16_000, 1e30)], { bits: 32, float: true }));
  write('silence', wavBytes([new Float32Array(64_000)]));
  write('chord', wavBytes([sine(4, 16_000).map((x, i) => 0.5 * x + 0.2 * Math.sin(i / 11 + x))]));
  writeFileSync(join(folder, 'text.mp3'), 'this is no sound');

  const words = ['--input', folder, '--audios', audios, '--state', state, '--json'] as const;
  const errors = [
    ['0-hz', 'sample rate is 0 Hz'],
    ['1-hz', 'sample rate of 1 Hz'],
    ['empty', 'is empty (0 bytes)'],
    ['half-header', 'is cut off in its header'],
    ['header-only', 'has no sound in it'],
    ['nan', 'holds samples that are no numbers'],
    ['text', 'is no sound file that can be read'],
  ] as const;
  for (const command of ['identify', 'listen'] as const) {
    const ran = await vigilVoices(command, ...words);
    expect([command, ran.exitCode]).toEqual([command, 0]);
    const answers = objects<AnswerObject>(ran);
    for (const [file, message] of errors) {
      const found = answers.filter(({ input }) => basename(input).startsWith(`${file}.`));
      expect(found).toEqual([expect.objectContaining({ error: expect.stringContaining(message) })]);
    }
    const decided = answers.filter(({ error }) => error === undefined);
    expect(new Set(decided.map(({ input }) => basename(input, '.wav')))).toEqual(
      new Set([
        ...['32-channels', '384-khz', 'chord', 'dc', 'loud-float', 'one-sample', 'silence', 'square'],
        ...['truncated', 'wrong-size-field'],
      ]),
    );
    for (const { name, decision } of decided) {
      expect(name).toBeNull();
      expect(decision).toBeOneOf(['no-speech', 'too-short', 'too-loud', 'unknown']);
    }
    expect(ran.err).toContain('it is cut off: 19956 of 128000 bytes of sound are there');
    expect(ran.err).not.toContain('unexpected');
  }

  for (const command of ['embed', 'features'] as const) {
    const ran = await vigilVoices(command, '--input', folder, '--state', state, '--json');
    expect([command, ran.exitCode, ran.err.includes('unexpected')]).toEqual([command, 0, false]);
  }
});

test('with no recording that can be used the exit code is 2, and what to do is said', async () => {
  const folder = temporaryFolder();
  const run = (input: string) => vigilVoices('embed', '--input', input, '--state', state);
  expect(await run(folder)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('no recording in this folder'),
  });
  expect(await run(join(folder, 'nowhere.wav'))).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('there is no such file or device'),
  });
  writeFileSync(join(folder, 'a.wav'), 'x');
  writeFileSync(join(folder, 'b.wav'), 'y');
  expect(await run(folder)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('None of 2 recordings could be used.'),
  });
  const seconds = await vigilVoices('embed', '--input', folder, '--seconds', '3');
  expect(seconds).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('--seconds is for a microphone'),
  });
  const mode = await vigilVoices('identify', '--input', folder, '--mode', 'loud');
  expect(mode).toMatchObject({ exitCode: 2, err: expect.stringContaining('--mode') });
});

test('a recording of an hour is heard piece by piece, and too long to be taken whole', async () => {
  const file = join(temporaryFolder(), 'hour.wav');
  const second = Buffer.from(wavBytes([new Float32Array(4_000)], { sampleRateHz: 4_000 }).subarray(44));
  const head = wavBytes([[0]], { sampleRateHz: 4_000, saidBytes: 3_600 * second.length }).subarray(0, 44);
  writeFileSync(file, Buffer.concat([head, ...Array.from({ length: 3_600 }, () => second)]));
  const whole = await vigilVoices('embed', '--input', file, '--state', state);
  expect(whole).toMatchObject({ exitCode: 2, err: expect.stringContaining('is longer than 10 minutes') });
  const heard = await vigilVoices('listen', '--input', file, '--audios', audios, '--state', state, '--json');
  expect(heard.exitCode).toBe(0);
  expect(objects<AnswerObject>(heard)).toEqual([
    expect.objectContaining({ decision: 'no-speech', name: null, endS: 3_600 }),
  ]);
  expect(heard.err).toContain('digital silence');
});
