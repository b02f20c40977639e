import type { AnyStateMachine, StateNode } from 'xstate';
import { guardText } from '../trace/guard-text.ts';

/** What makes a transition happen. */
export type Trigger =
  | { readonly kind: 'event'; readonly event: string }
  | { readonly kind: 'after'; readonly delay: string }
  | { readonly kind: 'always' }
  /** An invoked actor, or the state's own children, came to an end. */
  | { readonly kind: 'done' | 'failed'; readonly of: string };

export interface ChartTransition {
  readonly trigger: Trigger;
  /** What the trace calls the trigger; empty for one that is taken as soon as it may be. */
  readonly event: string;
  /** In words; null: always allowed. */
  readonly guard: string | null;
  /** Paths of states; empty where the state is not left. */
  readonly targets: readonly string[];
  readonly actions: readonly string[];
  readonly description: string | null;
  /** Whether traces have it; absent where nobody has looked. */
  readonly reached?: boolean;
}

export interface ChartState {
  /** Path from the machine, `running.idle`; empty for the machine itself. The same as in the trace. */
  readonly path: string;
  readonly name: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly description: string | null;
  readonly tags: readonly string[];
  /** The path that is entered first; null without children or where all are entered. */
  readonly initial: string | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invokes: readonly { readonly id: string; readonly src: string }[];
  readonly transitions: readonly ChartTransition[];
  readonly states: readonly ChartState[];
  /** Whether traces have been there; absent where nobody has looked. */
  readonly reached?: boolean;
}

type AnyStateNode = StateNode | AnyStateMachine['root'];

/** The machine as plain data, in the order of its source: for drawing, for the page, for other programs. */
export function chartOf(machine: AnyStateMachine): ChartState {
  return stateOf(machine.root);
}

/** The state and all below it, outermost first. */
export function* statesOf(state: ChartState): Generator<ChartState> {
  yield state;
  for (const child of state.states) yield* statesOf(child);
}

/** The transitions that lead from one state to another, in the order of the source. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly transitions: readonly ChartTransition[];
}

/** Every pair of states with a transition between them; those that stay where they are have no arrow. */
export function arrowsOf(chart: ChartState): Arrow[] {
  const arrows = new Map<string, { from: string; to: string; transitions: ChartTransition[] }>();
  for (const state of statesOf(chart)) {
    for (const transition of state.transitions) {
      for (const target of transition.targets) {
        const key = `${state.path} ${target}`;
        const arrow = arrows.get(key) ?? { from: state.path, to: target, transitions: [] };
        arrow.transitions.push(transition);
        arrows.set(key, arrow);
      }
    }
  }
  return [...arrows.values()];
}

function stateOf(node: AnyStateNode): ChartState {
  const initial = node.type === 'compound' ? node.initial.target?.[0] : undefined;
  const sources = new Map(node.invoke.map(({ id, src }) => [id, String(src)]));
  const transitions = [...node.transitions.values()].flat().concat(node.always ?? []);
  return {
    path: node.path.join('.'),
    name: node.key,
    type: node.type,
    description: node.description ?? null,
    tags: node.tags,
    initial: initial === undefined ? null : initial.path.join('.'),
    entry: actionsOf(node.entry),
    exit: actionsOf(node.exit),
    invokes: [...sources].map(([id, src]) => ({ id, src })),
    transitions: transitions.map((transition) => ({
      trigger: triggerOf(transition.eventType, node, sources),
      event: transition.eventType,
      guard: guardText(transition.guard) ?? null,
      targets: (transition.target ?? []).map((target) => target.path.join('.')),
      actions: actionsOf(transition.actions),
      description: transition.description ?? null,
    })),
    states: Object.values(node.states).map((child) => stateOf(child)),
  };
}

/** XState writes invocations, delays and ends as events with the state's id in their names. */
function triggerOf(eventType: string, node: AnyStateNode, sources: ReadonlyMap<string, string>): Trigger {
  if (eventType === '') return { kind: 'always' };
  const delay = between(eventType, 'xstate.after.', `.${node.id}`);
  if (delay !== undefined) return { kind: 'after', delay: /^\d+$/.test(delay) ? `${delay} ms` : delay };
  const done = between(eventType, 'xstate.done.actor.', '');
  if (done !== undefined) return { kind: 'done', of: sources.get(done) ?? done };
  const failed = between(eventType, 'xstate.error.actor.', '');
  if (failed !== undefined) return { kind: 'failed', of: sources.get(failed) ?? failed };
  if (eventType.startsWith('xstate.done.state.')) return { kind: 'done', of: node.key };
  return { kind: 'event', event: eventType };
}

function between(text: string, start: string, end: string): string | undefined {
  if (!text.startsWith(start) || !text.endsWith(end)) return undefined;
  return text.slice(start.length, text.length - end.length);
}

/** Named actions; those that XState adds for delays, and unnamed built-in ones, say nothing to a reader. */
function actionsOf(actions: readonly unknown[]): string[] {
  return actions.flatMap((action) => {
    if (typeof action === 'string') return [action];
    if (typeof action === 'object' && action !== null && 'type' in action) return [String(action.type)];
    return [];
  });
}

/** The trigger in words, as drawn: `FACE.SEEN`, `after hold time`, `switch on done`. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return trigger.event;
    case 'after':
      return `after ${trigger.delay}`;
    case 'always':
      return '';
    default:
      return `${trigger.of} ${trigger.kind}`;
  }
}

/** Trigger and guard, as drawn beside an arrow. */
export function transitionText(transition: ChartTransition): string {
  const { trigger, guard } = transition;
  const parts = [triggerText(trigger), guard === null ? '' : `[${guard}]`];
  return markOf(transition) + (parts.filter((part) => part !== '').join(' ') || 'else');
}

/** A state's name, as drawn. */
export function nameText(state: ChartState): string {
  return markOf(state) + state.name;
}

/** In front of what traces have reached or not, where somebody has looked. */
export function markOf({ reached }: { readonly reached?: boolean }): string {
  return reached === undefined ? '' : reached ? '✓ ' : '✗ ';
}
