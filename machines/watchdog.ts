import { assign, enqueueActions, fromPromise, sendParent, setup } from 'xstate';
import { watchdogDelays } from './delays.ts';
import type {
  ProgressMade,
  ProgressSource,
  SourceDied,
  WatchdogFailed,
  WatchdogFed,
  WorkBegan,
  WorkEnded,
} from './events.ts';
import { faultFrom, limitFault } from './fault.ts';

type WatchdogEvent = ProgressMade | WorkBegan | WorkEnded;

/**
 * The states of one source that must make progress while the device operates. Reconnecting is progress; standing
 * still is not.
 */
function sourceRegion<const S extends ProgressSource>(source: S) {
  const mine = { type: 'progress is made by', params: { source } } as const;
  const meant = { type: 'this source is meant', params: { source } } as const;
  return {
    initial: 'unwatched',
    description: `Whether ${source} makes progress.`,
    on: { 'WORK.ENDED': { guard: meant, target: '.unwatched' } },
    states: {
      unwatched: {
        description:
          'The device starts, recovers or rests, within limits of its own; or the source is closed, or not there at all.',
        on: { 'WORK.BEGAN': { guard: meant, target: 'alive' } },
      },
      alive: {
        description: 'Progress was made lately.',
        on: { 'PROGRESS.MADE': { guard: mine, target: 'alive', reenter: true } },
        after: { 'late after': 'late' },
      },
      late: {
        description: 'Progress is overdue.',
        tags: ['degraded'],
        on: { 'PROGRESS.MADE': { guard: mine, target: 'alive' } },
        after: { 'dead after': 'dead' },
      },
      dead: {
        description: 'Nothing moves any more; the device must recover.',
        tags: ['fault'],
        entry: { type: 'report the death', params: { source } },
      },
    },
  } as const;
}

/**
 * Feeds the hardware watchdog as long as the machines run, also while the device recovers or rests in `safe`, and
 * reports a source that makes no progress.
 */
export const watchdogMachine = setup({
  types: {
    /** Whether the last feeding failed. */
    context: {} as { readonly failing: boolean },
    events: {} as WatchdogEvent,
  },
  actors: {
    /** Feeds the hardware (or systemd) watchdog once. */
    feed: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
  },
  guards: {
    'progress is made by': ({ event }, params: { source: ProgressSource }) =>
      event.type === 'PROGRESS.MADE' && event.source === params.source,
    'this source is meant': ({ event }, params: { source: ProgressSource }) => event.source === params.source,
  },
  actions: {
    'report the death': sendParent(
      (_, params: { source: ProgressSource }): SourceDied => ({ type: 'SOURCE.DIED', source: params.source }),
    ),
    'report the cure': enqueueActions(({ context, enqueue }) => {
      if (!context.failing) return;
      enqueue.assign({ failing: false });
      enqueue(sendParent({ type: 'WATCHDOG.FED' } satisfies WatchdogFed));
    }),
    'note the failure': assign({ failing: true }),
    'report that feeding failed': sendParent(
      (_, params: { error: unknown }): WatchdogFailed => ({
        type: 'WATCHDOG.FAILED',
        fault: faultFrom(params.error, 'watchdog'),
      }),
    ),
    'report that feeding hangs': sendParent({
      type: 'WATCHDOG.FAILED',
      fault: limitFault('watchdog', 'feeding the watchdog'),
    } satisfies WatchdogFailed),
  },
  delays: { ...watchdogDelays },
}).createMachine({
  id: 'watchdog',
  type: 'parallel',
  context: { failing: false },
  description: 'Feeds the hardware watchdog as long as the machines run, and reports what makes no progress.',
  states: {
    vision: sourceRegion('vision'),
    hearing: sourceRegion('hearing'),
    feeding: {
      description: 'The hardware watchdog is fed at an interval.',
      initial: 'due',
      states: {
        waiting: {
          description: 'Until the next feeding is due.',
          after: { 'feed interval': 'due' },
        },
        due: {
          description: 'Being fed.',
          invoke: {
            src: 'feed',
            onDone: { target: 'waiting', actions: 'report the cure' },
            onError: {
              target: 'waiting',
              actions: [
                'note the failure',
                {
                  type: 'report that feeding failed',
                  params: ({ event }) => ({ error: event.error }),
                },
              ],
            },
          },
          after: {
            'feed interval': {
              target: 'waiting',
              actions: ['note the failure', 'report that feeding hangs'],
            },
          },
        },
      },
    },
  },
});
