import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { HalError } from '../../../hal/contract/errors.ts';
import { openSoundFile, readSoundFile } from '../../../hal/linux/sound-file.ts';
import { ffmpegMissing, ffmpegReason, openDescriptors, refusal } from './support.ts';
import { type WavShape, wavBytes } from './wav-bytes.ts';

const { signal } = new AbortController();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-sound-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function file(bytes: Uint8Array, name = `${files++}.wav`): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const tone = Float32Array.from({ length: 1_000 }, (_, i) => 0.5 * Math.sin(i / 7));

describe('a WAV file', () => {
  test.each<[string, WavShape, tolerance: number]>([
    ['8 bit', { bits: 8 }, 1 / 128],
    ['16 bit', { bits: 16 }, 1 / 32_768],
    ['24 bit', { bits: 24 }, 2 ** -23],
    ['32 bit', { bits: 32 }, 1e-7],
    ['32-bit float', { bits: 32, float: true }, 0],
    ['64-bit float', { bits: 64, float: true }, 0],
    ['16 bit, extensible', { extensible: true }, 1 / 32_768],
    ['float, extensible', { bits: 32, float: true, extensible: true }, 0],
    [
      'with chunks of odd length before the sound',
      {
        before: [
          ['LIST', 27],
          ['junk', 1],
        ],
      },
      1 / 32_768,
    ],
  ])('%s gives the samples that were written', async (_, shape, tolerance) => {
    const { sound, warnings } = await readSoundFile(await file(wavBytes([tone], shape)), signal);
    expect(sound.samples).toHaveLength(tone.length);
    expect(Math.max(...sound.samples.map((sample, i) => Math.abs(sample - tone[i]!)))).toBeLessThanOrEqual(
      tolerance,
    );
    expect(warnings).toEqual([]);
  });

  test('of any shape gives each of its samples, and their mean', async () => {
    const sampleBits = fc.constantFrom<WavShape>(
      { bits: 8 },
      { bits: 16 },
      { bits: 24 },
      { bits: 32 },
      { bits: 32, float: true },
      { bits: 64, float: true },
    );
    const before = fc.array(fc.tuple(fc.constantFrom('LIST', 'bext', 'fact', 'id3 '), fc.nat(70)), {
      maxLength: 3,
    });
    const shapes = fc.record({
      sampleRateHz: fc.integer({ min: 1, max: 768_000 }),
      extensible: fc.boolean(),
      before,
    });
    const sounds = fc.integer({ min: 1, max: 6 }).chain((channels) => {
      const frame = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), {
        minLength: channels,
        maxLength: channels,
      });
      return fc.array(frame, { minLength: 1, maxLength: 50 });
    });
    await fc.assert(
      fc.asyncProperty(sampleBits, shapes, sounds, async (bits, shape, frames) => {
        const channels = frames[0]!.map((_, channel) => frames.map((frame) => frame[channel]!));
        const path = await file(wavBytes(channels, { ...bits, ...shape }), 'any-shape.wav');
        const step = bits.float ? 1e-7 : 2 ** (1 - (bits.bits ?? 16));

        const read: number[][] = channels.map(() => []);
        await using sound = await openSoundFile(path, signal);
        for await (const block of sound.blocks(signal)) {
          for (const [channel, samples] of block.entries()) read[channel]!.push(...samples);
        }
        for (const [channel, samples] of channels.entries()) expectNear(read[channel]!, samples, step);

        const mixed = await readSoundFile(path, signal);
        expect([mixed.channels, mixed.sound.sampleRateHz]).toEqual([channels.length, shape.sampleRateHz]);
        const mean = (frame: number[]) => frame.reduce((sum, sample) => sum + sample, 0) / frame.length;
        expectNear([...mixed.sound.samples], frames.map(mean), step + 1e-7);
      }),
      { numRuns: 120 },
    );
  });

  test('16-bit samples are divided by 32,768, and channels mixed by their mean', async () => {
    const left = [-1, 100 / 32_768, 1];
    const right = [-1, 301 / 32_768, 0];
    const { sound, channels } = await readSoundFile(await file(wavBytes([left, right])), signal);
    expect([...sound.samples]).toEqual([-1, 200.5 / 32_768, 32_767 / 65_536].map(Math.fround));
    expect(channels).toBe(2);
  });

  test.each([100, 8_000, 22_050, 44_100, 384_000])('%d Hz is read', async (sampleRateHz) => {
    const { sound } = await readSoundFile(await file(wavBytes([tone], { sampleRateHz })), signal);
    expect(sound.sampleRateHz).toBe(sampleRateHz);
  });

  test('32 channels are read; 33 are refused', async () => {
    const read = await readSoundFile(await file(wavBytes(Array(32).fill(tone))), signal);
    expect(read.channels).toBe(32);
    expect(read.sound.samples[3]).toBeCloseTo(tone[3]!, 4);
    const error = await refusal(readSoundFile(await file(wavBytes(Array(33).fill(tone))), signal));
    expect([error.kind, error.message]).toEqual(['invalid-argument', expect.stringContaining('33 channels')]);
  });

  test('a single sample is a sound', async () => {
    const { sound } = await readSoundFile(await file(wavBytes([[0.25]])), signal);
    expect([...sound.samples]).toEqual([0.25]);
  });

  test.each([0, 0xffff_ffff, 0x7fff_ffff])(
    'a length of %d, of a writer that did not know it, means the rest of the file',
    async (saidBytes) => {
      const read = await readSoundFile(await file(wavBytes([tone], { saidBytes })), signal);
      expect(read.sound.samples).toHaveLength(tone.length);
      expect(read.warnings.join()).toContain('does not say how long');
    },
  );

  test('one that is cut off gives what is there, and says so', async () => {
    const bytes = wavBytes([tone]);
    const read = await readSoundFile(await file(bytes.subarray(0, 44 + 999)), signal);
    expect(read.sound.samples).toHaveLength(499);
    expect(read.warnings.join()).toContain('cut off: 999 of 2000 bytes');
  });

  test('one that says too much is read to its end', async () => {
    const read = await readSoundFile(await file(wavBytes([tone], { saidBytes: 5_000 })), signal);
    expect(read.sound.samples).toHaveLength(tone.length);
    expect(read.warnings).toHaveLength(1);
  });

  test('what follows the sound is no sound', async () => {
    const bytes = Buffer.concat([wavBytes([tone]), Buffer.from('LIST\x04\0\0\0abcd')]);
    expect((await readSoundFile(await file(bytes), signal)).sound.samples).toHaveLength(tone.length);
  });

  test('RF64 with its long sizes is read', async () => {
    const plain = wavBytes([tone], { saidBytes: 0xffff_ffff });
    const sizes = new DataView(new ArrayBuffer(36));
    Buffer.from(sizes.buffer).write('ds64', 0, 'latin1');
    sizes.setUint32(4, 28, true);
    sizes.setBigUint64(16, 2_000n, true);
    const bytes = Buffer.concat([
      Buffer.from('RF64'),
      plain.subarray(4, 12),
      new Uint8Array(sizes.buffer),
      plain.subarray(12),
    ]);
    const read = await readSoundFile(await file(bytes), signal);
    expect([read.sound.samples.length, read.warnings]).toEqual([tone.length, []]);
  });
});

