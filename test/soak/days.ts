import type { Fault } from '../../hal/sim/faults.ts';
import { Random } from '../../hal/sim/random.ts';
import { type Scenario, scenario, step } from '../../src/scenario/scenario.ts';
import type { Step } from '../../src/scenario/step.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export interface Days {
  readonly name: string;
  readonly days: number;
  /** Hours of each day in which people come, and those in which the room is empty and silent. */
  readonly openHours: number;
  readonly nightHours: number;
  readonly seed: number;
}

/** What breaks in a day, for how long at most. Each ends by itself, as most things do. */
const troubles: readonly (readonly [fault: Fault, mostMs: number])[] = [
  [{ fault: 'error', port: 'camera', error: 'disconnected' }, 5 * minuteMs],
  [{ fault: 'camera-frozen' }, minuteMs],
  [{ fault: 'camera-stalled' }, minuteMs],
  [{ fault: 'camera-black' }, 10 * minuteMs],
  [{ fault: 'models-hang' }, minuteMs],
  [{ fault: 'models-slow', extraMs: 400 }, 5 * minuteMs],
  [{ fault: 'error', port: 'models', call: 'read', error: 'io' }, minuteMs],
  [{ fault: 'error', port: 'microphone', error: 'disconnected' }, 5 * minuteMs],
  [{ fault: 'microphone-zeros' }, 5 * minuteMs],
  [{ fault: 'microphone-overrun' }, minuteMs],
  [{ fault: 'voice-models-hang' }, minuteMs],
  [{ fault: 'line-stuck', line: 'green', on: false }, minuteMs],
  [{ fault: 'keeper-gone' }, minuteMs],
  [{ fault: 'keeper-client-silent' }, 10_000],
  [{ fault: 'error', port: 'watchdog', error: 'io' }, minuteMs],
  [{ fault: 'store-full' }, 10 * minuteMs],
  [{ fault: 'wall-clock-untrusted' }, 30 * minuteMs],
];

/** Clocks are set as time servers, summer time and a wrong battery do. */
const clockChangesMs = [-hourMs, hourMs, 90_000, -90_000, 365 * 24 * hourMs, -365 * 24 * hourMs];

/**
 * Days in the life of a device: people who are known and others, voices, faults and clock changes, drawn from the
 * seed, and nights without anybody. At the end it must be well and serve somebody.
 */
export function lifeOf({ name, days, openHours, nightHours, seed }: Days): Scenario {
  const random = Random.seeded(seed).child('soak');
  const steps: Step[] = [];
  for (let day = 0; day < days; day++) {
    let leftMs = openHours * hourMs;
    while (leftMs > 0) {
      const [took, ...happening] = happens(random);
      steps.push(...happening);
      leftMs -= took;
    }
    steps.push(step.wait({ forMs: nightHours * hourMs }));
    // A fault of the evening may have sent it into safe, where it rests for long; by the morning it is well.
    steps.push(step.expect({ health: 'nominal' }));
  }
  steps.push(step.comes({ who: 'ana' }));
  steps.push(step.expect({ granted: 'ana', withinMs: 3_000 }));
  steps.push(step.leaves({ who: 'ana' }), step.wait({ forMs: 10_000 }));
  return scenario({
    name,
    about: `${days} days with people, voices, faults and clock changes.`,
    enrolled: ['ana', 'bea'],
    hears: true,
    seed,
    steps,
  });
}

/** One thing that happens, with the time it takes and the quiet after it. */
function happens(random: Random): [tookMs: number, ...steps: Step[]] {
  const who = pick(random, ['ana', 'bea', 'stranger-1', 'stranger-2']);
  const quietMs = Math.round(random.uniform(1, 12) * minuteMs);
  const kind = random.uniform();
  if (kind < 0.55) {
    const stayMs = Math.round(random.uniform(2_000, 20_000));
    const distanceM = Math.round(random.uniform(60, 220)) / 100;
    return [
      stayMs + quietMs,
      step.comes({ who, distanceM }),
      step.wait({ forMs: stayMs }),
      step.leaves({ who }),
      step.wait({ forMs: quietMs }),
    ];
  }
  if (kind < 0.8) {
    const forMs = Math.round(random.uniform(500, 12_000));
    return [forMs + quietMs, step.speaks({ who, forMs }), step.wait({ forMs: forMs + quietMs })];
  }
  if (kind < 0.95) {
    const [fault, mostMs] = pick(random, troubles);
    const forMs = Math.round(random.uniform(1_000, mostMs));
    // The next ones come while it lasts.
    return [minuteMs, step.breaks({ ...fault, forMs }), step.wait({ forMs: minuteMs })];
  }
  const byMs = pick(random, clockChangesMs);
  return [
    minuteMs,
    step.breaks({ fault: 'wall-clock-jump', byMs, forMs: 1_000 }),
    step.wait({ forMs: minuteMs }),
  ];
}

function pick<T>(random: Random, list: readonly T[]): T {
  const picked = list[Math.floor(random.uniform() * list.length)];
  if (picked === undefined) throw new RangeError('nothing to pick from');
  return picked;
}
