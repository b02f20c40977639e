import { assign, fromPromise, sendParent, setup } from 'xstate';
import { outputDelays } from './delays.ts';
import type {
  Fault,
  LineGrant,
  OutputFailed,
  OutputLost,
  OutputRecovered,
  OutputSwitched,
} from './events.ts';
import { faultFrom, limitFault } from './fault.ts';

export interface GrantIssued {
  readonly type: 'GRANT.ISSUED';
  readonly grant: LineGrant;
}

/** What it was on for has happened: the door is open. */
export interface HoldEnded {
  readonly type: 'HOLD.ENDED';
}

/** Nobody is let in any more by what was seen or heard: a sense was closed on purpose. */
export interface GrantWithdrawn {
  readonly type: 'GRANT.WITHDRAWN';
}

export interface OutputInput {
  /** The line, as the trace calls it. */
  readonly device: string;
  readonly holdMs: number;
  /** After switching off; a grant that comes meanwhile waits. */
  readonly rearmMs: number;
  /** A grant that comes while it is on prolongs it. */
  readonly prolongs: boolean;
}

interface OutputContext extends OutputInput {
  readonly grant: LineGrant | null;
  readonly fault: Fault | null;
}

/** What is asked of a line. */
export interface LineInput {
  readonly device: string;
}

/** Kinds of fault of whoever holds the lines, rather than of a line. */
const keeperIsGone = new Set(['disconnected', 'closed', 'timeout']);

