import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { Reporter } from '../../src/house/reporter.ts';
import { loadScenarios } from '../../src/scenario/load.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import { traceData } from '../../src/trace/data.ts';

/** What a house hears of a scenario of the library, in short. */
async function heard(name: string): Promise<string[]> {
  const [scenario] = await loadScenarios([resolve(import.meta.dir, `../scenarios/${name}.yaml`)]);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const reporter = new Reporter();
  const lines: string[] = [];
  await runScenario(scenario, simTarget(), {
    onRecord: (record) => {
      for (const { type, ...facts } of reporter.see(record)) {
        const { grantId: _, ...shown } = { grantId: '', ...facts };
        lines.push(`${type} ${Object.values(shown).join(' ')}`);
      }
    },
  });
  return lines;
}

test('a house hears who was let in and why not, and what was switched', async () => {
  expect(await heard('known-face')).toMatchInlineSnapshot(`
    [
      "state starting",
      "state selfTest",
      "state operating",
      "granted p_ana face 0.97822",
      "output output true",
      "output output false",
      "state stopping",
      "state stopped",
    ]
  `);
  expect(await heard('known-voice')).toMatchInlineSnapshot(`
    [
      "state starting",
      "state selfTest",
      "state operating",
      "granted p_ana voice 0.87191",
      "output output true",
      "output output false",
      "state stopping",
      "state stopped",
    ]
  `);
});

test('a house hears of a stranger once, as somebody unknown', async () => {
  expect(await heard('stranger')).toMatchInlineSnapshot(`
    [
      "state starting",
      "state selfTest",
      "state operating",
      "unknown face nobody-named",
      "state stopping",
      "state stopped",
    ]
  `);
});

test('a house hears that a part fails, and that it works again', async () => {
  expect((await heard('camera-unplugged-while-green')).filter((line) => line.startsWith('fault'))).toEqual([
    'fault vision  false',
    'fault vision  true',
  ]);
});

test('a house hears what becomes of the door', async () => {
  expect((await heard('door-forced')).filter((line) => line.startsWith('door'))).toMatchInlineSnapshot(`
    [
      "door opened forced",
      "door forced ",
      "door closed ",
      "door opened granted",
      "door closed ",
      "door opened forced",
      "door forced ",
      "door closed ",
      "door opened forced",
      "door forced ",
    ]
  `);
});

test('a house hears of a button and a contact when they change, not with every reading', () => {
  const reporter = new Reporter();
  const contact = (op: string, on: boolean) =>
    reporter.see({
      ...{ v: 1, seq: 1, tMs: 0, kind: 'hal.in', device: 'door-contact' },
      op,
      data: traceData({ on }),
    });
  expect(contact('level', true)).toEqual([{ type: 'input', input: 'door-contact', on: true }]);
  expect(contact('edge', true)).toEqual([]);
  expect(contact('edge', false)).toEqual([{ type: 'input', input: 'door-contact', on: false }]);
});
