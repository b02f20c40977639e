import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { Scribe } from '../../src/journal/scribe.ts';
import { loadScenarios } from '../../src/scenario/load.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';

/** What a scenario of the library adds to the journal, in short. */
async function journaled(name: string): Promise<string[]> {
  const [scenario] = await loadScenarios([resolve(import.meta.dir, `../scenarios/${name}.yaml`)]);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const scribe = new Scribe();
  const lines: string[] = [];
  await runScenario(scenario, simTarget(), {
    onRecord: (record) => {
      for (const entry of scribe.see(record)) {
        const who = 'personal' in entry ? `${entry.personal.subjectId}: ` : '';
        const facts = Object.values(entry.facts).filter(
          (value) => value !== null && typeof value !== 'number',
        );
        lines.push(`${entry.kind} ${who}${facts.join(' ')}`);
      }
    },
  });
  return lines;
}

test('a known person is a decision, a lamp that goes on and off, and a visit', async () => {
  expect(await journaled('known-face')).toMatchInlineSnapshot(`
    [
      "mode starting",
      "mode selfTest",
      "mode operating",
      "decision p_ana: granted face known grant-328-1",
      "output output true grant-328-1",
      "output output false",
      "mode stopping",
      "mode stopped",
    ]
  `);
});

test('a stranger who stays is refused once, not with every look', async () => {
  expect(await journaled('stranger')).toMatchInlineSnapshot(`
    [
      "mode starting",
      "mode selfTest",
      "mode operating",
      "decision null: refused nobody-named face unknown",
      "mode stopping",
      "mode stopped",
    ]
  `);
});

test('a known voice is a decision of its own', async () => {
  expect(await journaled('known-voice')).toMatchInlineSnapshot(`
    [
      "mode starting",
      "mode selfTest",
      "mode operating",
      "decision p_ana: granted voice known grant-3031-1",
      "output output true grant-3031-1",
      "output output false",
      "mode stopping",
      "mode stopped",
    ]
  `);
});

test('a camera that goes away is a fault that ends', async () => {
  expect(await journaled('camera-unplugged-while-green')).toMatchInlineSnapshot(`
    [
      "mode starting",
      "mode selfTest",
      "mode operating",
      "decision p_ana: granted face known grant-328-1",
      "output output true grant-328-1",
      "fault vision false",
      "output output false",
      "visit p_ana: granted",
      "fault vision true",
      "visit null: deciding",
      "decision p_bea: granted face known grant-10128-2",
      "output output true grant-10128-2",
      "output output false",
      "mode stopping",
      "mode stopped",
    ]
  `);
});
