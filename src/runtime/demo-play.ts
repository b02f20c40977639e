import { untilAborted } from '../../hal/contract/abort.ts';
import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import type { LineEdge } from '../../hal/sim/keeper.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { UtteranceLog, type UtteranceOutcome } from '../trace/utterances.ts';
import { VisitLog, type VisitOutcome } from '../trace/visits.ts';
import { buildDemo, type Demo } from './demo.ts';
import { keepJournal } from './keep-journal.ts';

/** What the built-in scene must come to. */
interface ExpectedVisit {
  readonly visitor: string;
  /** A name, or the word on a person who is not named. */
  readonly decided: string;
  /** Squared L2 distance to the nearest enrolled person. */
  readonly distanceWithin?: readonly [low: number, high: number];
}

/** In the order in which they are decided about. */
const expectedVisits: readonly ExpectedVisit[] = [
  { visitor: 'Ana, in a photo she was not enrolled with', decided: 'Ana', distanceWithin: [0.03, 0.125] },
  { visitor: 'a stranger who looks like Ana', decided: 'unknown', distanceWithin: [0.1, 0.15] },
  { visitor: 'Bea, in dim light', decided: 'Bea' },
  { visitor: 'Cleo, with a stranger beside her', decided: 'Cleo' },
  { visitor: 'that stranger', decided: 'unknown' },
];
/** Bea once more, in the dark: nothing may be decided about her. */
const undecided = { visitor: 'Bea, in the dark', decided: 'too-dark' } as const;

/** What is said in the scene must come to this, in the order in which it is said. */
const expectedVoices = [
  { visitor: 'Bea’s voice, in the same dark', decided: 'Bea' },
  { visitor: 'a stranger’s voice', decided: 'unknown' },
  { visitor: 'Ana’s voice, out of sight', decided: 'Ana' },
] as const;

interface DemoRow {
  readonly visitor: string;
  readonly expected: string;
  readonly decided: string;
  /** How near: a distance for a face, a score for a voice. */
  readonly figure: string;
  readonly right: boolean;
}

export interface DemoOutcome {
  readonly rows: readonly DemoRow[];
  readonly lamp: { readonly expected: string; readonly decided: string; readonly right: boolean };
  readonly asExpected: boolean;
}

export interface DemoPlayOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  /** At the pace of the clock on the wall, or in simulated time as fast as the models can. */
  readonly realTime: boolean;
  /** Keeps a journal in the state directory, at the time of day, as a device at work does. */
  readonly journaled: boolean;
  readonly signal: AbortSignal;
  /** Called when everything is ready and nothing has started. */
  readonly onStart: (demo: Demo) => void;
}

/** Plays the built-in scene once and says what was decided about whom. Rejects with `signal.reason` on abort. */
export async function playDemo(options: DemoPlayOptions): Promise<DemoOutcome> {
  const { signal } = options;
  if (options.realTime) {
    const clock = new SystemClock();
    return play(options, clock, {
      until: (tMs) => clock.sleep(tMs - clock.nowMs(), signal),
      settle: (work) => work,
    });
  }
  const clock = new VirtualClock();
  return play(options, clock, {
    until: async (tMs) => {
      // In steps, so that Ctrl-C is heard.
      while (clock.nowMs() < tMs) {
        signal.throwIfAborted();
        await clock.runUntil(Math.min(tMs, clock.nowMs() + stepMs));
      }
    },
    settle: (work) => clock.runUntilSettled(work),
  });
}

const stepMs = 500;

/** How time passes: by itself, or because we make it. */
interface Passing {
  until(tMs: number): Promise<void>;
  settle<T>(work: Promise<T>): Promise<T>;
}

