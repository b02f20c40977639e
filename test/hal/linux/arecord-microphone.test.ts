import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PcmChunk } from '../../../hal/contract/microphone.ts';
import { nearestCapture, parseHardwareParameters } from '../../../hal/linux/arecord.ts';
import { ArecordMicrophone } from '../../../hal/linux/arecord-microphone.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { microphoneContract } from '../contract/microphone.ts';
import { realTime } from '../contract/suite.ts';
import { c920, type FakeArecord, fakeArecord, soundForEver } from './fake-arecord.ts';
import { childProcesses, refusal } from './support.ts';

const { signal } = new AbortController();
const wish = { sampleRateHz: 32_000, channels: 2 };
const clock = new SystemClock();
const realPath = process.env.PATH;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-arecord-'));
  process.env.PATH = `${folder}:${realPath}`;
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => {
  process.env.PATH = realPath;
});

async function microphone(fake: FakeArecord, noSoundTimeoutMs = 2_000): Promise<ArecordMicrophone> {
  await fakeArecord(folder, fake);
  return new ArecordMicrophone({ device: 'hw:CARD=C920,DEV=0', clock, noSoundTimeoutMs });
}

async function readChunks(mic: ArecordMicrophone, count: number): Promise<PcmChunk[]> {
  await using session = await mic.open(wish, signal);
  const chunks: PcmChunk[] = [];
  for await (const chunk of session.chunks(signal)) {
    chunks.push(chunk);
    if (chunks.length === count) break;
  }
  return chunks;
}

microphoneContract('arecord', async () => {
  const rigFolder = await mkdtemp(join(tmpdir(), 'vigil-arecord-'));
  await fakeArecord(rigFolder, {
    record: `echo $$ > ${rigFolder}/pid\n${soundForEver}`,
  });
  process.env.PATH = `${rigFolder}:${realPath}`;
  return {
    time: realTime(clock),
    microphone: new ArecordMicrophone({ device: 'hw:CARD=C920,DEV=0', clock }),
    settings: { sampleRateHz: 32_000, channels: 2 },
    fail: async () => {
      process.kill(Number(await readFile(join(rigFolder, 'pid'), 'utf8')), 'SIGKILL');
    },
    [Symbol.asyncDispose]: () => rm(rigFolder, { recursive: true, force: true }),
  };
});

describe('what is asked of the hardware', () => {
  const hardware = parseHardwareParameters(c920);
  const ask = (wished: typeof wish, can = hardware) => nearestCapture('hw:CARD=C920,DEV=0', wished, can);

  test('its own rate and channels nearest to the wish, so that ALSA does not resample', () => {
    expect(ask(wish)).toMatchObject({ format: 'S16_LE', sampleRateHz: 32_000, channels: 2 });
    expect(ask({ sampleRateHz: 48_000, channels: 1 })).toMatchObject({ sampleRateHz: 32_000, channels: 2 });
    expect(ask({ sampleRateHz: 8_000, channels: 4 })).toMatchObject({ sampleRateHz: 16_000, channels: 2 });
  });

  test('wider samples where it has no 16-bit ones, and a conversion only where it has none that are read', () => {
    const wide = {
      formats: ['S24_3LE', 'S32_LE'],
      sampleRatesHz: [44_100, 48_000],
      channels: [1, 2],
    } as const;
    expect(ask(wish, wide)).toMatchObject({
      format: 'S24_3LE',
      sampleRateHz: 44_100,
      device: 'hw:CARD=C920,DEV=0',
    });
    const odd = { ...wide, formats: ['FLOAT64_BE'] };
    expect(ask(wish, odd)).toMatchObject({ format: 'S16_LE', device: 'plughw:CARD=C920,DEV=0' });
  });

  test('the wish itself of a device that says nothing about hardware: a sound server', () => {
    expect(parseHardwareParameters('arecord: main:830: audio open error')).toBeUndefined();
    const server = nearestCapture('pulse', { sampleRateHz: 11_025, channels: 1 }, undefined);
    expect(server).toMatchObject({
      sampleRateHz: 11_025,
      channels: 1,
    });
  });
});

test('sound comes in tenths of a second, one after the other, with the time of its samples', async () => {
  const mic = await microphone({ record: soundForEver });
  const openedAtMs = clock.nowMs();
  const before = childProcesses();
  const chunks = await readChunks(mic, 5);
  expect(chunks.map(({ samples }) => samples.length)).toEqual(Array(5).fill(6_400));
  expect(chunks[0]!.startMs).toBeGreaterThan(openedAtMs - 150);
  expect(Math.abs(chunks[4]!.startMs - chunks[0]!.startMs - 400)).toBeLessThan(2);
  expect(childProcesses()).toBe(before);
});

test('a reader that is away for long loses the oldest sound, and the loss is counted', async () => {
  const mic = await microphone({ record: soundForEver });
  await using session = await mic.open(wish, signal);
  await clock.sleep(2_300);
  const lost = session.overruns;
  expect(lost).toBeGreaterThan(1);
  for await (const chunk of session.chunks(signal)) {
    expect(chunk.seq).toBeGreaterThanOrEqual(lost);
    break;
  }
});

