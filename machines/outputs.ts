import { assign, enqueueActions, sendParent, setup } from 'xstate';
import type {
  AccessGranted,
  AccessRefused,
  DoorForced,
  DoorHeldOpen,
  DoorOpened,
  ExitRequested,
  LineGrant,
  OutputFailed,
  OutputLost,
  OutputRecovered,
  OutputSwitched,
  SenseClosed,
} from './events.ts';
import {
  type GrantIssued,
  type GrantWithdrawn,
  type HoldEnded,
  type OutputInput,
  outputMachine,
} from './output.ts';

/** What an output can go on for. */
export type OutputCause = 'granted' | 'refused' | 'unknown' | 'exit' | 'forced' | 'held-open';

export interface OutputSpec extends OutputInput {
  readonly causes: readonly OutputCause[];
  /** It goes off as soon as the door is open. */
  readonly endsWhenOpened: boolean;
}

export interface OutputsInput {
  readonly outputs: readonly OutputSpec[];
  /** The monotonic clock, for how old a cause is. */
  readonly nowMs: () => number;
}

interface OutputsContext extends OutputsInput {
  readonly signals: number;
  /** The visit whose refusal was signalled last, and as what: a visitor is judged every few seconds. */
  readonly signalled: { readonly trackId: number; readonly cause: OutputCause } | null;
}

type OutputsEvent =
  | AccessGranted
  | AccessRefused
  | ExitRequested
  | DoorOpened
  | DoorHeldOpen
  | DoorForced
  | OutputSwitched
  | OutputFailed
  | OutputLost
  | OutputRecovered
  | SenseClosed;

/** As a visit, an output is named by its machine and a name of its own. */
function idOf({ device }: OutputSpec): string {
  return `output:${device}`;
}

/** Answers that say nothing of the person: they were let in already, or are looked at again in a moment. */
const notSignalled: ReadonlySet<string> = new Set([
  'already-served',
  'stale-evidence',
  'slow-evidence',
  'face-needed',
  'voice-needed',
  'too-little-evidence',
  'challenge-needed',
]);

/** What a refusal is a cause of; null: of nothing. */
function causeOf({ code }: AccessRefused): OutputCause | null {
  if (code === 'nobody-named') return 'unknown';
  return notSignalled.has(code) ? null : 'refused';
}

/** Every output beside the lamp: each goes on for what it is there for. */
export const outputsMachine = setup({
  types: {
    context: {} as OutputsContext,
    input: {} as OutputsInput,
    events: {} as OutputsEvent,
    children: {} as Record<string, 'output'>,
  },
  actors: { output: outputMachine },
  guards: {
    'it was signalled already': ({ context: { signalled }, event }) =>
      event.type === 'ACCESS.REFUSED' &&
      event.trackId !== null &&
      signalled?.trackId === event.trackId &&
      signalled.cause === causeOf(event),
    'it says something of a person': ({ event }) =>
      event.type === 'ACCESS.REFUSED' && causeOf(event) !== null,
  },
  actions: {
    'start each output': enqueueActions(({ context, enqueue }) => {
      for (const spec of context.outputs) enqueue.spawnChild('output', { id: idOf(spec), input: spec });
    }),
    'switch on what is there for it': enqueueActions(
      ({ context, enqueue }, { cause, grant }: { cause: OutputCause; grant: LineGrant }) => {
        for (const spec of context.outputs) {
          if (spec.causes.includes(cause)) {
            enqueue.sendTo(idOf(spec), { type: 'GRANT.ISSUED', grant } satisfies GrantIssued);
          }
        }
      },
    ),
    /** What is no permission for a person: the cause itself is what it goes on for, once. */
    signal: enqueueActions(({ context, enqueue }, { cause }: { cause: OutputCause | null }) => {
      const signals = context.signals + 1;
      const issuedAtMs = context.nowMs();
      // With the time in it: this machine begins anew when the device recovers, and no id may come twice.
      const grant = { grantId: `signal-${Math.floor(issuedAtMs)}-${signals}`, issuedAtMs };
      enqueue.assign({ signals });
      for (const spec of context.outputs) {
        if (cause === null || !spec.causes.includes(cause)) continue;
        enqueue.sendTo(idOf(spec), { type: 'GRANT.ISSUED', grant } satisfies GrantIssued);
      }
    }),
    'remember whose refusal it was': assign({
      signalled: ({ event }) => {
        const cause = event.type === 'ACCESS.REFUSED' ? causeOf(event) : null;
        if (event.type !== 'ACCESS.REFUSED' || cause === null || event.trackId === null) return null;
        return { trackId: event.trackId, cause };
      },
    }),
    'end what ends with the opening': enqueueActions(({ context, enqueue }) => {
      for (const spec of context.outputs) {
        if (spec.endsWhenOpened) enqueue.sendTo(idOf(spec), { type: 'HOLD.ENDED' } satisfies HoldEnded);
      }
    }),
    /** What somebody was granted by a sense that is closed now. The exit button can be pressed again. */
    'end what is on for a person': enqueueActions(({ context, enqueue }) => {
      for (const spec of context.outputs) {
        if (spec.causes.includes('granted')) {
          enqueue.sendTo(idOf(spec), { type: 'GRANT.WITHDRAWN' } satisfies GrantWithdrawn);
        }
      }
    }),
    'pass it on': sendParent(({ event }) => event),
    /** The sound for it, where there is one; provided from outside, never throws. */
    'sound it': (_, _params: { cause: OutputCause | null }) => undefined,
  },
}).createMachine({
  id: 'outputs',
  description: 'Every output beside the lamp: each goes on for what it is there for.',
  context: ({ input }) => ({ ...input, signals: 0, signalled: null }),
  initial: 'serving',
  states: {
    serving: {
      description: 'Each output waits for what it is there for, by itself.',
      entry: 'start each output',
      on: {
        'ACCESS.GRANTED': {
          actions: [
            {
              type: 'switch on what is there for it',
              params: ({ event }) => ({ cause: 'granted', grant: event.grant }),
            },
            { type: 'sound it', params: { cause: 'granted' } },
          ],
        },
        'ACCESS.REFUSED': [
          { guard: 'it was signalled already' },
          {
            guard: 'it says something of a person',
            actions: [
              { type: 'signal', params: ({ event }) => ({ cause: causeOf(event) }) },
              { type: 'sound it', params: ({ event }) => ({ cause: causeOf(event) }) },
              'remember whose refusal it was',
            ],
          },
        ],
        'EXIT.REQUESTED': {
          actions: [
            {
              type: 'switch on what is there for it',
              params: ({ event }) => ({ cause: 'exit', grant: event.grant }),
            },
            { type: 'sound it', params: { cause: 'exit' } },
          ],
        },
        'DOOR.OPENED': { actions: 'end what ends with the opening' },
        'SENSE.CLOSED': { actions: 'end what is on for a person' },
        'DOOR.HELD_OPEN': { actions: signalled('held-open') },
        'DOOR.FORCED': { actions: signalled('forced') },
        'OUTPUT.SWITCHED': {},
        'OUTPUT.FAILED': { actions: 'pass it on' },
        'OUTPUT.LOST': { actions: 'pass it on' },
        'OUTPUT.RECOVERED': { actions: 'pass it on' },
      },
    },
  },
});

function signalled(cause: OutputCause) {
  return [
    { type: 'signal', params: { cause } },
    { type: 'sound it', params: { cause } },
  ] as const;
}