describe('what cannot be read is refused by name, with what to do', () => {
  const header = wavBytes([tone]);
  const patched = (offset: number, ...bytes: number[]) => {
    const copy = Uint8Array.from(header);
    copy.set(bytes, offset);
    return copy;
  };
  test.each<[string, Uint8Array, HalError['kind'], string]>([
    ['empty', new Uint8Array(0), 'invalid-argument', 'is empty'],
    ['a header alone', header.subarray(0, 44), 'invalid-argument', 'no sound in it'],
    ['cut off in the header', header.subarray(0, 30), 'invalid-argument', 'cut off'],
    ['cut off after RIFF', header.subarray(0, 12), 'invalid-argument', 'cut off or no WAV'],
    ['0 Hz', patched(24, 0, 0, 0, 0), 'invalid-argument', 'sample rate is 0 Hz'],
    ['no channels', patched(22, 0, 0), 'invalid-argument', '0 channels'],
    ['a frame size that is wrong', patched(32, 7, 0), 'invalid-argument', 'contradicts itself'],
    ['12-bit float', patched(20, 3), 'unsupported', '16-bit float'],
    ['ADPCM', patched(20, 2), 'unsupported', 'ADPCM'],
    [
      'a picture called .wav',
      Buffer.from('\x89PNG\r\n\x1a\nabcdefgh', 'latin1'),
      'invalid-argument',
      'no sound file',
    ],
    ['text', Buffer.from('hello, this is no sound'), 'invalid-argument', 'no sound file'],
    ['a FLAC that is only its name', Buffer.from('fLaC'), 'invalid-argument', 'no sound in it'],
    ['an Ogg of something else', Buffer.from('OggS\0theora'), 'invalid-argument', 'no sound file'],
  ])('%s', async (_, bytes, kind, text) => {
    const path = await file(bytes);
    const error = await refusal(readSoundFile(path, signal));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(text);
    expect(error.device).toBe(path);
  });

  test('numbers that are none', async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const path = await file(wavBytes([[0, value, 0]], { bits: 32, float: true }));
      expect((await refusal(readSoundFile(path, signal))).message).toContain('no numbers');
    }
  });

  test('a folder, a device, a file that is not there or may not be read', async () => {
    expect((await refusal(readSoundFile(folder, signal))).message).toContain('is a folder');
    expect((await refusal(readSoundFile('/dev/zero', signal))).message).toContain('no plain file');
    expect((await refusal(readSoundFile(join(folder, 'none.wav'), signal))).kind).toBe('not-found');
    if (process.getuid?.() === 0) return; // root may read everything
    const path = await file(header);
    await chmod(path, 0);
    expect((await refusal(readSoundFile(path, signal))).kind).toBe('permission');
  });

  test('one that is longer than is taken at once', async () => {
    const path = await file(wavBytes([new Float32Array(20_000)], { sampleRateHz: 1_000 }));
    const error = await refusal(readSoundFile(path, signal, { mostSeconds: 12 }));
    expect(error.message).toContain('longer than 0.2 minutes');
  });
});