async function play(
  options: DemoPlayOptions,
  clock: SystemClock | VirtualClock,
  passing: Passing,
): Promise<DemoOutcome> {
  const { config, stateDirectory, journaled, signal } = options;
  const demo = await passing.settle(buildDemo(config, clock, stateDirectory, signal));
  const log = new VisitLog();
  demo.trace.observe(log.observe);
  const voices = new UtteranceLog();
  demo.trace.observe(voices.observe);
  const journal = journaled
    ? keepJournal({
        config: config.journal,
        directory: stateDirectory,
        trace: demo.trace,
        ...{ clock, wallClock: new SystemWallClock() },
        onNote: () => {}, // nobody keeps it, so nobody need know
      })
    : undefined;
  options.onStart(demo);
  const stopped = new Promise<void>((resolve) => {
    demo.actor.subscribe({ complete: resolve, error: () => resolve() });
  });
  demo.actor.start();
  try {
    await passing.until(demo.endsAtMs);
    // Whoever took the scene over is not interrupted by its end, and is not measured by what it must come to.
    if (demo.hand.began) await untilAborted(new Promise<never>(() => {}), signal);
  } finally {
    demo.actor.send({ type: 'STOP.REQUESTED' });
    await passing.settle(stopped);
    await journal?.[Symbol.asyncDispose]();
  }
  return outcomeOf(log.visits(), voices.utterances(), demo);
}

function outcomeOf(
  visits: readonly VisitOutcome[],
  utterances: readonly UtteranceOutcome[],
  { names, keeper }: Demo,
): DemoOutcome {
  const decisionOf = ({ grantedSubjectId, decision }: VisitOutcome | UtteranceOutcome) =>
    grantedSubjectId === null ? decision : (names.get(grantedSubjectId) ?? grantedSubjectId);
  const asked = visits.filter((visit) => visit.distance !== null);
  const rows = expectedVisits.map(({ visitor, decided: expected, distanceWithin }, index): DemoRow => {
    const visit = asked[index];
    const decided = visit === undefined ? 'never decided' : decisionOf(visit);
    const distance = visit?.distance ?? null;
    const [low, high] = distanceWithin ?? [0, Number.POSITIVE_INFINITY];
    const near = distance !== null && distance >= low && distance <= high;
    return {
      visitor,
      expected,
      decided,
      figure: distanceText(distance),
      right: decided === expected && near,
    };
  });
  for (const visit of asked.slice(expectedVisits.length)) {
    const { distance } = visit;
    rows.push({
      visitor: 'one more',
      expected: 'nobody',
      decided: decisionOf(visit),
      figure: distanceText(distance),
      right: false,
    });
  }
  const dark = visits.some((visit) => visit.distance === null && visit.decision === undecided.decided);
  const { visitor, decided: expected } = undecided;
  rows.push({ visitor, expected, decided: dark ? expected : 'not seen', figure: '', right: dark });
  for (let index = 0; index < Math.max(expectedVoices.length, utterances.length); index++) {
    const { visitor, decided: expected } = expectedVoices[index] ?? {
      visitor: 'one more voice',
      decided: 'nobody',
    };
    const utterance = utterances[index];
    const decided = utterance === undefined ? 'never heard' : decisionOf(utterance);
    const score = utterance?.score ?? null;
    const figure = score === null ? '' : `score ${score.toFixed(3)}`;
    rows.push({ visitor, expected, decided, figure, right: decided === expected });
  }
  const lamp = lampOutcome(keeper.history);
  return { rows, lamp, asExpected: lamp.right && rows.every((row) => row.right) };
}

function distanceText(distance: number | null): string {
  return distance === null ? '' : `distance ${distance.toFixed(3)}`;
}

/** The green lamp goes on once for each person who is named, and is off in the end. */
function lampOutcome(edges: readonly LineEdge[]): DemoOutcome['lamp'] {
  const times = [...expectedVisits, ...expectedVoices].filter(({ decided }) => decided !== 'unknown').length;
  const on = edges.filter((edge) => edge.on).length;
  const off = edges.at(-1)?.on !== true;
  const decided = `on ${on} times, ${off ? 'off' : 'ON'} in the end`;
  const expected = `on ${times} times, off in the end`;
  return { expected, decided, right: decided === expected };
}
