import { describe, expect, test } from 'bun:test';
import { replay } from '../../../src/runtime/replay/replay.ts';
import { whatIf } from '../../../src/runtime/replay/what-if.ts';
import { type ScenarioName, scenarios } from '../../machines/scenarios.ts';
import { asFile, recordingOf, signal } from './recorded.ts';

for (const name of Object.keys(scenarios) as ScenarioName[]) {
  test(`${name}: replayed, the machines do to the byte what they did`, async () => {
    const records = await recordingOf(name);
    const replayed = await replay(asFile(records), signal);
    expect(replayed.divergence).toBeNull();
    expect(replayed.records).toBe(records.length);
  });
}

describe('decided anew with the limits that were recorded', () => {
  for (const name of ['two known people at once', 'two voices, one after the other', 'a stranger'] as const) {
    test(`${name}: everybody is answered as they were`, async () => {
      const story = await whatIf(asFile(await recordingOf(name)), {}, signal);
      expect(story.faces.changed + story.voices.changed).toBe(0);
      expect(story.faces.total + story.voices.total).toBeGreaterThan(0);
      expect(story.answers.first).toBeNull();
      expect(story.answers.grants).toBe(story.answers.recordedGrants);
    });
  }
});

describe('decided anew', () => {
  test('with a stricter threshold, a visitor who was known is not: the first decision is shown with its numbers', async () => {
    const records = await recordingOf('one known visitor');
    const story = await whatIf(asFile(records), { threshold: 0.02 }, signal);
    const first = story.faces.first;
    expect(first?.recorded).toMatchObject({ decision: 'known', subjectId: 'p_ana' });
    expect(first?.now).toMatchObject({ decision: 'unknown', subjectId: null });
    expect(first?.now.reason).toMatch(/^p_ana is nearest at 0\.0\d\d, farther than 0\.02$/);
    // The record is the look in which enough frames had been averaged.
    expect(records.find(({ seq }) => seq === first?.seq)).toMatchObject({ event: 'LOOK.COMPLETED' });
    expect(story.answers).toMatchObject({ recordedGrants: 1, grants: 0 });
    expect(story.answers.first?.recorded).toMatchObject({ subjectId: 'p_ana', trackId: 1 });
    expect(story.answers.first?.now).toMatchObject({ subjectId: null, code: 'nobody-named' });
  });

  test('with a wide margin, a known visitor becomes one of whom nobody is sure', async () => {
    const story = await whatIf(asFile(await recordingOf('one known visitor')), { margin: 0.9 }, signal);
    expect(story.faces.first?.now.decision).toBe('unsure');
    expect(story.answers).toMatchObject({ recordedGrants: 1, grants: 0 });
  });

  test('with a lenient threshold, a stranger is let in, and the lamp is supposed to work', async () => {
    const story = await whatIf(asFile(await recordingOf('a stranger')), { threshold: 1, margin: 0 }, signal);
    expect(story.answers).toMatchObject({ recordedGrants: 0, grants: 1 });
  });

  test('with a stricter threshold for voices, a voice that was known is not', async () => {
    const story = await whatIf(asFile(await recordingOf('a known voice')), { voiceThreshold: 0.97 }, signal);
    expect(story.voices.first?.recorded).toMatchObject({ decision: 'known', subjectId: 'p_ana' });
    expect(story.voices.first?.now.decision).toBe('unknown');
    expect(story.answers).toMatchObject({ recordedGrants: 1, grants: 0 });
  });

  test('with another policy, the same evidence is refused, with the reason', async () => {
    const recorded = asFile(await recordingOf('models too slow for a fresh answer'));
    const story = await whatIf(recorded, { policy: { frameMaxAgeMs: 0 } }, signal);
    expect(story.faces.changed).toBe(0);
    expect(story.answers.recordedGrants).toBeGreaterThan(0);
    expect(story.answers.grants).toBe(0);
    expect(story.answers.first?.now?.code).toBe('slow-evidence');
  });
});
