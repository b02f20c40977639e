import { assign, enqueueActions, fromPromise, sendParent, setup, stateIn } from 'xstate';
import { watchdogDelays } from './delays.ts';
import type { ProgressMade, ProgressSource, SourceDied, WatchdogFailed, WatchdogFed } from './events.ts';
import { faultFrom, limitFault } from './fault.ts';

/** The states of one source that must make progress. Reconnecting is progress; standing still is not. */
function sourceRegion<const S extends ProgressSource>(source: S) {
  const mine = { type: 'progress is made by', params: { source } } as const;
  return {
    initial: 'alive',
    description: `Whether the ${source} makes progress.`,
    states: {
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
        description:
          'Nothing moves any more; the device must recover, and the hardware watchdog goes hungry.',
        tags: ['fault'],
        entry: { type: 'report the death', params: { source } },
        on: { 'PROGRESS.MADE': { guard: mine, target: 'alive' } },
      },
    },
  } as const;
}

/** Feeds the hardware watchdog as long as every source makes progress. */
export const watchdogMachine = setup({
  types: {
    /** Whether the last feeding failed. */
    context: {} as { readonly failing: boolean },
    events: {} as ProgressMade,
  },
  actors: {
    /** Feeds the hardware (or systemd) watchdog once. */
    feed: fromPromise<void>(() => Promise.reject(new Error('not provided'))),
  },
  guards: {
    'progress is made by': ({ event }, params: { source: ProgressSource }) => event.source === params.source,
    'everything is alive': stateIn({ vision: 'alive' }),
    'something is dead': stateIn({ vision: 'dead' }),
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
  description: 'Feeds the hardware watchdog as long as every source makes progress.',
  states: {
    vision: sourceRegion('vision'),
    feeding: {
      description: 'The hardware watchdog is fed at an interval.',
      initial: 'waiting',
      states: {
        waiting: {
          description: 'Until the next feeding is due.',
          after: {
            'feed interval': [{ guard: 'something is dead', target: 'withheld' }, { target: 'due' }],
          },
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
        withheld: {
          description: 'A source is dead: the hardware watchdog is left to do its work.',
          tags: ['fault'],
          always: { guard: 'everything is alive', target: 'due' },
        },
      },
    },
  },
});
