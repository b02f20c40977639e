import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEntry } from '../../src/journal/entry.ts';
import { Journal } from '../../src/journal/journal.ts';

const folders: string[] = [];
const journals: Journal[] = [];

/** For `afterEach` of every file that uses this one: a hook set here would belong to the first of them alone. */
export function removeTemporary(): void {
  for (const journal of journals.splice(0)) journal.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-journal-'));
  folders.push(folder);
  return folder;
}

/** A journal that is closed after the test. */
export function openJournal(directory = temporaryFolder()): Journal {
  const journal = Journal.open({ directory });
  journals.push(journal);
  return journal;
}

export const dayMs = 86_400_000;

/** Somebody is granted on a day; `distance` tells such entries apart. */
export function granted(subjectId: string, day = 0, distance = 0.08): NewEntry {
  const account = {
    subjectId,
    decision: 'known',
    face: { llrBans: 4.5, nearest: distance, second: 0.41, ageMs: 12 },
    voice: null,
    neededBans: null,
    require: 'either',
    atNight: false,
    degraded: false,
    tooOld: null,
    minuteOfWeek: null,
  };
  return {
    kind: 'decision',
    utcMs: day * dayMs,
    facts: { answer: 'granted', code: null, by: 'face', said: 'known', grantId: `grant-${day}` },
    personal: { subjectId, distance, secondDistance: 0.41, score: null, secondScore: null, account },
  };
}

export function switched(on: boolean, day = 0): NewEntry {
  return { kind: 'output', utcMs: day * dayMs, facts: { device: 'green', on, grantId: `grant-${day}` } };
}