test('an hour is read piece by piece, never more than a block at once', async () => {
  const path = join(folder, 'hour.wav');
  const hour = 3_600 * 8_000;
  const handle = await open(path, 'w');
  const head = wavBytes([[0]], { sampleRateHz: 8_000, saidBytes: 2 * hour }).subarray(0, 44);
  await handle.write(head, 0, 44, 0);
  await handle.truncate(44 + 2 * hour); // a sparse file
  await handle.close();
  await using sound = await openSoundFile(path, signal);
  let frames = 0;
  let longest = 0;
  for await (const [block] of sound.blocks(signal)) {
    frames += block!.length;
    longest = Math.max(longest, block!.length);
  }
  expect(frames).toBe(hour);
  expect(longest).toBeLessThanOrEqual(16_384);
});

test('an abort rejects with its reason, and no descriptor is left', async () => {
  const path = await file(wavBytes([new Float32Array(200_000)]));
  const before = openDescriptors();
  const controller = new AbortController();
  const reason = new Error('enough');
  const reading = (async () => {
    await using sound = await openSoundFile(path, controller.signal);
    for await (const _ of sound.blocks(controller.signal)) controller.abort(reason);
  })();
  expect(await reading.catch((error: unknown) => error)).toBe(reason);
  await refusal(readSoundFile(await file(new Uint8Array(3)), signal));
  expect(openDescriptors()).toBe(before);
});

