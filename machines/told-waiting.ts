/** For states that wait within a limit of their own: waiting is progress, and is told again and again. */
export const toldWaiting = {
  initial: 'waiting',
  states: {
    waiting: {
      description: 'Waiting within its limit is progress, and is told.',
      entry: 'report progress',
      after: { 'progress interval': { target: 'waiting', reenter: true } },
    },
  },
} as const;
