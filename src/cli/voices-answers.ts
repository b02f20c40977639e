import { didYouMean } from '../config/nearest.ts';
import type { VoiceAnswer } from '../decide/evidence.ts';
import { EmbeddingNamer } from '../hearing/embedding-namer.ts';
import type { VoiceNamer } from '../hearing/namer.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import { TrainedNamer } from '../hearing/trained-namer.ts';
import { nameKey } from '../people/names.ts';
import type { VoiceSession } from '../runtime/voice-session.ts';
import type { Invocation } from './command.ts';
import { printNote } from './output.ts';
import type { Columns } from './table.ts';
import type { VoiceRow } from './voices-hear.ts';
import { knownVoices } from './voices-people.ts';
import type { VoiceTask } from './voices-session.ts';

/** Who names the voices, and what the named are called. */
export interface Naming {
  readonly namer: VoiceNamer;
  readonly mode: 'voice-activity' | 'seven-second';
  /** By subject id, of everybody who can be named. */
  readonly names: ReadonlyMap<string, string>;
}

/** A stretch of sound and whose voice it is. */
export interface NamedStretch {
  readonly input: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly answer: VoiceAnswer;
}

export const answerColumns: Columns = [
  ['SECONDS', 13],
  ['SPEECH', 7],
  ['DECISION', 9],
  ['NAME', 16],
  ['SCORE', 5],
  ['SECOND', 16],
  ['SCORE', 5],
  ['WHY', 0],
];

/**
 * Prepares what names voices in the mode of the configuration; `speech` as for `VoiceSession.models`. Rejects with
 * ModelError or HalError when the models cannot be had.
 *
 * The trained network names people by its labels, whether or not they are enrolled.
 */
export async function openNaming(
  session: VoiceSession,
  task: VoiceTask,
  speech: 'all' | 'newest',
  signal: AbortSignal,
): Promise<Naming> {
  const { hearing } = task.config;
  if (hearing.mode === 'seven-second') {
    const { voices, pipelineId } = await session.trained(task.trained, speech, signal);
    const names = new Map(voices.labels.map((label) => [label, label]));
    const namer = new TrainedNamer({ voices, pipelineId, subjects: names, share: hearing.trainedShare });
    return { namer, mode: hearing.mode, names };
  }
  const models = await session.models(speech, signal);
  const people = await knownVoices(task, models, signal);
  const namer = new EmbeddingNamer(models, voiceLimits(models.match, hearing), people);
  return { namer, mode: hearing.mode, names: people.names };
}

/** As an object and as a row; people are called by their names. */
export function answerRow({ input, startMs, endMs, answer }: NamedStretch, naming: Naming): VoiceRow {
  const { decision, score, secondScore, voicedMs, levelDbfs } = answer;
  const name = nameOf(answer.subjectId, naming);
  const secondName = nameOf(answer.secondSubjectId, naming);
  const reason = answer.reason.replace(/\bp_\w+/g, (subjectId) => nameOf(subjectId, naming) ?? subjectId);
  return {
    json: {
      input,
      startS: rounded(startMs / 1000, 3),
      endS: rounded(endMs / 1000, 3),
      voicedS: rounded(voicedMs / 1000, 3),
      decision,
      name,
      score: rounded(score, 6),
      secondName,
      secondScore: rounded(secondScore, 6),
      reason,
      mode: naming.mode,
      levelDbfs: Number.isFinite(levelDbfs) ? rounded(levelDbfs, 2) : null,
    },
    cells: [
      `${(startMs / 1000).toFixed(2)}-${(endMs / 1000).toFixed(2)}`,
      `${(voicedMs / 1000).toFixed(2)} s`,
      decision,
      name ?? '-',
      score?.toFixed(3) ?? '',
      secondName ?? '-',
      secondScore?.toFixed(3) ?? '',
      reason,
    ],
  };
}

function nameOf(subjectId: string | null, { names }: Naming): string | null {
  return subjectId === null ? null : (names.get(subjectId) ?? subjectId);
}

function rounded(value: number | null, decimals: number): number | null {
  return value === null ? null : Number(value.toFixed(decimals));
}

/** Whether an answer is what `--expect` asks for: this person known, or for `unknown` somebody unknown. */
export type Expectation = (answer: VoiceAnswer) => boolean;

/** What `--expect` asks for, undefined where it was not given. Says so when nobody has the name. */
export function readExpectation({ options }: Invocation, naming: Naming): Expectation | undefined {
  const { expect } = options;
  if (typeof expect !== 'string') return undefined;
  if (expect === 'unknown') return ({ decision }) => decision === 'unknown';
  const names = [...naming.names.values()];
  if (!names.some((name) => nameKey(name) === nameKey(expect))) {
    printNote(`Nobody is known as ${expect}${didYouMean(expect, names)}; vigil people list shows all.`);
  }
  return ({ decision, subjectId }) =>
    decision === 'known' && nameKey(nameOf(subjectId, naming) ?? '') === nameKey(expect);
}

/** How often each name, or answer without a name, was given: `3 Ana, 1 unknown`. */
export class Tally {
  readonly #counts = new Map<string, number>();

  count({ decision, subjectId }: VoiceAnswer, naming: Naming): void {
    const said = decision === 'known' ? (nameOf(subjectId, naming) ?? decision) : decision;
    this.#counts.set(said, (this.#counts.get(said) ?? 0) + 1);
  }

  toString(): string {
    const byCount = [...this.#counts].sort(([, a], [, b]) => b - a);
    return byCount.map(([said, count]) => `${count} ${said}`).join(', ');
  }
}
