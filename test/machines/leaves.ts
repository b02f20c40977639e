import { machines } from '../../machines/index.ts';
import type { TraceRecord } from '../../src/trace/record.ts';

type MachineName = keyof typeof machines;

interface Node {
  readonly key: string;
  readonly path: readonly string[];
  readonly states: Readonly<Record<string, Node>>;
}

/** Every leaf state of every machine, `vision running.idle.empty`. */
export function allLeaves(): string[] {
  return Object.entries(machines).flatMap(([name, machine]) =>
    leavesOf(machine.root).map((path) => `${name} ${path}`),
  );
}

function leavesOf(node: Node): string[] {
  const below = Object.values(node.states);
  return below.length === 0 ? [node.path.join('.')] : below.flatMap(leavesOf);
}

/** The leaf states that every machine is in at the end of the records. */
export function leavesNow(records: readonly TraceRecord[]): string[] {
  const states = new Map<string, readonly string[]>();
  for (const record of records) {
    if (record.kind === 'snapshot') states.set(record.actor, record.states);
    else if (record.kind === 'actor' && record.op !== 'started') states.delete(record.actor);
  }
  return [...states].flatMap(([actor, leaves]) => leaves.map((leaf) => `${machineOf(actor)} ${leaf}`));
}

function machineOf(actor: string): MachineName {
  const name = actor.split('/').at(-1)?.split(':')[0] ?? '';
  if (name in machines) return name as MachineName;
  throw new Error(`no machine is called '${name}'`);
}
