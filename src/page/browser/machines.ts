import type { StoryState } from '../../trace/story.ts';
import { visitorsOf } from '../visitors.ts';

/** Every machine, by the name of its chart, the outermost first. */
export const machineNames = [
  'device',
  'vision',
  'visit',
  'challenge',
  'hearing',
  'access',
  'output',
  'outputs',
  'door',
  'watchdog',
] as const;
export type MachineName = (typeof machineNames)[number];

/** The machine that an actor runs, by the last name of its path; undefined for what is no machine. */
export function machineOf(actor: string): MachineName | undefined {
  const name = actor.slice(actor.lastIndexOf('/') + 1).split(':')[0];
  return machineNames.find((machine) => machine === name);
}

/** The actor whose states a machine's chart shows: of the visits that of the foremost person. */
export function actorShown(machine: MachineName, state: StoryState): string | undefined {
  if (machine === 'device') return 'device';
  const visitor = visitorsOf(state)[0]?.actor;
  if (machine === 'visit') return visitor;
  if (machine === 'challenge') return visitor === undefined ? undefined : `${visitor}/challenge`;
  return `device/${machine}`;
}

/** What is worth saying of active states in a few words: the ends of their paths, without what every device has. */
export function tellingStates(states: readonly string[]): string[] {
  const telling = states.filter((path) => !/^operating\.(vision|hearing|boot)|^feeding/.test(path));
  const words = (telling.length === 0 ? states : telling).map((path) =>
    path.replace(/^(running|operating)\./, ''),
  );
  return [...new Set(words)].slice(0, 2);
}
