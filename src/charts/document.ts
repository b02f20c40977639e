import { type ChartState, statesOf, triggerText } from './chart.ts';
import { mermaidOf } from './mermaid.ts';

/** All machines on one page of Markdown: what each is for, its diagram, and every state in a table. */
export function machinesDocument(charts: readonly ChartState[]): string {
  return [
    '# The state machines',
    '',
    'Written by `bun run docs:machines` from the machines themselves; a test compares it with the code. The same',
    'charts as pictures: `vigil machines NAME --format svg --output FILE`.',
    '',
    ...charts.flatMap(section),
  ].join('\n');
}

function section(chart: ChartState): string[] {
  const states = [...statesOf(chart)].filter((state) => state.path !== '' || handledBy(state) !== '');
  return [
    `## ${chart.name}`,
    '',
    chart.description ?? '',
    '',
    '```mermaid',
    mermaidOf(chart).trimEnd(),
    '```',
    '',
    '| state | what it is | tags | runs | stays where it is on |',
    '|---|---|---|---|---|',
    ...states.map((state) => {
      const name = state.path === '' ? `*${state.name}*` : `\`${state.path}\``;
      const runs = state.invokes.map(({ src }) => src).join(', ');
      return `| ${name} | ${state.description ?? ''} | ${state.tags.join(', ')} | ${runs} | ${handledBy(state)} |`;
    }),
    '',
  ];
}

/** Events that the state answers without leaving it. */
function handledBy(state: ChartState): string {
  const handled = state.transitions.filter(({ targets }) => targets.length === 0);
  return [...new Set(handled.map(({ trigger }) => triggerText(trigger) || 'always'))].join(', ');
}