/** One actuator: off unless a grant, taken once, holds it on for a bounded time. */
export const outputMachine = setup({
  types: {
    context: {} as OutputContext,
    input: {} as OutputInput,
    events: {} as GrantIssued | HoldEnded | GrantWithdrawn,
  },
  actors: {
    /** Switches on under the grant; rejects for a stale or used one. The guard below bounds it by itself. */
    'switch on': fromPromise<void, LineInput & { readonly grant: LineGrant | null }>(() =>
      Promise.reject(new Error('not provided')),
    ),
    /** Done when the line has gone back to its safe level by itself; rejects when the line could not be held. */
    'watch the line': fromPromise<void, LineInput>(() => Promise.reject(new Error('not provided'))),
    /** Switches off and reads back. */
    'switch off': fromPromise<void, LineInput>(() => Promise.reject(new Error('not provided'))),
  },
  guards: {
    'a grant waits': ({ context }) => context.grant !== null,
    'a further grant prolongs it': ({ context }) => context.prolongs,
    'the grant was refused': (_, params: { fault: Fault }) =>
      params.fault.kind === 'invalid-argument' || params.fault.kind === 'busy',
    /** Unlike a line that reads back wrong, which the next write may set right. */
    'nobody holds the line': (_, params: { fault: Fault }) => keeperIsGone.has(params.fault.kind),
  },
  actions: {
    'take the grant': assign({
      grant: ({ context, event }) => (event.type === 'GRANT.ISSUED' ? event.grant : context.grant),
    }),
    'drop the grant': assign({ grant: null }),
    'note the fault': assign({ fault: (_, params: { fault: Fault }) => params.fault }),
    'report the fault': sendParent(
      ({ context }): OutputFailed => ({
        type: 'OUTPUT.FAILED',
        device: context.device,
        fault: context.fault ?? limitFault('output', 'switching'),
      }),
    ),
    'report the loss': sendParent(
      ({ context }, params: { fault: Fault }): OutputLost => ({
        type: 'OUTPUT.LOST',
        device: context.device,
        fault: params.fault,
      }),
    ),
    'report the cure': sendParent(
      ({ context }): OutputRecovered => ({ type: 'OUTPUT.RECOVERED', device: context.device }),
    ),
    'tell that it is on': sendParent(
      ({ context }): OutputSwitched => ({ type: 'OUTPUT.SWITCHED', device: context.device, on: true }),
    ),
    'tell that it is off': sendParent(
      ({ context }): OutputSwitched => ({ type: 'OUTPUT.SWITCHED', device: context.device, on: false }),
    ),
    /** The indicator beside the actuator: red when nobody is granted. Provided from outside; never throws. */
    'show granted': () => undefined,
    'show nobody granted': () => undefined,
  },
  delays: {
    ...outputDelays,
    'hold time': ({ context }) => context.holdMs,
    're-arm time': ({ context }) => context.rearmMs,
  },
}).createMachine({
  id: 'output',
  description: 'One actuator: off unless a grant, taken once, holds it on for a bounded time.',
  context: ({ input }) => ({ ...input, grant: null, fault: null }),
  initial: 'off',
  on: { 'GRANT.WITHDRAWN': { actions: 'drop the grant' } },
  states: {
    off: {
      description: 'At the safe level; nobody is granted.',
      entry: ['show nobody granted', 'tell that it is off'],
      initial: 'resting',
      states: {
        resting: {
          description: 'Just switched off: a grant that comes now waits for the re-arm time.',
          on: { 'GRANT.ISSUED': { actions: 'take the grant' } },
          after: {
            're-arm time': [{ guard: 'a grant waits', target: '#output.on' }, { target: 'ready' }],
          },
        },
        ready: {
          description: 'The next grant is taken at once.',
          on: { 'GRANT.ISSUED': { target: '#output.on', actions: 'take the grant' } },
        },
      },
    },
    on: {
      description: 'Held by one grant.',
      initial: 'switchingOn',
      exit: 'drop the grant',
      on: { 'GRANT.WITHDRAWN': 'switchingOff' },
      states: {
        switchingOn: {
          description:
            'The line is set and read back. A grant that comes meanwhile is served by the same light.',
          invoke: {
            src: 'switch on',
            input: ({ context: { device, grant } }) => ({ device, grant }),
            onDone: 'lit',
            onError: [
              {
                guard: {
                  type: 'the grant was refused',
                  params: ({ event }) => ({ fault: faultFrom(event.error, 'output') }),
                },
                target: '#output.switchingOff',
              },
              {
                target: '#output.fault',
                actions: {
                  type: 'note the fault',
                  params: ({ event }) => ({ fault: faultFrom(event.error, 'output') }),
                },
              },
            ],
          },
          after: {
            'switch limit': {
              target: '#output.fault',
              actions: { type: 'note the fault', params: { fault: limitFault('output', 'switching on') } },
            },
          },
        },
        lit: {
          description: 'On. A further grant may prolong it, within the bound of the line.',
          tags: ['lit'],
          entry: ['show granted', 'tell that it is on'],
          invoke: {
            src: 'watch the line',
            input: ({ context: { device } }) => ({ device }),
            onDone: '#output.switchingOff',
            onError: {
              target: '#output.fault',
              actions: {
                type: 'note the fault',
                params: ({ event }) => ({ fault: faultFrom(event.error, 'output') }),
              },
            },
          },
          on: {
            'GRANT.ISSUED': {
              guard: 'a further grant prolongs it',
              target: 'switchingOn',
              actions: 'take the grant',
            },
            'HOLD.ENDED': '#output.switchingOff',
          },
          after: { 'hold time': '#output.switchingOff' },
        },
      },
    },
    switchingOff: {
      description: 'The safe level is written and read back.',
      entry: 'show nobody granted',
      on: { 'GRANT.ISSUED': { actions: 'take the grant' } },
      invoke: {
        src: 'switch off',
        input: ({ context: { device } }) => ({ device }),
        onDone: 'off',
        onError: {
          target: 'fault',
          actions: {
            type: 'note the fault',
            params: ({ event }) => ({ fault: faultFrom(event.error, 'output') }),
          },
        },
      },
      after: {
        'switch limit': {
          target: 'fault',
          actions: { type: 'note the fault', params: { fault: limitFault('output', 'switching off') } },
        },
      },
    },
    fault: {
      description:
        'The line did not do what it was told. No grant is taken; the safe level is tried again and again.',
      tags: ['fault', 'degraded'],
      entry: ['show nobody granted', 'tell that it is off', 'report the fault'],
      on: { 'GRANT.ISSUED': { actions: 'tell that it is off' } },
      initial: 'waiting',
      states: {
        waiting: {
          description: 'Before the next try.',
          after: { 'retry time': 'tryingSafe' },
        },
        tryingSafe: {
          description: 'The safe level is written and read back.',
          invoke: {
            src: 'switch off',
            input: ({ context: { device } }) => ({ device }),
            onDone: { target: '#output.off', actions: 'report the cure' },
            onError: [
              {
                guard: {
                  type: 'nobody holds the line',
                  params: ({ event }) => ({ fault: faultFrom(event.error, 'output') }),
                },
                target: 'waiting',
                actions: {
                  type: 'report the loss',
                  params: ({ event }) => ({ fault: faultFrom(event.error, 'output') }),
                },
              },
              { target: 'waiting' },
            ],
          },
          after: { 'switch limit': 'waiting' },
        },
      },
    },
  },
});
