import { expect } from 'bun:test';
import { atRestOrSoon, enrolled, greenEdges, place, type Setting } from './simulate.ts';

const runMs = 90_000;
const maxOnMs = 5_000;

/** Runs a device in the setting: no rule may be broken, nobody unknown let in, and nothing left over. */
export async function expectUnbroken(setting: Setting): Promise<void> {
  const simulated = place(setting);
  const { clock, actor } = simulated;
  await clock.runUntil(0);
  actor.start();
  await clock.runUntil(runMs);
  expect(actor.getSnapshot().status).toBe('active');
  expect(atRestOrSoon(simulated)).toBe(true);

  if (!setting.faults?.some(holdsTheLamp)) {
    const edges = greenEdges(simulated);
    edges.forEach(([atMs, on], i) => {
      if (!on) expect(atMs - edges[i - 1]![0]).toBeLessThanOrEqual(maxOnMs);
    });
  }
  for (const record of simulated.records) {
    if (record.kind !== 'event' || record.event !== 'ACCESS.GRANTED' || record.to !== 'device') continue;
    expect(enrolled).toContain(subjectOf(record.data.grant));
  }

  await simulated.stop();
  expect(simulated.breaches).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
  expect(simulated.leasedSlots()).toBe(0);
  expect(simulated.keeper.outputs.get('green')?.level).toBe(false);
}

export function subjectOf(grant: unknown): string {
  const subject = typeof grant === 'object' && grant !== null ? Reflect.get(grant, 'subjectId') : undefined;
  return String(subject);
}

/** No software puts the lamp out then. */
function holdsTheLamp(fault: NonNullable<Setting['faults']>[number]): boolean {
  if (fault.fault === 'line-stuck') return fault.on;
  return fault.fault === 'error' && fault.port === 'output' && fault.call === 'write';
}
