import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the hardware of a fake arecord can do, in arecord's own words. */
export const c920 = [
  "Recording WAVE '/dev/null' : Unsigned 8 bit, Rate 8000 Hz, Mono",
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
}

/** Sound at the pace of a microphone: a twentieth of a second, a twentieth of a second long. */
export const soundForEver = [
  'bytes=$((RATE * CHANNELS * 2 / 20))',
  'while :; do head -c $bytes /dev/urandom || exit; sleep 0.05; done',
].join('\n');

/** Puts a program called arecord into a folder for the PATH. */
export async function fakeArecord(folder: string, { hardware = c920, record }: FakeArecord): Promise<void> {
  const script = [
    '#!/bin/sh',
    'probe=0',
    'for argument in "$@"; do',
    '  case "$previous" in -r) RATE=$argument;; -c) CHANNELS=$argument;; -f) FORMAT=$argument;; -D) DEVICE=$argument;; esac',
    '  [ "$argument" = --dump-hw-params ] && probe=1',
    '  previous=$argument',
    'done',
    'if [ $probe = 1 ]; then',
    "cat >&2 <<'END'",
    hardware,
    'END',
    'exit 1',
    'fi',
    record,
    '',
  ].join('\n');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'arecord');
  await writeFile(path, script);
  await chmod(path, 0o755);
}
