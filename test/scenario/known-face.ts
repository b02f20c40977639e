import { scenario, step } from '../../src/scenario/scenario.ts';

export default scenario({
  name: 'known-face',
  about: 'Somebody who is enrolled walks up, and the green lamp lights for its time, once.',
  shows: ['SEE-1', 'ACT-1', 'ACT-2'],
  enrolled: ['ana', 'bea'],
  config: { 'output.green.hold_ms': 2_000 },
  steps: [
    step.comes({ who: 'ana', distanceM: 1 }),
    step.expect({ granted: 'ana', by: 'face', withinMs: 2_000 }),
    step.expect({ lamp: 'green', is: 'on', withinMs: 200 }),
    step.measure({
      name: 'face to light',
      from: 'now',
      to: { lamp: 'green', is: 'on' },
      limits: { mostMs: 2_000 },
      marginal: { mostMs: 1_500 },
      withinMs: 2_000,
    }),
    step.stays({ lamp: 'green', is: 'on', forMs: 1_500 }),
    step.expect({ lamp: 'green', is: 'off', withinMs: 1_000 }),
    step.never({ granted: 'anybody', forMs: 5_000 }),
    step.leaves({ who: 'ana' }),
    step.wait({ forMs: 2_000 }),
    step.edges({
      lamp: 'green',
      are: [{ is: 'on' }, { is: 'off', after: { leastMs: 1_900, mostMs: 2_100 } }],
    }),
  ],
});