test.each([
  ['S24_3LE', '\\001\\002\\003'],
  ['S24_LE', '\\001\\002\\003\\000'],
  ['S32_LE', '\\000\\001\\002\\003'],
])('%s sound gives its upper 16 bits', async (format, bytes) => {
  const hardware = c920.replace('S16_LE', format).replace('CHANNELS: 2', 'CHANNELS: 1');
  const mic = await microphone({
    hardware,
    record: `[ $FORMAT = ${format} ] || exit 1; while :; do printf '${bytes}%.0s' $(seq 1600); sleep 0.05; done`,
  });
  const [chunk] = await readChunks(mic, 1);
  expect(chunk!.channels).toBe(1);
  expect(chunk!.samples.every((sample) => sample === 0x0302)).toBe(true);
});

test('hardware that takes a neighbouring rate is believed, not the rate asked for', async () => {
  const mic = await microphone({ record: soundForEver, actualRateHz: 24_000 });
  await using session = await mic.open({ sampleRateHz: 22_050, channels: 2 }, signal);
  expect(session.sampleRateHz).toBe(24_000);
  for await (const chunk of session.chunks(signal)) {
    expect([chunk.sampleRateHz, chunk.samples.length]).toEqual([24_000, 4_800]);
    break;
  }
});

test('a sound server that tells nothing of its rate gives the one asked for', async () => {
  const mic = await microphone({ record: soundForEver, tellsRate: false });
  await using session = await mic.open({ sampleRateHz: 22_050, channels: 2 }, signal);
  expect(session.sampleRateHz).toBe(22_050);
});

test('hardware that refuses what it said it could is asked through a conversion', async () => {
  const refuse = "echo 'arecord: set_params:1358: Channels count non available' >&2; exit 1";
  const mic = await microphone({
    record: `case $DEVICE in hw:*) ${refuse};; esac\n${soundForEver}`,
  });
  await using session = await mic.open({ sampleRateHz: 16_000, channels: 1 }, signal);
  expect([session.name, session.sampleRateHz, session.channels]).toEqual([
    'plughw:CARD=C920,DEV=0',
    16_000,
    1,
  ]);
});

test('overruns of the system are counted and leave a hole in the time, not in the stream', async () => {
  const mic = await microphone({
    record: [
      'bytes=$((RATE * CHANNELS * 2 / 10))',
      'head -c $bytes /dev/urandom; sleep 0.1; head -c $bytes /dev/urandom; sleep 0.6',
      "echo 'overrun!!! (at least 512.345 ms long)' >&2; sleep 0.05",
      'head -c $bytes /dev/urandom; head -c $bytes /dev/urandom; sleep 5',
    ].join('\n'),
  });
  await using session = await mic.open(wish, signal);
  const chunks: PcmChunk[] = [];
  for await (const chunk of session.chunks(signal)) {
    chunks.push(chunk);
    if (chunks.length === 3) break;
  }
  expect(session.overruns).toBe(1);
  expect(chunks.map(({ seq }) => seq)).toEqual([0, 1, 2]);
  expect(chunks[2]!.startMs - chunks[1]!.startMs).toBeGreaterThan(300);
});

describe('what goes wrong is named', () => {
  test.each([
    ['unplugged', 'arecord: pcm_read:2221: read error: No such device', 1, 'disconnected', 'unplugged'],
    ['ended with exit code 0', '', 0, 'disconnected', 'the sound ended'],
  ] as const)('%s while it records', async (_, said, code, kind, text) => {
    const mic = await microphone({
      record: `head -c 25600 /dev/urandom; sleep 0.1; echo '${said}' >&2; exit ${code}`,
    });
    await using session = await mic.open(wish, signal);
    const error = await refusal(
      (async () => {
        for await (const _ of session.chunks(signal));
      })(),
    );
    expect([error.kind, error.message]).toEqual([kind, expect.stringContaining(text)]);
  });

  test.each([
    ['arecord: main:830: audio open error: Device or resource busy', 'busy', 'another program'],
    ['arecord: main:830: audio open error: No such file or directory', 'not-found', 'arecord -l'],
    ['arecord: main:830: audio open error: Permission denied', 'permission', 'group audio'],
    [
      'ALSA lib conf.c:5204: Unknown PCM hw:CARD=NONE\narecord: main:830: audio open error: No such device',
      'not-found',
      'not plugged in',
    ],
    [
      'ALSA lib confmisc.c:165:(snd_config_get_card) Cannot get card index for C920\narecord: main:831: audio open error: No such device',
      'not-found',
      'not plugged in',
    ],
  ] as const)('when it is opened: %s', async (hardware, kind, text) => {
    const mic = await microphone({ hardware, record: 'exit 1' });
    const before = childProcesses();
    const error = await refusal(mic.open(wish, signal));
    expect([error.kind, error.message]).toEqual([kind, expect.stringContaining(text)]);
    expect(childProcesses()).toBe(before);
  });

  test('a device that stands still: timeout, and the child is killed', async () => {
    const mic = await microphone({ record: 'head -c 25600 /dev/urandom; sleep 60' }, 400);
    await using session = await mic.open(wish, signal);
    const error = await refusal(
      (async () => {
        for await (const _ of session.chunks(signal));
      })(),
    );
    expect([error.kind, error.message]).toEqual(['timeout', expect.stringContaining('400 ms')]);
  });

  test('no arecord at all: the install line', async () => {
    process.env.PATH = folder;
    const mic = new ArecordMicrophone({ device: 'default', clock });
    const error = await refusal(mic.open(wish, signal));
    expect([error.kind, error.message]).toEqual([
      'not-found',
      expect.stringContaining('apt-get install alsa-utils'),
    ]);
  });
});