describe('other formats', () => {
  const clip = resolve(import.meta.dir, '../../../demo/voices/validation/Ana1.flac');

  test('FLAC gives the very samples of the WAV file that it was made of, whatever it is called', async () => {
    const flac = await readSoundFile(clip, signal);
    expect([flac.format, flac.sound.sampleRateHz, flac.channels]).toEqual(['flac', 16_000, 1]);
    const whole = flac.sound.samples.every((sample) => Number.isInteger(sample * 32_768));
    expect(whole).toBe(true);
    const renamed = await file(new Uint8Array(await Bun.file(clip).arrayBuffer()), 'ana.wav');
    expect((await readSoundFile(renamed, signal)).sound.samples).toEqual(flac.sound.samples);
  });

  test('a FLAC that is cut off gives what is there, and says so', async () => {
    const bytes = new Uint8Array(await Bun.file(clip).arrayBuffer());
    new DataView(bytes.buffer).setUint32(22, 139_240); // how many samples there should be
    const read = await readSoundFile(await file(bytes.subarray(0, 30_000)), signal);
    expect(read.sound.samples.length).toBeGreaterThan(8_000);
    expect(read.warnings.join()).toContain('cut off');
  });

  test.skipIf(ffmpegMissing).each([
    ['mp3', 'mp3', []],
    ['ogg', 'ogg-vorbis', ['-c:a', 'libvorbis']],
    ['opus', 'ogg-opus', ['-c:a', 'libopus']],
    ['oga', 'flac', ['-c:a', 'flac']],
  ] as const)(
    `.%s sounds like the recording that it was made of${ffmpegReason}`,
    async (ending, format, args) => {
      const path = join(folder, `ana.${ending}`);
      Bun.spawnSync(['ffmpeg', '-nostdin', '-loglevel', 'error', '-y', '-i', clip, ...args, path]);
      const original = (await readSoundFile(clip, signal)).sound;
      const read = await readSoundFile(path, signal);
      expect(read.format).toBe(format);
      expect(read.warnings).toEqual([]);
      const seconds = read.sound.samples.length / read.sound.sampleRateHz;
      expect(Math.abs(seconds - original.samples.length / original.sampleRateHz)).toBeLessThan(0.1);
      expect(levelOf(read.sound.samples)).toBeCloseTo(levelOf(original.samples), 2);
    },
  );
});

function expectNear(got: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(got).toHaveLength(wanted.length);
  const furthest = got.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
  expect(furthest).toBeLessThanOrEqual(tolerance);
}

function levelOf(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

test('whatever is damaged in a file, it is read or refused, and never hangs', async () => {
  const clip = resolve(import.meta.dir, '../../../demo/voices/validation/Bea2.flac');
  const bytesOf = async (path: string) => new Uint8Array(await Bun.file(path).arrayBuffer());
  const originals = [
    wavBytes([tone, tone], { before: [['LIST', 9]] }),
    (await bytesOf(clip)).subarray(0, 20_000),
  ];
  for (const ending of ffmpegMissing ? [] : ['mp3', 'ogg', 'opus']) {
    const path = join(folder, `damaged.${ending}`);
    const codec = ending === 'ogg' ? ['-c:a', 'libvorbis'] : [];
    Bun.spawnSync(['ffmpeg', '-nostdin', '-loglevel', 'error', '-y', '-t', '2', '-i', clip, ...codec, path]);
    originals.push(await bytesOf(path));
  }
  const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...originals), damage, fc.boolean(), async (original, places, early) => {
      const bytes = Uint8Array.from(original);
      for (const [place, value] of places) {
        bytes[Math.floor(place * (early ? 200 : bytes.length))] = value;
      }
      const path = await file(bytes, 'damaged');
      const outcome = await readSoundFile(path, signal).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) return;
      expect(outcome).toBeInstanceOf(HalError);
      expect(outcome.message).not.toMatch(/undefined|is not a|evaluating/); // a decoder's own words
    }),
    { numRuns: 250 },
  );
}, 30_000);
