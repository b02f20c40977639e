import { expect, test } from 'bun:test';
import { tellEntry } from '../../src/cli/journal-words.ts';
import { Narrator, paintFor } from '../../src/cli/narrate.ts';
import type { JournalEntry } from '../../src/journal/entry.ts';
import { Scribe } from '../../src/journal/scribe.ts';
import { explain, tellWhy } from '../../src/trace/why.ts';
import { play } from '../machines/scenarios.ts';

test('what becomes of a door is in the journal once, told as it happens, and given as a reason later', async () => {
  const { records } = await play(
    'a door that was open at the start, is forced and held open, and has a loose wire',
  );
  const scribe = new Scribe();
  const written = records
    .flatMap((record) => scribe.see(record))
    .filter(({ kind }) => kind === 'door')
    .map(
      ({ kind, facts }, seq): JournalEntry => ({ seq, utcMs: 0, kind, facts, personal: null, gone: null }),
    );
  const told = [
    'the door was found open',
    'the door was closed',
    'the door was opened, by nobody’s right',
    'the door was forced: nobody was granted, and nobody had asked to leave',
    'the door is held open',
  ];
  expect(written.map((entry) => tellEntry(entry, String)).slice(0, 5)).toEqual(told);

  const narrator = new Narrator(paintFor({}), String);
  const lines = records.flatMap((record) => narrator.line(record)?.slice(11) ?? []);
  for (const words of told) expect(lines).toContain(`door      ${words}`);

  expect(tellWhy(explain(records, 9_500), String)).toContainEqual(
    expect.stringMatching(/^ {2}Door .*held-open\.$/),
  );
});
