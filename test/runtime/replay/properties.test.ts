import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { replay } from '../../../src/runtime/replay/replay.ts';
import { whatIf } from '../../../src/runtime/replay/what-if.ts';
import { place, speech, type TimedFault, visitor } from '../../machines/simulate.ts';
import { asFile, signal } from './recorded.ts';

const runMs = 40_000;

const subject = fc.constantFrom('p_ana', 'p_bea', 'p_eve');
const person = fc
  .record({
    subject,
    entersAtMs: fc.integer({ min: 500, max: 25_000 }),
    stayMs: fc.integer({ min: 100, max: 12_000 }),
    lateralM: fc.double({ min: -0.6, max: 0.6, noNaN: true }),
  })
  .map(({ subject, entersAtMs, stayMs, lateralM }) => visitor(subject, entersAtMs, stayMs, { lateralM }));
const sound = fc
  .record({
    subject,
    fromMs: fc.integer({ min: 500, max: 25_000 }),
    forMs: fc.integer({ min: 300, max: 9_000 }),
  })
  .map(({ subject, fromMs, forMs }) => speech(subject, fromMs, forMs));
const struck: fc.Arbitrary<TimedFault> = fc
  .record({
    fault: fc.constantFrom<TimedFault>(
      { fault: 'camera-stalled', fromMs: 0 },
      { fault: 'error', port: 'camera', error: 'disconnected', fromMs: 0 },
      { fault: 'error', port: 'models', error: 'io', fromMs: 0 },
      { fault: 'models-hang', fromMs: 0 },
      { fault: 'voice-models-hang', fromMs: 0 },
      { fault: 'error', port: 'microphone', error: 'disconnected', fromMs: 0 },
      { fault: 'line-stuck', line: 'green', on: false, fromMs: 0 },
      { fault: 'line-stuck', line: 'green', on: true, fromMs: 0 },
      { fault: 'keeper-gone', fromMs: 0 },
      { fault: 'error', port: 'watchdog', error: 'io', fromMs: 0 },
    ),
    fromMs: fc.integer({ min: 0, max: 25_000 }),
    lastsMs: fc.integer({ min: 10, max: 15_000 }),
  })
  .map(({ fault, fromMs, lastsMs }) => ({ ...fault, fromMs, untilMs: fromMs + lastsMs }));
const seed = fc.integer({ min: 1, max: 1_000_000 });

async function recorded(setting: Parameters<typeof place>[0]) {
  const simulated = place(setting);
  await simulated.clock.runUntil(0);
  simulated.actor.start();
  await simulated.clock.runUntil(runMs);
  await simulated.stop();
  return asFile(simulated.records);
}

test('whoever comes and speaks, and whatever breaks, a replay is the same to the byte', async () => {
  const settings = fc.record({
    people: fc.array(person, { maxLength: 4 }),
    sounds: fc.array(sound, { maxLength: 3 }),
    faults: fc.array(struck, { maxLength: 4 }),
    seed,
  });
  await fc.assert(
    fc.asyncProperty(settings, async (setting) => {
      const { divergence } = await replay(await recorded(setting), signal);
      expect(divergence).toBeNull();
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('where nothing breaks, what would have happened with the same limits is what happened', async () => {
  const settings = fc.record({
    people: fc.array(person, { maxLength: 4 }),
    sounds: fc.array(sound, { maxLength: 3 }),
    seed,
  });
  await fc.assert(
    fc.asyncProperty(settings, async (setting) => {
      const { answers, faces, voices } = await whatIf(await recorded(setting), {}, signal);
      expect(answers.first).toBeNull();
      expect(answers.grants).toBe(answers.recordedGrants);
      expect(faces.changed + voices.changed).toBe(0);
    }),
    { numRuns: 20 },
  );
}, 60_000);
