import {
  assign,
  type EventObject,
  enqueueActions,
  fromCallback,
  fromPromise,
  not,
  sendParent,
  setup,
} from 'xstate';
import type { Side } from '../src/decide/challenge.ts';
import { visionDelays } from './delays.ts';
import type {
  AccessGranted,
  AccessRefused,
  AttemptMade,
  BoardEased,
  BoardStrained,
  Fault,
  LookCompleted,
  LookFailed,
  OutputSwitched,
  PictureCondition,
  ProgressMade,
  StrangersChanged,
  VisionCleared,
  VisionFailed,
  VisionImpaired,
  VisitEnded,
  VisitMoved,
} from './events.ts';
import { faultFrom, limitFault } from './fault.ts';
import { toldWaiting } from './told-waiting.ts';
import { type FaceSeen, type TrackEnded, visitMachine } from './visit.ts';
import {
  type Departed,
  departureOf,
  foremost,
  sameTracks,
  settleDepartures,
  strangersIn,
  type VisitSeen,
  type Visits,
} from './visits.ts';

/** The operating system shows a device that was not there before. */
interface CameraAppeared {
  readonly type: 'CAMERA.APPEARED';
}

/** Frames come and are glanced at, whether or not there is anything to tell of them. Sent now and then. */
interface LookingWentOn {
  readonly type: 'LOOKING.WENT_ON';
}

/** A file or a folder has shown its last picture; a live camera never sends this. */
interface CameraEnded {
  readonly type: 'CAMERA.ENDED';
}

type VisionEvent =
  | CameraEnded
  | CameraAppeared
  | LookingWentOn
  | LookCompleted
  | LookFailed
  | VisitMoved
  | VisitEnded
  | AttemptMade
  | AccessGranted
  | AccessRefused
  | OutputSwitched
  | BoardStrained
  | BoardEased;

/** What the loop that looks is told: how fast to look, and whether to look at fewer frames whatever the pace. */
export type LookCommand =
  | { readonly type: 'LOOK.SLOWLY' }
  | { readonly type: 'LOOK.FAST' }
  | { readonly type: 'LOOK.SPARINGLY'; readonly sparingly: boolean };

interface VisionContext extends VisionInput {
  readonly visits: Visits;
  readonly departed: readonly Departed[];
  /** Faces in view that were not named. */
  readonly strangers: StrangersChanged['strangers'];
  /** From a grant until the output has gone off again. */
  readonly serving: boolean;
  /** The board is under strain: fewer frames are looked at. */
  readonly sparingly: boolean;
  /** `unseen` until the first look since the camera was opened. */
  readonly condition: PictureCondition | 'unseen';
  readonly fault: Fault | null;
  /** Failures of the camera since the last completed look. */
  readonly cameraFailures: number;
  readonly failedLooks: number;
}

export interface VisionLimits {
  /** The side that a challenge begins with: drawn anew for each, so that no film knows it. */
  readonly drawSide: () => Side;
  readonly votesNeeded: number;
  readonly modelFailuresAllowed: number;
}

interface VisionInput extends VisionLimits {
  /** Whether the board suffers at the beginning. */
  readonly sparingly: boolean;
}

/** How often in a row the camera may fail before it counts as lost. */
const failuresUntilLost = 4;

const progress = { type: 'PROGRESS.MADE', source: 'vision' } satisfies ProgressMade;

