import { assign, type EventObject, fromCallback, fromPromise, sendTo, setup } from 'xstate';
import type { Sense } from '../src/decide/evidence.ts';
import { type AccessInput, accessMachine } from './access.ts';
import { deviceDelays } from './delays.ts';
import { type DoorInput, doorMachine } from './door.ts';
import type {
  AccessGranted,
  AccessRefused,
  AttemptMade,
  AttemptPassed,
  BoardEased,
  BoardStrained,
  DoorClosed,
  DoorForced,
  DoorHeldOpen,
  DoorOpened,
  ExitRequested,
  Fault,
  Grant,
  HearingCleared,
  HearingImpaired,
  InputCleared,
  InputImpaired,
  InvariantBroken,
  OperatorReleased,
  OutputFailed,
  OutputLost,
  OutputRecovered,
  OutputSwitched,
  ProgressMade,
  ProgressSource,
  SenseClosed,
  SenseOpened,
  SourceDied,
  StopRequested,
  StrangersChanged,
  SubjectLeft,
  VisionCleared,
  VisionFailed,
  VisionImpaired,
  WatchdogFailed,
  WatchdogFed,
  WorkBegan,
  WorkEnded,
} from './events.ts';
import { inputNames } from './events.ts';
import { faultFrom, limitFault } from './fault.ts';
import { hearingMachine } from './hearing.ts';
import { type GrantIssued, type GrantWithdrawn, type OutputInput, outputMachine } from './output.ts';
import { type OutputsInput, outputsMachine } from './outputs.ts';
import { type VisionLimits, visionMachine } from './vision.ts';
import { watchdogMachine } from './watchdog.ts';

type DeviceEvent =
  | AttemptMade
  | SubjectLeft
  | StrangersChanged
  | AccessGranted
  | AccessRefused
  | OutputSwitched
  | OutputFailed
  | OutputLost
  | OutputRecovered
  | VisionImpaired
  | VisionCleared
  | VisionFailed
  | HearingImpaired
  | HearingCleared
  | ExitRequested
  | DoorOpened
  | DoorClosed
  | DoorHeldOpen
  | DoorForced
  | InputImpaired
  | InputCleared
  | ProgressMade
  | SourceDied
  | WatchdogFailed
  | WatchdogFed
  | BoardStrained
  | BoardEased
  | InvariantBroken
  | SenseClosed
  | SenseOpened
  | StopRequested
  | OperatorReleased;

export interface DeviceInput {
  readonly vision: VisionLimits;
  readonly access: AccessInput;
  /** The lamp that answers to who is before the device. */
  readonly output: OutputInput;
  readonly outputs: OutputsInput;
  readonly door: DoorInput;
  /** Whether there is a microphone at all. */
  readonly hears: boolean;
  /** This many faults within the window, and the device goes to `safe`. */
  readonly faultsAllowed: number;
  readonly faultWindowMs: number;
  /** This many boots in a row that did not last, and the device goes to `safe`. */
  readonly badBootsAllowed: number;
  /** True for a door: only a person may let the device leave `safe`. */
  readonly operatorLeavesSafe: boolean;
  /** The monotonic clock, for the window of faults. */
  readonly nowMs: () => number;
}

interface DeviceContext extends DeviceInput {
  readonly fault: Fault | null;
  readonly faultTimesMs: readonly number[];
  readonly recoveries: number;
  readonly safeVisits: number;
  /** What is wrong while the device goes on: part → reason. Empty means nominal. */
  readonly impairments: Readonly<Record<string, string>>;
  /** Senses that somebody has closed on purpose. */
  readonly closed: readonly ProgressSource[];
}

/** What starting found out. */
export interface StartReport {
  /** Boots in a row before this one that did not last. */
  readonly badBoots: number;
}

/** Start after start that did not last: something that a restart does not cure. */
const bootLoop: Fault = {
  part: 'device',
  kind: 'boot-loop',
  message:
    'the last starts did not last, so the device stays safe for now; `vigil why` and the log say what failed',
  retryable: true,
};

