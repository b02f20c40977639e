import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import sharp from 'sharp';
import { and, not, setup } from 'xstate';
import { machines } from '../../machines/index.ts';
import { chartOf, statesOf } from '../../src/charts/chart.ts';
import { machinesDocument } from '../../src/charts/document.ts';
import { type ChartLayout, layoutChart, type Rectangle } from '../../src/charts/layout.ts';
import { mermaidOf } from '../../src/charts/mermaid.ts';
import { svgOf } from '../../src/charts/svg.ts';
import { textWidthPx, wrapText } from '../../src/charts/text.ts';

const door = setup({
  types: { events: {} as { type: 'KEY.TURNED' } | { type: 'ALARM.RAISED' } | { type: 'NOTE.TAKEN' } },
  guards: { 'it fits': () => true, 'it is day: always': () => true },
  actions: { ring: () => undefined },
  delays: { 'hold time': 1_000 },
}).createMachine({
  id: 'door',
  description: 'A door.',
  initial: 'shut',
  on: { 'ALARM.RAISED': '.end' },
  states: {
    shut: {
      description: 'Nobody comes in.',
      entry: 'ring',
      on: {
        'KEY.TURNED': [
          { guard: and(['it fits', not('it is day: always')]), target: 'open', actions: 'ring' },
          { target: 'shut', reenter: true },
        ],
        'NOTE.TAKEN': { actions: 'ring' },
      },
    },
    open: {
      type: 'parallel',
      tags: ['lit'],
      after: { 'hold time': 'shut' },
      states: {
        light: { initial: 'dim', states: { dim: { after: { 250: 'bright' } }, bright: {} } },
        bell: {},
      },
    },
    end: { type: 'final' },
  },
});

describe('a chart', () => {
  test('says in plain data what the machine does', () => {
    const chart = chartOf(door);
    expect(chart.initial).toBe('shut');
    expect([...statesOf(chart)].map(({ path }) => path)).toEqual([
      '',
      'shut',
      'open',
      'open.light',
      'open.light.dim',
      'open.light.bright',
      'open.bell',
      'end',
    ]);
    expect(
      chart.states[0]?.transitions.map(({ trigger, guard, targets, actions }) => ({
        trigger,
        guard,
        targets,
        actions,
      })),
    ).toEqual([
      {
        trigger: { kind: 'event', event: 'KEY.TURNED' },
        guard: 'it fits and not (it is day: always)',
        targets: ['open'],
        actions: ['ring'],
      },
      { trigger: { kind: 'event', event: 'KEY.TURNED' }, guard: null, targets: ['shut'], actions: [] },
      { trigger: { kind: 'event', event: 'NOTE.TAKEN' }, guard: null, targets: [], actions: ['ring'] },
    ]);
    expect(chart.states[1]?.transitions[0]?.trigger).toEqual({ kind: 'after', delay: 'hold time' });
    expect(chart.states[1]?.states[0]?.states[0]?.transitions[0]?.trigger).toEqual({
      kind: 'after',
      delay: '250 ms',
    });
    expect(chart.states[1]?.entry).toEqual([]);
    expect(JSON.parse(JSON.stringify(chart))).toEqual(chart);
  });

  test('as Mermaid nests states, divides regions, labels arrows, and notes what cannot be an arrow', () => {
    expect(mermaidOf(chartOf(door))).toBe(`stateDiagram-v2
    [*] --> shut
    state "shut" as shut
    state "open" as open
    state open {
        state "light" as open_light
        state open_light {
            [*] --> open_light_dim
            state "dim" as open_light_dim
            state "bright" as open_light_bright
            open_light_dim --> open_light_bright : after 250 ms
        }
        --
        state "bell" as open_bell
    }
    state "end" as end_
    end_ --> [*]
    shut --> open : KEY.TURNED [it fits and not (it is day - always)]
    shut --> shut : KEY.TURNED
    open --> shut : after hold time
    note right of end_ : from anywhere<br/>ALARM.RAISED
`);
  });
});

describe.each(Object.entries(machines))('the machine %s', (_, machine) => {
  const chart = chartOf(machine);

  test('can be read by a person: it and all its states are described', () => {
    const silent = [...statesOf(chart)].filter(({ description }) => description === null);
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('is drawn the same each time, every state inside the one around it, no label on a state or on another', async () => {
    const layout = await layoutChart(chart);
    expect(svgOf(chart, await layoutChart(chart))).toBe(svgOf(chart, layout));
    expect(layout.states.length).toBe([...statesOf(chart)].length);
    expect(misplaced(layout)).toEqual([]);
    expect(overlaps(layout)).toEqual([]);
    expect(layout.arrows.filter(({ points }) => points.length < 2)).toEqual([]);
  });

  test('is an SVG that can be shown', async () => {
    const layout = await layoutChart(chart);
    const { width, height, format } = await sharp(Buffer.from(svgOf(chart, layout))).metadata();
    expect({ width, height, format }).toEqual({
      width: layout.widthPx,
      height: layout.heightPx,
      format: 'svg',
    });
  });
});

/** States that reach over the edge of the state around them. */
function misplaced({ states }: ChartLayout): string[] {
  return states
    .filter(({ state, ...box }) => {
      const around = states.find((other) => other.state.states.includes(state));
      return around !== undefined && !contains(around, box);
    })
    .map(({ state }) => state.path);
}

/** Labels that lie on another label or on a state without children. */
function overlaps({ states, arrows }: ChartLayout): string[] {
  const labels = arrows.flatMap((arrow) => arrow.labels);
  const leaves = states.filter(({ state }) => state.states.length === 0);
  return labels.flatMap((label, i) => [
    ...labels
      .slice(i + 1)
      .filter((other) => meets(label, other))
      .map((other) => `${label.text} on ${other.text}`),
    ...leaves.filter((leaf) => meets(label, leaf)).map(({ state }) => `${label.text} on ${state.path}`),
  ]);
}

function contains(outer: Rectangle, inner: Rectangle): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function meets(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

test('docs/machines.md says what the machines are now (bun run docs:machines writes it)', async () => {
  const document = machinesDocument(Object.values(machines).map((machine) => chartOf(machine)));
  expect(await Bun.file(join(import.meta.dir, '../../docs/machines.md')).text()).toBe(document);
});

test('text is broken at blanks and never lost', () => {
  const text = 'One person in view, from the first sight of the face until they have left.';
  const lines = wrapText(text, 11, 120);
  expect(lines.join(' ')).toBe(text);
  expect(lines.every((line) => textWidthPx(line, 11) <= 120)).toBe(true);
});
