import {
  arrowsOf,
  type ChartState,
  type ChartTransition,
  nameText,
  statesOf,
  transitionText,
} from './chart.ts';

/** Words that Mermaid does not take as the name of a state. */
const reserved = new Set(['state', 'note', 'end', 'class', 'classDef', 'default', 'direction', 'as']);

/**
 * The chart as a Mermaid state diagram. Nested states are nested, parallel regions are divided by `--`, and the
 * arrows between two states share one line. Mermaid cannot draw an arrow between a state and one around it:
 * such transitions are notes.
 */
export function mermaidOf(chart: ChartState): string {
  const lines = ['stateDiagram-v2'];
  const parents = parentsOf(chart);
  if (chart.type === 'parallel') {
    // Regions can be divided only inside a state.
    lines.push(`    state "${textOf(nameText(chart))}" as machine`, '    state machine {');
    writeInside(chart, chart, parents, '        ', lines);
    lines.push('    }');
  } else writeInside(chart, chart, parents, '    ', lines);
  return `${lines.join('\n')}\n`;
}

function writeInside(
  state: ChartState,
  chart: ChartState,
  parents: ReadonlyMap<string, string>,
  indent: string,
  lines: string[],
): void {
  for (const [index, child] of state.states.entries()) {
    if (state.type === 'parallel' && index > 0) lines.push(`${indent}--`);
    if (child.path === state.initial) lines.push(`${indent}[*] --> ${idOf(child.path)}`);
    lines.push(`${indent}state "${textOf(nameText(child))}" as ${idOf(child.path)}`);
    if (child.states.length > 0) {
      lines.push(`${indent}state ${idOf(child.path)} {`);
      writeInside(child, chart, parents, `${indent}    `, lines);
      lines.push(`${indent}}`);
    }
    if (child.type === 'final') lines.push(`${indent}${idOf(child.path)} --> [*]`);
  }
  for (const { from, to, transitions } of arrowsOf(chart)) {
    if (commonParent(from, to, parents) !== state.path) continue;
    if (from === to || !isAround(from, to)) {
      lines.push(`${indent}${idOf(from)} --> ${idOf(to)} : ${labelOf(transitions)}`);
    }
  }
  for (const { from, to, transitions } of arrowsOf(chart)) {
    if (from === to || !isAround(from, to)) continue;
    const [at, words] =
      from.length < to.length
        ? [to, `from ${from === '' ? 'anywhere' : `anywhere in ${lastName(from)}`}`]
        : [from, `enters ${to === '' ? 'the machine' : lastName(to)} anew`];
    if (parents.get(at) === state.path) {
      lines.push(`${indent}note right of ${idOf(at)} : ${words}<br/>${labelOf(transitions)}`);
    }
  }
}

function parentsOf(chart: ChartState): Map<string, string> {
  const parents = new Map<string, string>();
  for (const state of statesOf(chart)) for (const child of state.states) parents.set(child.path, state.path);
  return parents;
}

/** The innermost state around both. */
function commonParent(a: string, b: string, parents: ReadonlyMap<string, string>): string {
  const around = new Set<string>();
  for (let at = parents.get(a); at !== undefined; at = parents.get(at)) around.add(at);
  for (let at = parents.get(b); at !== undefined; at = parents.get(at)) if (around.has(at)) return at;
  return '';
}

/** Whether one of the two is around the other. */
function isAround(a: string, b: string): boolean {
  return a === '' || b === '' || a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function idOf(path: string): string {
  const id = path.replace(/[^A-Za-z0-9]+/g, '_');
  return reserved.has(id) ? `${id}_` : id;
}

function labelOf(transitions: readonly ChartTransition[]): string {
  return transitions.map((transition) => textOf(transitionText(transition))).join('<br/>');
}

/** A colon or semicolon ends a label in Mermaid. */
function textOf(text: string): string {
  return text.replaceAll(':', ' -').replaceAll(';', ',').replaceAll('"', "'");
}
