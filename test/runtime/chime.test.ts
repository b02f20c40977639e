import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../hal/linux/clock.ts';
import type { OutputCause } from '../../machines/outputs.ts';
import { parseConfig } from '../../src/config/read.ts';
import { defaultSound, liveChime } from '../../src/runtime/chime.ts';
import { examineChime } from '../../src/runtime/doctor/chime.ts';

const chimeOf = (toml: string) => parseConfig(toml, '/srv/vigil.toml').config.chime;

test.each<OutputCause>(['granted', 'refused', 'unknown', 'exit', 'forced', 'held-open'])(
  'the sound for %s begins and ends in silence, and is loud but not clipped between',
  (cause) => {
    const samples = defaultSound(cause);
    expect([samples[0], Math.abs(samples.at(-1) ?? 99) < 40]).toEqual([0, true]);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(8_000);
    expect(peak).toBeLessThan(16_000);
  },
);

test('nothing sounds unless it is said; a relative file counts from the folder of the configuration', async () => {
  const clock = new SystemClock();
  expect(liveChime(chimeOf(''), '/nowhere', clock)).toBeNull();
  const chime = liveChime(chimeOf('[chime]\ngranted = "bell.wav"'), '/nowhere', clock);
  expect(await chime?.soundOf('granted')).toBe('/srv/bell.wav');
  expect(chime?.soundOf('refused')).toBeUndefined();
});

test('Vigil’s own sound is a WAV file in the state directory, made when it is needed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vigil-chime-'));
  try {
    const chime = liveChime(chimeOf('[chime]\nunknown = "default"'), directory, new SystemClock());
    const path = (await chime?.soundOf('unknown')) ?? '';
    expect(path).toBe(join(directory, 'sounds/unknown.wav'));
    expect(Bun.file(path).size).toBe(44 + 2 * defaultSound('unknown').length);
    expect(await chime?.soundOf('unknown')).toBe(path);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('the doctor names the player, its absence, and a file that is not there', () => {
  const wanted = chimeOf('[chime]\ngranted = "default"');
  expect(examineChime(chimeOf(''), ['aplay'])).toMatchObject({ state: 'ok' });
  expect(examineChime(wanted, ['paplay', 'aplay']).value).toBe('granted, by paplay');
  expect(examineChime(wanted, [])).toMatchObject({
    state: 'fault',
    next: expect.stringContaining('alsa-utils'),
  });
  const other = chimeOf('[chime]\ngranted = "default"\nplayer = "pw-play"');
  expect(examineChime(other, ['aplay']).value).toBe('pw-play is not installed');
  const gone = examineChime(chimeOf('[chime]\nrefused = "/nowhere/no.wav"'), ['aplay']);
  expect(gone).toMatchObject({
    state: 'fault',
    value: 'the sound for refused cannot be read: /nowhere/no.wav',
  });
});
