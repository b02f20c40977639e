import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the hardware of a fake arecord can do, in arecord's own words. */
export const c920 = [
  "Recording raw data '-' : Unsigned 8 bit, Rate 8000 Hz, Mono",
  'HW Params of device "hw:CARD=C920,DEV=0":',
  '--------------------',
  'ACCESS:  MMAP_INTERLEAVED RW_INTERLEAVED',
  'FORMAT:  S16_LE',
  'SUBFORMAT:  STD',
  'SAMPLE_BITS: 16',
  'FRAME_BITS: 32',
  'CHANNELS: 2',
  'RATE: [16000 32000]',
  'PERIOD_TIME: [1000 65536000]',
  '--------------------',
  'arecord: set_params:1352: Sample format non available',
].join('\n');

export interface FakeArecord {
  /** What the probe says on stderr. */
  readonly hardware?: string;
  /** A shell script in the place of recording; `$RATE`, `$CHANNELS` and `$FORMAT` are what was asked for. */
  readonly record: string;
  /** The rate that the hardware takes instead of the one asked for. */
  readonly actualRateHz?: number;
  /** False for a plugin that does not say what it was set to. */
  readonly tellsRate?: boolean;
}

/** Sound at the pace of a microphone: a twentieth of a second, a twentieth of a second long. */
export const soundForEver = [
  'bytes=$((RATE * CHANNELS * 2 / 20))',
  'while :; do head -c $bytes /dev/urandom || exit; sleep 0.05; done',
].join('\n');

/** Puts a program called arecord into a folder for the PATH. */
export async function fakeArecord(
  folder: string,
  { hardware = c920, record, actualRateHz, tellsRate = true }: FakeArecord,
): Promise<void> {
  const script = [
    '#!/bin/sh',
    // As the real one on a German system.
    '[ "$LC_ALL" = C ] || { echo "arecord: main:830: Fehler beim Öffnen des Gerätes: Das Gerät ist belegt" >&2; exit 1; }',
    'probe=0 verbose=0',
    'for argument in "$@"; do',
    '  case "$previous" in -r) RATE=$argument;; -c) CHANNELS=$argument;; -f) FORMAT=$argument;; -D) DEVICE=$argument;; esac',
    '  [ "$argument" = --dump-hw-params ] && probe=1',
    '  [ "$argument" = -v ] && verbose=1',
    '  previous=$argument',
    'done',
    'if [ $probe = 1 ]; then',
    "cat >&2 <<'END'",
    hardware,
    'END',
    'exit 1',
    'fi',
    `RATE=${actualRateHz ?? '$RATE'}`,
    `[ $verbose = 1 ] && ${tellsRate} && printf "Its setup is:\\n  channels     : $CHANNELS\\n  rate         : $RATE\\n  exact rate   : $RATE ($RATE/1)\\n" >&2`,
    record,
    '',
  ].join('\n');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'arecord');
  await writeFile(path, script);
  await chmod(path, 0o755);
}