/** From the camera to people who were decided about. */
export const visionMachine = setup({
  types: {
    context: {} as VisionContext,
    input: {} as VisionInput,
    events: {} as VisionEvent,
    children: {} as { look: 'look' },
  },
  actors: {
    /** Opens the camera; done when frames can be awaited. Rejects with the error of the driver. */
    'open camera': fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Looks at frame after frame until it is stopped; sends LOOK.COMPLETED and LOOK.FAILED. */
    look: fromCallback<LookCommand>(() => undefined),
    /** Ends models that hang or died and starts fresh ones. */
    'reload models': fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Sends CAMERA.APPEARED when a camera is plugged in. */
    'watch for the camera': fromCallback<EventObject>(() => undefined),
    visit: visitMachine,
  },
  guards: {
    'nothing can be seen': ({ context }) =>
      context.condition === 'black' || context.condition === 'flat' || context.condition === 'garbled',
    'a grant is being served': ({ context }) => context.serving,
    'somebody is being recognised': ({ context }) => {
      const phase = foremost(context.visits)?.phase;
      return phase === 'deciding' || phase === 'challenged' || phase === 'refused' || phase === 'unknown';
    },
    'somebody waits to be seen better': ({ context }) => foremost(context.visits)?.phase === 'arriving',
    'everybody is served': ({ context }) => foremost(context.visits) === undefined,
    'somebody is in view or just left': ({ context }) => Object.keys(context.visits).length > 0,
    'everybody has left': ({ context }) => Object.keys(context.visits).length === 0,
    'the models failed': ({ event }) => event.type === 'LOOK.FAILED' && event.fault.part === 'models',
    'the models failed too often': ({ context, event }) =>
      event.type === 'LOOK.FAILED' &&
      event.fault.part === 'models' &&
      (!event.fault.retryable || context.failedLooks + 1 > context.modelFailuresAllowed),
    'the camera stays away': ({ context }) => context.cameraFailures >= failuresUntilLost,
  },
  actions: {
    'welcome whoever is new': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'LOOK.COMPLETED') return;
      const { votesNeeded, drawSide } = context;
      for (const { trackId } of event.people) {
        if (context.visits[trackId] !== undefined) continue;
        const id = `visit:${trackId}`;
        enqueue.spawnChild('visit', { id, input: { trackId, votesNeeded, drawSide } });
      }
      enqueue.assign({
        visits: ({ context: { visits } }) => {
          const seen: Record<number, VisitSeen> = { ...visits };
          for (const { trackId, eyeDistancePx } of event.people) {
            seen[trackId] = { phase: 'arriving', subjectId: null, ...visits[trackId], eyeDistancePx };
          }
          return seen;
        },
      });
    }),
    'tell of strangers': enqueueActions(({ context, event, enqueue }) => {
      const strangers = event.type === 'LOOK.COMPLETED' ? strangersIn(event, context.strangers) : [];
      if (sameTracks(strangers, context.strangers)) return;
      enqueue.assign({ strangers });
      enqueue(sendParent({ type: 'STRANGERS.CHANGED', strangers } satisfies StrangersChanged));
    }),
    'pass on what was seen': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'LOOK.COMPLETED') return;
      for (const evidence of event.people) {
        const phase = context.visits[evidence.trackId]?.phase;
        if (phase === 'granted' || phase === 'leaving') continue;
        const seen: FaceSeen = { type: 'FACE.SEEN', atMs: event.atMs, evidence };
        enqueue.sendTo(`visit:${evidence.trackId}`, seen);
      }
      for (const { trackId, why } of event.ended) {
        if (context.visits[trackId] === undefined) continue;
        enqueue.sendTo(`visit:${trackId}`, { type: 'TRACK.ENDED', why } satisfies TrackEnded);
      }
    }),
    'note where the visit is': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'VISIT.MOVED') return;
      const { trackId, phase } = event;
      const before = context.visits[trackId];
      if (before === undefined) return;
      // A visit that asks again is still that person's until it names another.
      const subjectId = event.subjectId ?? before.subjectId;
      const visits = { ...context.visits, [trackId]: { ...before, phase, subjectId } };
      const taken = subjectId === before.subjectId ? [] : departureOf(before, visits);
      const { left, departed } = settleDepartures([...context.departed, ...taken], visits);
      enqueue.assign({ visits, departed });
      for (const event of left) enqueue(sendParent(event));
    }),
    'forget the visit': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'VISIT.ENDED') return;
      const { [event.trackId]: ended, ...visits } = context.visits;
      const over = ended === undefined ? [] : departureOf(ended, visits);
      const { left, departed } = settleDepartures([...context.departed, ...over], visits);
      enqueue.assign({ visits, departed });
      for (const event of left) enqueue(sendParent(event));
    }),
    'see everybody off': enqueueActions(({ context, enqueue }) => {
      for (const trackId of Object.keys(context.visits)) {
        enqueue.sendTo(`visit:${trackId}`, { type: 'TRACK.ENDED', why: 'lost' } satisfies TrackEnded);
      }
    }),
    'pass the attempt on': sendParent(({ event }) => event),
    'tell the visit': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'ACCESS.GRANTED' && event.type !== 'ACCESS.REFUSED') return;
      if (event.trackId === null || context.visits[event.trackId] === undefined) return;
      enqueue.sendTo(`visit:${event.trackId}`, event);
    }),
    'a grant was given': assign({ serving: true }),
    'note the output': assign({ serving: ({ event }) => event.type === 'OUTPUT.SWITCHED' && event.on }),
    'note the picture': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'LOOK.COMPLETED' || event.condition === context.condition) return;
      enqueue.assign({ condition: event.condition });
      if (event.condition === 'good') enqueue(sendParent({ type: 'VISION.CLEARED' } satisfies VisionCleared));
      else {
        const reason = `the picture is ${event.condition}`;
        enqueue(sendParent({ type: 'VISION.IMPAIRED', reason } satisfies VisionImpaired));
      }
    }),
    'report progress': sendParent(progress),
    'note the fault': assign({
      fault: ({ event }) => (event.type === 'LOOK.FAILED' ? event.fault : null),
    }),
    'count the camera failure': assign({ cameraFailures: ({ context }) => context.cameraFailures + 1 }),
    'count the failed look': assign({ failedLooks: ({ context }) => context.failedLooks + 1 }),
    'looks work again': assign({ failedLooks: 0, cameraFailures: 0, fault: null }),
    'note that opening failed': assign(({ context }, params: { fault: Fault }) => ({
      fault: params.fault,
      cameraFailures: context.cameraFailures + 1,
    })),
    'the camera is here': assign({ condition: 'unseen' as const }),
    'report that nothing is wrong': sendParent({ type: 'VISION.CLEARED' } satisfies VisionCleared),
    'report what is wrong': sendParent(
      ({ context }): VisionImpaired => ({
        type: 'VISION.IMPAIRED',
        reason: context.fault?.message ?? 'the camera is away',
      }),
    ),
    'give up on the models': sendParent(
      ({ context, event }): VisionFailed => ({
        type: 'VISION.FAILED',
        fault:
          event.type === 'LOOK.FAILED'
            ? event.fault
            : (context.fault ?? {
                part: 'models',
                kind: 'limit',
                message: 'the models did not come back',
                retryable: true,
              }),
      }),
    ),
    'note how the board is': assign({ sparingly: ({ event }) => event.type === 'BOARD.STRAINED' }),
    'look as often as the board bears': enqueueActions(({ context, event, enqueue }) => {
      const changed = event.type === 'BOARD.STRAINED' || event.type === 'BOARD.EASED';
      if (!changed && !context.sparingly) return;
      enqueue.sendTo(
        'look',
        ({ context: { sparingly } }): LookCommand => ({ type: 'LOOK.SPARINGLY', sparingly }),
      );
    }),
    'look slowly': enqueueActions(({ enqueue }) => {
      enqueue.sendTo('look', { type: 'LOOK.SLOWLY' } satisfies LookCommand);
    }),
    'look at full rate': enqueueActions(({ enqueue }) => {
      enqueue.sendTo('look', { type: 'LOOK.FAST' } satisfies LookCommand);
    }),
  },
  delays: {
    ...visionDelays,
    /** Both grow with every failure; the runtime gives them their back-off and seeded jitter. */
    'reconnect wait': 1_000,
    'reload wait': 250,
  },
}).createMachine({
  id: 'vision',
  description: 'From the camera to people who were decided about.',
  context: ({ input }) => ({
    ...input,
    visits: {},
    departed: [],
    strangers: [],
    serving: false,
    condition: 'unseen' as const,
    fault: null,
    cameraFailures: 0,
    failedLooks: 0,
  }),
  initial: 'opening',
  on: {
    'OUTPUT.SWITCHED': { actions: 'note the output' },
    'BOARD.STRAINED': { actions: 'note how the board is' },
    'BOARD.EASED': { actions: 'note how the board is' },
    'VISIT.MOVED': { actions: 'note where the visit is' },
    'VISIT.ENDED': { actions: 'forget the visit' },
  },
  states: {
    opening: {
      description: 'The camera is being opened.',
      ...toldWaiting,
      invoke: {
        src: 'open camera',
        onDone: { target: 'running', actions: 'the camera is here' },
        onError: {
          target: 'reconnecting',
          actions: {
            type: 'note that opening failed',
            params: ({ event }) => ({ fault: faultFrom(event.error, 'camera') }),
          },
        },
      },
      after: {
        'camera open limit': {
          target: 'reconnecting',
          actions: {
            type: 'note that opening failed',
            params: { fault: limitFault('camera', 'opening the camera') },
          },
        },
      },
    },
    running: {
      description: 'Frames are looked at, one after another, whatever else goes on.',
      exit: ['see everybody off', 'tell of strangers'],
      entry: 'look as often as the board bears',
      invoke: {
        src: 'look',
        id: 'look',
        onError: { target: 'reconnecting', actions: 'report what is wrong' },
      },
      on: {
        'LOOKING.WENT_ON': { actions: 'report progress' },
        'LOOK.COMPLETED': {
          actions: [
            'welcome whoever is new',
            'tell of strangers',
            'pass on what was seen',
            'note the picture',
            'looks work again',
          ],
        },
        'LOOK.FAILED': [
          {
            guard: 'the models failed too often',
            target: 'reloading',
            actions: ['note the fault', 'give up on the models'],
          },
          {
            guard: 'the models failed',
            target: 'reloading',
            actions: ['note the fault', 'count the failed look'],
          },
          { target: 'reconnecting', actions: ['note the fault', 'count the camera failure'] },
        ],
        'BOARD.STRAINED': { actions: ['note how the board is', 'look as often as the board bears'] },
        'BOARD.EASED': { actions: ['note how the board is', 'look as often as the board bears'] },
        'CAMERA.ENDED': 'ended',
        'ATTEMPT.MADE': { actions: 'pass the attempt on' },
        'ACCESS.GRANTED': { actions: ['tell the visit', 'a grant was given'] },
        'ACCESS.REFUSED': { actions: 'tell the visit' },
      },
      initial: 'idle',
      states: {
        idle: {
          description: 'Nobody waits for anything.',
          initial: 'empty',
          always: [
            { guard: 'nothing can be seen', target: 'blind' },
            { guard: 'a grant is being served', target: 'actuating' },
            { guard: 'somebody is being recognised', target: 'recognising' },
            { guard: 'somebody waits to be seen better', target: 'detecting' },
          ],
          states: {
            empty: {
              description: 'Nobody is in view: a slow pace, a cheap change check, a full look now and then.',
              entry: 'look slowly',
              always: { guard: 'somebody is in view or just left', target: 'attended' },
            },
            attended: {
              description:
                'Everybody in view was served or has just left; looking goes on: others may take their place.',
              entry: 'look at full rate',
              always: { guard: 'everybody has left', target: 'empty' },
            },
          },
        },
        detecting: {
          description: 'Somebody is in view, but the face is not good enough yet.',
          entry: 'look at full rate',
          always: [
            { guard: 'nothing can be seen', target: 'blind' },
            { guard: 'a grant is being served', target: 'actuating' },
            { guard: 'somebody is being recognised', target: 'recognising' },
            { guard: 'everybody is served', target: 'idle' },
          ],
        },
        recognising: {
          description: 'The foremost person is compared with the people known.',
          entry: 'look at full rate',
          always: [
            { guard: 'nothing can be seen', target: 'blind' },
            { guard: 'a grant is being served', target: 'actuating' },
            { guard: 'somebody waits to be seen better', target: 'detecting' },
            { guard: 'everybody is served', target: 'idle' },
          ],
        },
        actuating: {
          description:
            'A grant is being served by the output; whoever else comes is decided about meanwhile.',
          tags: ['lit'],
          entry: 'look at full rate',
          always: [
            { guard: 'nothing can be seen', target: 'blind' },
            { guard: not('a grant is being served'), target: 'idle' },
          ],
        },
        blind: {
          description: 'The camera delivers, but black, flat or garbled pictures. Light brings vision back.',
          tags: ['degraded'],
          entry: 'look slowly',
          always: { guard: not('nothing can be seen'), target: 'idle' },
        },
      },
    },
    reloading: {
      description: 'The models hung or failed; they are replaced.',
      tags: ['degraded'],
      entry: 'report what is wrong',
      initial: 'pausing',
      states: {
        pausing: {
          description: 'A short wait, which grows while the models keep failing.',
          entry: 'report progress',
          after: { 'reload wait': 'replacing' },
        },
        replacing: {
          description: 'Fresh models are loaded.',
          ...toldWaiting,
          invoke: {
            src: 'reload models',
            onDone: '#vision.opening',
            onError: { target: '#vision.opening', actions: 'give up on the models' },
          },
          after: { 'reload limit': { target: '#vision.opening', actions: 'give up on the models' } },
        },
      },
    },
    reconnecting: {
      description: 'The camera went away or could not be opened; it is tried again after a growing wait.',
      tags: ['degraded'],
      entry: 'report what is wrong',
      ...toldWaiting,
      invoke: { src: 'watch for the camera', onError: { actions: [] } },
      on: { 'CAMERA.APPEARED': 'opening' },
      always: { guard: 'the camera stays away', target: 'lost' },
      after: { 'reconnect wait': 'opening' },
    },
    lost: {
      description:
        'The camera has been away for long. It is still tried, and a device that appears is tried at once.',
      tags: ['degraded', 'fault'],
      ...toldWaiting,
      invoke: { src: 'watch for the camera', onError: { actions: [] } },
      on: { 'CAMERA.APPEARED': 'opening' },
      after: { 'reconnect wait': 'opening' },
    },
    ended: {
      description: 'The file or folder that stood for the camera is at its end.',
      tags: ['ended'],
      entry: 'report that nothing is wrong',
      ...toldWaiting,
    },
  },
});
