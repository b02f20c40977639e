import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { momentOf } from '../../src/cli/moment.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { lastTracePath, writeRing } from '../../src/trace/sinks.ts';
import { StepClock } from '../trace/step-clock.ts';

const main = join(import.meta.dir, '../../src/cli/main.ts');
let state: string;

async function vigil(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([process.execPath, main, ...args], { stdout: 'pipe', stderr: 'pipe' });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'vigil-why-'));
  const clock = new StepClock();
  const recorder = new TraceRecorder(clock);
  recorder.halOut('green', 'grant', { on: true, grantId: 'grant-1' });
  clock.advance(2_000);
  recorder.halOut('green', 'release');
  const wallClock = { nowUtcMs: () => Date.UTC(2025, 0, 31, 14, 3, 22), trusted: true };
  await writeRing(recorder, wallClock, lastTracePath(state));
});
afterAll(() => rmSync(state, { recursive: true }));

test('vigil why tells what the device left in its state directory, and for an earlier moment', async () => {
  const now = await vigil('why', '--state', state);
  expect(now).toMatchObject({ code: 0, err: '' });
  expect(now.out).toContain('green is off since 14:03:22.000 (2.000 s), 0 ms before.');
  const before = await vigil('why', '--state', state, '--at', '14:03:21', '--json');
  expect(JSON.parse(before.out)).toMatchObject({ atMs: 1_000, outputs: [{ device: 'green', on: true }] });
});

test('vigil why says how to get a trace where there is none, and what it reaches', async () => {
  const none = await vigil('why', '--state', join(state, 'elsewhere'));
  expect(none.code).toBe(3);
  expect(none.err).toContain('SIGUSR1');
  const beyond = await vigil('why', '--state', state, '--at', '99s');
  expect(beyond.code).toBe(2);
  expect(beyond.err).toContain('the trace reaches from 14:03:20.000 (0.000 s) to 14:03:22.000 (2.000 s)');
});

test('a moment is a time on the clock of the trace, or a time of day where the trace knows it', () => {
  const offsetMs = Date.UTC(2025, 0, 31, 9, 0, 0);
  expect(momentOf('--at', '12.5s', null, 0)).toBe(12_500);
  expect(momentOf('--at', '800ms', null, 0)).toBe(800);
  expect(momentOf('--at', '9:00:05', offsetMs, 60_000)).toBe(5_000);
  expect(momentOf('--at', '09:01', offsetMs, 60_000)).toBe(60_000);
  expect(momentOf('--at', '2025-01-31T09:00:01Z', offsetMs, 60_000)).toBe(1_000);
  expect(() => momentOf('--at', '9:00:05', null, 0)).toThrow('does not say the time of day');
  expect(() => momentOf('--at', 'noon', offsetMs, 0)).toThrow('Allowed: 12.5s or 800ms');
});
