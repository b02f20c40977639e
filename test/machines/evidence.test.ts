import { expect, test } from 'bun:test';
import type { TraceValue } from '../../src/trace/data.ts';
import { grantedTo, greenEdges, run, type Setting, type Simulated, visitor } from './simulate.ts';

function refusals({ records }: Simulated): string[] {
  return records.flatMap((record) =>
    record.kind === 'event' && record.event === 'ACCESS.REFUSED' && record.to === 'device'
      ? [String(record.data.code)]
      : [],
  );
}

interface Attempt {
  readonly atMs: number;
  readonly embeddedAtMs: number;
  readonly frameAtMs: number;
}

function numberIn(value: TraceValue | undefined, field: string): number {
  const found = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  if (typeof found !== 'number') throw new Error(`no number ${field}`);
  return found;
}

/** The attempts that were granted, with the times of what they rest on. */
function grantedAttempts({ records }: Simulated): Attempt[] {
  const granted: Attempt[] = [];
  let last: Attempt | undefined;
  for (const record of records) {
    if (record.kind !== 'event' || record.to !== 'device/access') continue;
    if (record.event !== 'ATTEMPT.MADE') continue;
    const { evidence } = record.data;
    last = {
      atMs: numberIn(record.data, 'atMs'),
      embeddedAtMs: numberIn(evidence, 'embeddedAtMs'),
      frameAtMs: numberIn(evidence, 'frameAtMs'),
    };
    const answer = records.find(({ seq, kind }) => seq > record.seq && kind === 'event');
    const next = records.find(
      (other) => other.seq > record.seq && other.kind === 'event' && other.from === 'device/access',
    );
    if (answer !== undefined && next?.kind === 'event' && next.event === 'ACCESS.GRANTED') granted.push(last);
  }
  return granted;
}

const maxAgeMs = 50;
/** A lockout makes Ana wait (and 12 fps keep her embeddings out of step with that), so that access is asked between two embeddings of hers and not right after one. */
const shortLived: Setting = {
  people: [visitor('p_stranger', 1_000, 1_500), visitor('p_ana', 3_500, 12_000)],
  config: `[camera]\nfps = 12\n[vision]\nevidence_max_age_ms = ${maxAgeMs}\n[access]\nattempts_allowed = 1\nlockout_ms = 4000\n`,
};

test('an embedding older than the policy allows is refused as stale, and the next fresh one is granted', async () => {
  const simulated = await run(shortLived, 16_000);
  expect(refusals(simulated)).toContain('stale-evidence');
  expect(grantedTo(simulated)).toEqual(['p_ana']);
  for (const { atMs, embeddedAtMs } of grantedAttempts(simulated)) {
    expect(atMs - embeddedAtMs).toBeLessThanOrEqual(maxAgeMs);
  }
});

test('models that take too long from frame to answer earn nothing while they do', async () => {
  const simulated = await run(
    {
      people: [visitor('p_ana', 3_000, 60_000)],
      config: '[vision]\ntrack_lost_ms = 8000\n',
      faults: [{ fault: 'models-slow', extraMs: 900, fromMs: 0, untilMs: 40_000 }],
    },
    60_000,
  );
  expect(refusals(simulated)).toContain('slow-evidence');
  expect(greenEdges(simulated).every(([atMs]) => atMs > 40_000)).toBe(true);
  expect(grantedTo(simulated)).toEqual(['p_ana']);
});

test('the evidence of every grant is younger than 300 ms by default', async () => {
  const people = Array.from({ length: 20 }, (_, i) =>
    visitor(i % 2 ? 'p_ana' : 'p_bea', 2_000 + i * 10_170, 4_000),
  );
  const simulated = await run({ people }, 210_000);
  const granted = grantedAttempts(simulated);
  expect(granted).toHaveLength(20);
  for (const { atMs, embeddedAtMs } of granted) expect(atMs - embeddedAtMs).toBeLessThanOrEqual(300);
});
