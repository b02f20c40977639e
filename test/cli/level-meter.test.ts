import { expect, test } from 'bun:test';
import { LevelMeter, meterLine } from '../../src/cli/level-meter.ts';
import type { MeterReading } from '../../src/runtime/hearing-speech.ts';

const reading: MeterReading = {
  levelDbfs: -35,
  zeroCrossingsHz: 900,
  flatness: 0.2,
  centroidHz: 1234.5,
  noiseDbfs: null,
  speech: true,
  voicedMs: 2_345,
  atMs: 0,
};

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 60, write: (text: string) => written.push(text) } };
}

test('the line says level, speech, flatness and centroid; half of the range is half of the bar', () => {
  expect(meterLine(reading, '12 s left')).toBe(
    '  -35 dB ##########----------  speech  2.3 s  flatness 0.20  centroid 1235 Hz  12 s left',
  );
  const silence = { ...reading, levelDbfs: Number.NEGATIVE_INFINITY, speech: false };
  expect(meterLine(silence, '')).toStartWith(' -inf dB --------------------          2.3 s');
});

test('on a terminal one line is redrawn in place, ten times a second at most, and cut to its width', () => {
  const { written, stream } = terminal(true);
  const meter = new LevelMeter(stream);
  for (const atMs of [0, 50, 100, 150, 210]) meter.show({ ...reading, atMs });
  expect(written).toHaveLength(3);
  for (const text of written) {
    expect(text).toStartWith('\r\u001b[K');
    expect(text.slice(4).length).toBeLessThan(60);
  }
  meter.clear();
  meter.clear();
  expect(written.slice(3)).toEqual(['\r\u001b[K']);
});

test('where there is no terminal nothing is written', () => {
  const { written, stream } = terminal(false);
  const meter = new LevelMeter(stream);
  meter.show(reading);
  meter.clear();
  expect(written).toEqual([]);
});
