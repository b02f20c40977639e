import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { speed } from '../../src/cli/lab-speed.ts';
import { labReportSchema } from '../../src/lab/report/document.ts';
import { linesOf } from '../../src/lab/report/lines.ts';
import { FaceApiPeer, PeerAbsentError } from '../../src/lab/speed/face-api-peer.ts';
import type { MeasuredSpeed } from '../../src/lab/speed/measure.ts';
import { speedReport } from '../../src/lab/speed/report.ts';
import { medianOf } from '../../src/lab/statistics.ts';
import { runCommand } from '../cli/run-command.ts';

const times = (median: number) => ({ median, low: median * 0.9, high: median * 1.25 });
const measured: MeasuredSpeed = {
  faces: {
    stages: [
      { name: 'decode', ms: times(3), ofFirstLook: false },
      { name: 'detect', ms: times(20), ofFirstLook: true },
    ],
    firstSeenMs: times(50),
    inViewMs: times(20),
    peer: { frameMs: times(1000), firstSeen: times(20), inView: times(50) },
    frames: 84,
  },
  voices: [{ name: 'embed', ms: times(16) }],
  rounds: 3,
  peer: { description: 'another 1.0' },
  models: [{ id: 'embedder', sha256: 'a'.repeat(64) }],
  residentMiB: { faces: 190, peer: 400 },
  load: 0.2,
};

function report(of: MeasuredSpeed) {
  const machine = { cpu: 'c', cores: 2, memoryBytes: 2 ** 30, system: 's' };
  const run = { date: '2026-01-01T00:00:00Z', command: 'vigil lab speed', versions: {}, machine };
  return labReportSchema.parse(speedReport(of, run, []));
}

test('the report has times, frame rates and ratios from the same run, each with its interval', () => {
  const text = linesOf(report(measured)).join('\n');
  expect(text).toMatch(/detect +20 \(18–25\)/);
  expect(text).toMatch(/of somebody who stays +20 \(18–25\) +50 \(40–55\.6\) +50 \(45–62\.5\)/);
  expect(text).toMatch(/the peer +400/);
  expect(text).not.toContain('busy');
});

test('a busy machine and a peer that is not there are said, and the ratios left out', () => {
  const text = linesOf(
    report({
      ...measured,
      load: 3.14,
      peer: { absent: 'its packages are not installed' },
      faces: { ...measured.faces, peer: null },
      residentMiB: { faces: 190, peer: null },
    }),
  ).join('\n');
  expect(text).toContain('busy with something else (load 3.1): times are upper bounds');
  expect(text).toContain('its packages are not installed. With --install-peer it is.');
  expect(text).not.toMatch(/times the peer|^the peer/m);
});

test('a peer whose packages are not installed is absent and is not fetched', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'vigil-peer-'));
  const own = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = empty;
  const started = await FaceApiPeer.start(new Uint8Array(1)).catch((error: Error) => error);
  if (own === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = own;
  rmSync(empty, { recursive: true });
  expect(started).toBeInstanceOf(PeerAbsentError);
});

test.each([[['--rounds', '0']], [['--rounds', 'many']]])('refuses %p', async (words) => {
  expect(await runCommand(speed, words)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('a whole number from 1'),
  });
});

test('a median lies in its interval, which is narrower the more was measured', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (values) => {
        const { median, low, high } = medianOf(values);
        expect(low <= median && median <= high).toBe(true);
        expect(Math.min(...values)).toBeLessThanOrEqual(low);
        expect(Math.max(...values)).toBeGreaterThanOrEqual(high);
      },
    ),
  );
  expect(medianOf([3, 1, 2, 10]).median).toBe(2.5);
  expect(medianOf([]).median).toBeNaN();
  const spread = (count: number) => {
    const { low, high } = medianOf(Array.from({ length: count }, (_, i) => i / count));
    return high - low;
  };
  expect(spread(100)).toBeLessThan(spread(20));
  // Conover's table: the 40th and the 61st of a hundred.
  expect(medianOf(Array.from({ length: 100 }, (_, i) => i + 1))).toEqual({ median: 50.5, low: 40, high: 61 });
});