/** The whole device: what runs, what is wrong, and when it stops trying. */
export const deviceMachine = setup({
  types: {
    context: {} as DeviceContext,
    input: {} as DeviceInput,
    events: {} as DeviceEvent,
    children: {} as {
      access: 'access';
      output: 'output';
      outputs: 'outputs';
      door: 'door';
      watchdog: 'watchdog';
      vision: 'vision';
      hearing: 'hearing';
    },
  },
  actors: {
    /** Opens the store, the models and the lines, outputs safe first. Rejects with the first error. */
    start: fromPromise<StartReport>(() => Promise.reject(new Error('not provided'))),
    /** Proves what can be proved without a person: models give known answers, outputs read back safe. */
    'self-test': fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Closes and opens everything again. */
    recover: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Outputs off, everything closed, trace written. */
    stop: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Writes the safe level of every actuator and reads it back. */
    'make safe': fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Sends BOARD.STRAINED and BOARD.EASED. */
    'watch the board': fromCallback<EventObject>(() => undefined),
    vision: visionMachine,
    hearing: hearingMachine,
    access: accessMachine,
    output: outputMachine,
    outputs: outputsMachine,
    door: doorMachine,
    watchdog: watchdogMachine,
  },
  guards: {
    'trying again cannot help': ({ context }) => context.fault !== null && !context.fault.retryable,
    'there were too many faults': ({ context }) => context.faultTimesMs.length >= context.faultsAllowed,
    'there were too many bad boots': ({ context }, params: { badBoots: number }) =>
      params.badBoots >= context.badBootsAllowed,
    'something is impaired': ({ context }) => Object.keys(context.impairments).length > 0,
    'nothing is impaired': ({ context }) => Object.keys(context.impairments).length === 0,
    'there is no microphone': ({ context }) => !context.hears,
    'the sense is open': ({ context }, params: { sense: ProgressSource }) =>
      !context.closed.includes(params.sense),
    'this sense is meant': ({ event }, params: { sense: ProgressSource }) =>
      event.type === 'SENSE.CLOSED' && event.sense === params.sense,
    'who asked is closed': ({ context, event }) =>
      'by' in event && context.closed.includes(senseThat(event.by)),
    'the device may leave safe by itself': ({ context }) => !context.operatorLeavesSafe,
    'a fault did not come to its end': ({ event }) =>
      event.type === 'INVARIANT.BROKEN' && event.fault.kind === 'fault-ends',
    'the output cannot be made safe': ({ event }) => event.type === 'OUTPUT.FAILED' && !event.fault.retryable,
  },
  actions: {
    'note the fault': assign(({ context }, params: { fault: Fault }) => {
      const nowMs = context.nowMs();
      const recent = context.faultTimesMs.filter((atMs) => nowMs - atMs < context.faultWindowMs);
      return { fault: params.fault, faultTimesMs: [...recent, nowMs] };
    }),
    'count the recovery': assign({ recoveries: ({ context }) => context.recoveries + 1 }),
    'count the visit to safe': assign({ safeVisits: ({ context }) => context.safeVisits + 1 }),
    'forget old faults': assign({ fault: null, faultTimesMs: [], recoveries: 0 }),
    'the device works again': assign({ fault: null }),
    'all is well for long': assign({ recoveries: 0, safeVisits: 0 }),
    'note the impairment': assign({
      impairments: ({ context }, params: { part: string; reason: string }) => ({
        ...context.impairments,
        [params.part]: params.reason,
      }),
    }),
    'clear the impairment': assign({
      impairments: ({ context }, params: { part: string }) => {
        const { [params.part]: _cleared, ...rest } = context.impairments;
        return rest;
      },
    }),
    'note how the board is': assign({
      impairments: ({ context, event }) => {
        const { board: _before, ...rest } = context.impairments;
        return event.type === 'BOARD.STRAINED' ? { ...rest, board: event.reason } : rest;
      },
    }),
    /** The door goes on being watched whatever the device does, and says itself when its inputs work again. */
    'clear what the work was impaired by': assign({
      impairments: ({ context }) =>
        Object.fromEntries(
          Object.entries(context.impairments).filter(([part]) => inputNames.some((name) => name === part)),
        ),
    }),
    'pass the attempt to access': sendTo(
      'access',
      ({ context }, params: { attempt: AttemptMade }): AttemptPassed => ({
        ...params.attempt,
        degraded: Object.keys(context.impairments).length > 0,
      }),
    ),
    'tell access who is here': sendTo(
      'access',
      (_, params: { change: SubjectLeft | StrangersChanged }) => params.change,
    ),
    'close the sense': assign({
      closed: ({ context, event }) =>
        event.type === 'SENSE.CLOSED' && !context.closed.includes(event.sense)
          ? [...context.closed, event.sense]
          : context.closed,
    }),
    'open the sense': assign({
      closed: ({ context, event }) =>
        event.type === 'SENSE.OPENED'
          ? context.closed.filter((sense) => sense !== event.sense)
          : context.closed,
    }),
    'tell access that a sense is closed': sendTo('access', ({ event }) => event),
    'withdraw what was granted': sendTo('output', { type: 'GRANT.WITHDRAWN' } satisfies GrantWithdrawn),
    'pass the answer to who asked': sendTo(
      ({ event }) => ('by' in event ? senseThat(event.by) : 'vision'),
      ({ event }) => event,
    ),
    'give the grant to the output': sendTo(
      'output',
      (_, params: { grant: Grant }): GrantIssued => ({ type: 'GRANT.ISSUED', grant: params.grant }),
    ),
    'tell the further outputs': sendTo('outputs', ({ event }) => event),
    'tell the door': sendTo('door', ({ event }) => event),
    'tell vision about the board': sendTo('vision', ({ event }) => event),
    'tell vision about the output': sendTo('vision', ({ event }) => event),
    'tell hearing about the output': sendTo('hearing', ({ event }) => event),
    'pass progress to the watchdog': sendTo('watchdog', ({ event }) => event),
    'watch the work of': sendTo(
      'watchdog',
      (_, params: { source: ProgressSource }): WorkBegan => ({ type: 'WORK.BEGAN', source: params.source }),
    ),
    'watch no more the work of': sendTo(
      'watchdog',
      (_, params: { source: ProgressSource }): WorkEnded => ({ type: 'WORK.ENDED', source: params.source }),
    ),
    /** Indicators and the boot counter; provided from outside, never throw. */
    'show nominal': () => undefined,
    'show degraded': () => undefined,
    'show fault': () => undefined,
    'show safe': () => undefined,
    'count this boot as good': () => undefined,
  },
  delays: {
    ...deviceDelays,
    /** Both grow with every try; the runtime gives them the configured back-off and seeded jitter. */
    'recovery wait': 1_000,
    'safe retry wait': 600_000,
  },
}).createMachine({
  id: 'device',
  description: 'The whole device: what runs, what is wrong, and when it stops trying.',
  context: ({ input }) => ({
    ...input,
    fault: null,
    faultTimesMs: [],
    recoveries: 0,
    safeVisits: 0,
    impairments: {},
    closed: [],
  }),
  initial: 'starting',
  invoke: [
    { src: 'watchdog', id: 'watchdog', onError: died('watchdog') },
    { src: 'door', id: 'door', input: ({ context }) => context.door, onError: died('door') },
  ],
  on: {
    'STOP.REQUESTED': '.stopping',
    'SENSE.CLOSED': { actions: 'close the sense' },
    'SENSE.OPENED': { actions: 'open the sense' },
    'INPUT.IMPAIRED': {
      actions: {
        type: 'note the impairment',
        params: ({ event }) => ({ part: event.input, reason: event.reason }),
      },
    },
    'INPUT.CLEARED': {
      actions: { type: 'clear the impairment', params: ({ event }) => ({ part: event.input }) },
    },
    // The outputs are told while there are any; the trace and the journal are told at any time.
    'EXIT.REQUESTED': {},
    'DOOR.OPENED': {},
    'DOOR.CLOSED': {},
    'DOOR.HELD_OPEN': {},
    'DOOR.FORCED': {},
    'INVARIANT.BROKEN': [
      {
        guard: 'a fault did not come to its end',
        target: '.safe',
        actions: { type: 'note the fault', params: ({ event }) => ({ fault: event.fault }) },
      },
      {
        target: '.fault',
        actions: { type: 'note the fault', params: ({ event }) => ({ fault: event.fault }) },
      },
    ],
  },
  states: {
    starting: {
      description: 'Outputs are made safe, then the store, the models and the devices are opened.',
      invoke: {
        src: 'start',
        onDone: [
          {
            guard: {
              type: 'there were too many bad boots',
              params: ({ event }) => ({ badBoots: event.output.badBoots }),
            },
            target: 'safe',
            actions: { type: 'note the fault', params: { fault: bootLoop } },
          },
          { target: 'selfTest' },
        ],
        onError: {
          target: 'fault',
          actions: {
            type: 'note the fault',
            params: ({ event }) => ({ fault: faultFrom(event.error, 'device') }),
          },
        },
      },
      after: {
        'start limit': {
          target: 'fault',
          actions: { type: 'note the fault', params: { fault: limitFault('device', 'starting') } },
        },
      },
    },
    selfTest: {
      description: 'Models must give known answers and outputs must read back safe.',
      invoke: {
        src: 'self-test',
        onDone: 'operating',
        onError: {
          target: 'fault',
          actions: {
            type: 'note the fault',
            params: ({ event }) => ({ fault: faultFrom(event.error, 'device') }),
          },
        },
      },
      after: {
        'self-test limit': {
          target: 'fault',
          actions: { type: 'note the fault', params: { fault: limitFault('device', 'the self-test') } },
        },
      },
    },
    operating: {
      type: 'parallel',
      description: 'The device does its work.',
      entry: 'the device works again',
      exit: 'clear what the work was impaired by',
      invoke: [
        { src: 'access', id: 'access', input: ({ context }) => context.access, onError: died('access') },
        { src: 'output', id: 'output', input: ({ context }) => context.output, onError: died('output') },
        { src: 'outputs', id: 'outputs', input: ({ context }) => context.outputs, onError: died('outputs') },
        { src: 'watch the board', onError: { actions: [] } },
      ],
      on: {
        'ATTEMPT.MADE': {
          actions: {
            type: 'pass the attempt to access',
            params: ({ event }: { event: AttemptMade }) => ({ attempt: event }),
          },
        },
        'SUBJECT.LEFT': {
          actions: {
            type: 'tell access who is here',
            params: ({ event }: { event: SubjectLeft }) => ({ change: event }),
          },
        },
        'STRANGERS.CHANGED': {
          actions: {
            type: 'tell access who is here',
            params: ({ event }: { event: StrangersChanged }) => ({ change: event }),
          },
        },
        'ACCESS.GRANTED': [
          { guard: 'who asked is closed' },
          {
            actions: [
              'pass the answer to who asked',
              {
                type: 'give the grant to the output',
                params: ({ event }: { event: AccessGranted }) => ({ grant: event.grant }),
              },
              'tell the further outputs',
              'tell the door',
            ],
          },
        ],
        'ACCESS.REFUSED': [
          { guard: 'who asked is closed' },
          { actions: ['pass the answer to who asked', 'tell the further outputs'] },
        ],
        'OUTPUT.FAILED': [
          {
            guard: 'the output cannot be made safe',
            target: '#device.fault',
            actions: { type: 'note the fault', params: ({ event }) => ({ fault: event.fault }) },
          },
          {
            actions: {
              type: 'note the impairment',
              params: ({ event }) => ({ part: event.device, reason: event.fault.message }),
            },
          },
        ],
        'OUTPUT.LOST': {
          target: '#device.fault',
          actions: { type: 'note the fault', params: ({ event }) => ({ fault: event.fault }) },
        },
        'OUTPUT.RECOVERED': {
          actions: { type: 'clear the impairment', params: ({ event }) => ({ part: event.device }) },
        },
        'VISION.IMPAIRED': {
          actions: {
            type: 'note the impairment',
            params: ({ event }) => ({ part: 'vision', reason: event.reason }),
          },
        },
        'VISION.CLEARED': { actions: { type: 'clear the impairment', params: { part: 'vision' } } },
        'VISION.FAILED': {
          target: '#device.fault',
          actions: { type: 'note the fault', params: ({ event }) => ({ fault: event.fault }) },
        },
        'HEARING.IMPAIRED': {
          actions: {
            type: 'note the impairment',
            params: ({ event }) => ({ part: 'hearing', reason: event.reason }),
          },
        },
        'HEARING.CLEARED': { actions: { type: 'clear the impairment', params: { part: 'hearing' } } },
        'EXIT.REQUESTED': { actions: 'tell the further outputs' },
        'DOOR.OPENED': { actions: 'tell the further outputs' },
        'DOOR.HELD_OPEN': { actions: 'tell the further outputs' },
        'DOOR.FORCED': { actions: 'tell the further outputs' },
        'PROGRESS.MADE': { actions: 'pass progress to the watchdog' },
        'SOURCE.DIED': {
          target: '#device.fault',
          actions: {
            type: 'note the fault',
            params: ({ event }) => ({
              fault: {
                part: 'loop' as const,
                kind: 'dead',
                message: `${event.source} makes no progress any more`,
                retryable: true,
              },
            }),
          },
        },
        'WATCHDOG.FAILED': {
          actions: {
            type: 'note the impairment',
            params: ({ event }) => ({ part: 'watchdog', reason: event.fault.message }),
          },
        },
        'BOARD.STRAINED': { actions: 'note how the board is' },
        'BOARD.EASED': { actions: 'note how the board is' },
        'WATCHDOG.FED': { actions: { type: 'clear the impairment', params: { part: 'watchdog' } } },
      },
      states: {
        vision: {
          description: 'Whether the device sees.',
          initial: 'closed',
          states: {
            closed: {
              description: 'Closed on purpose: nobody is looked at.',
              always: { guard: isOpen('vision'), target: 'open' },
            },
            open: {
              description: 'The device sees.',
              entry: { type: 'watch the work of', params: { source: 'vision' } },
              exit: [
                { type: 'watch no more the work of', params: { source: 'vision' } },
                { type: 'clear the impairment', params: { part: 'vision' } },
              ],
              invoke: {
                src: 'vision',
                id: 'vision',
                input: ({ context }) => ({ ...context.vision, sparingly: 'board' in context.impairments }),
                onError: died('vision'),
              },
              on: {
                'OUTPUT.SWITCHED': { actions: 'tell vision about the output' },
                'BOARD.STRAINED': { actions: ['note how the board is', 'tell vision about the board'] },
                'BOARD.EASED': { actions: ['note how the board is', 'tell vision about the board'] },
                'SENSE.CLOSED': closing('vision'),
              },
            },
          },
        },
        hearing: {
          description: 'Whether the device hears.',
          initial: 'closed',
          states: {
            absent: { description: 'There is no microphone to listen through.' },
            closed: {
              description: 'Closed on purpose: nobody is heard.',
              always: [
                { guard: 'there is no microphone', target: 'absent' },
                { guard: isOpen('hearing'), target: 'present' },
              ],
            },
            present: {
              description: 'The device hears.',
              entry: { type: 'watch the work of', params: { source: 'hearing' } },
              exit: [
                { type: 'watch no more the work of', params: { source: 'hearing' } },
                { type: 'clear the impairment', params: { part: 'hearing' } },
              ],
              invoke: { src: 'hearing', id: 'hearing', onError: died('hearing') },
              on: {
                'OUTPUT.SWITCHED': { actions: 'tell hearing about the output' },
                'SENSE.CLOSED': closing('hearing'),
              },
            },
          },
        },
        health: {
          description: 'Whether everything works.',
          initial: 'nominal',
          states: {
            nominal: {
              description: 'Everything works.',
              entry: 'show nominal',
              always: { guard: 'something is impaired', target: 'degraded' },
            },
            degraded: {
              description: 'Something is missing or bad; the rest goes on.',
              tags: ['degraded'],
              entry: 'show degraded',
              always: { guard: 'nothing is impaired', target: 'nominal' },
            },
          },
        },
        boot: {
          description: 'Whether this boot lasted.',
          initial: 'young',
          states: {
            young: {
              description: 'Started a short while ago.',
              after: {
                'good boot time': {
                  target: 'good',
                  actions: ['count this boot as good', 'all is well for long'],
                },
              },
            },
            good: { description: 'Up for long enough to count as a good boot.' },
          },
        },
      },
    },
    fault: {
      description: 'Something failed that the device cannot work without. Outputs are made safe first.',
      tags: ['fault'],
      entry: 'show fault',
      initial: 'makingSafe',
      states: {
        makingSafe: {
          description: 'The safe level is written to every actuator.',
          invoke: { src: 'make safe', onDone: 'deciding', onError: 'deciding' },
          after: { 'make safe limit': 'deciding' },
        },
        deciding: {
          description: 'Try again, or stay safe?',
          always: [
            { guard: 'trying again cannot help', target: '#device.safe' },
            { guard: 'there were too many faults', target: '#device.safe' },
            { target: 'waiting' },
          ],
        },
        waiting: {
          description: 'Before the next try; the wait grows.',
          after: { 'recovery wait': { target: '#device.recovering', actions: 'count the recovery' } },
        },
      },
    },
    recovering: {
      description: 'Everything is closed and opened again.',
      tags: ['fault'],
      invoke: {
        src: 'recover',
        onDone: 'selfTest',
        onError: {
          target: 'fault',
          actions: {
            type: 'note the fault',
            params: ({ event }) => ({ fault: faultFrom(event.error, 'device') }),
          },
        },
      },
      after: {
        'start limit': {
          target: 'fault',
          actions: { type: 'note the fault', params: { fault: limitFault('device', 'recovering') } },
        },
      },
    },
    safe: {
      description: 'Outputs safe, nothing is opened for anybody. The device tests itself again much later.',
      tags: ['fault', 'safe'],
      entry: ['show safe', 'count the visit to safe'],
      on: {
        'INVARIANT.BROKEN': {
          target: '.makingSafe',
          actions: { type: 'note the fault', params: ({ event }) => ({ fault: event.fault }) },
        },
      },
      initial: 'makingSafe',
      states: {
        makingSafe: {
          description: 'The safe level is written to every actuator.',
          invoke: { src: 'make safe', onDone: 'resting', onError: 'resting' },
          after: { 'make safe limit': 'resting' },
        },
        resting: {
          description: 'Waiting for the next self-test, or for a person.',
          on: { 'OPERATOR.RELEASED': { target: '#device.recovering', actions: 'forget old faults' } },
          after: {
            'safe retry wait': [
              {
                guard: 'the device may leave safe by itself',
                target: '#device.recovering',
                actions: 'forget old faults',
              },
              { target: 'makingSafe' },
            ],
          },
        },
      },
    },
    stopping: {
      description: 'Outputs off, devices closed, trace written. A boot that ends in order was a good one.',
      entry: 'count this boot as good',
      on: { 'STOP.REQUESTED': {}, 'INVARIANT.BROKEN': {} },
      invoke: { src: 'stop', onDone: 'stopped', onError: 'stopped' },
      after: { 'stop limit': 'stopped' },
    },
    stopped: { type: 'final', description: 'Off.' },
  },
});

function senseThat(by: Sense): ProgressSource {
  return by === 'face' ? 'vision' : 'hearing';
}

function isOpen(sense: ProgressSource) {
  return { type: 'the sense is open', params: { sense } } as const;
}

/** A sense that works is closed on purpose: whoever was granted by what it saw or heard is so no more. */
function closing(sense: ProgressSource) {
  return {
    guard: { type: 'this sense is meant', params: { sense } },
    target: 'closed',
    actions: [
      'close the sense',
      'tell access that a sense is closed',
      'withdraw what was granted',
      'tell the further outputs',
    ],
  } as const;
}

/** A child machine that died of a bug is a fault of the device. */
function died(part: string) {
  return {
    target: '#device.fault',
    actions: { type: 'note the fault', params: { fault: limitFault('loop', part) } },
  } as const;
}
