import type { Sound } from '../../hal/contract/sound.ts';
import { Random } from '../../hal/sim/random.ts';
import { thresholdAt } from '../hearing/threshold.ts';
import type { VoiceEmbedderEntry } from '../models/entry.ts';
import type { Located } from '../models/manifest.ts';
import { among, figuresOf, type Halves, type ScoredLength, type ScoredSpeech } from './voices-figures.ts';
import type { SpeechFolder } from './voices-layout.ts';
import { type EmbeddedPiece, OpenSetVoices } from './voices-open-set.ts';
import { type Recording, readRecordings } from './voices-recordings.ts';
import type { PeopleCount, VoicesReport, WayReport } from './voices-report.ts';
import {
  type Enrolment,
  enrolmentsInTurn,
  type Person,
  splitVoices,
  type VoiceSplit,
} from './voices-split.ts';

export interface VoicesTask {
  readonly folder: SpeechFolder;
  /** Lengths of the pieces. */
  readonly lengthsS: readonly number[];
  /** Decides which recordings are learnt from and who is in which half. */
  readonly seed: number;
  readonly model: Located<VoiceEmbedderEntry>;
  readonly read: (path: string, signal: AbortSignal) => Promise<Sound>;
  readonly progress: (what: string, done: number, total: number) => void;
}

export interface MeasuredVoices {
  readonly report: VoicesReport;
  /** The scores behind it, by way and length as in the report. */
  readonly scored: readonly (readonly ScoredLength[])[];
}

/** How many utterances are enrolled when people are named, and besides for the equal error rate. */
const enrolledUtterances = 3;
const comparedUtterances = [1, enrolledUtterances];

/**
 * Measures both ways of naming voices on a folder of speech. Rejects with InputError for speech that does not fit,
 * with ModelError, and with what `read` rejects with.
 */
export async function measureVoices(task: VoicesTask, signal: AbortSignal): Promise<MeasuredVoices> {
  const random = Random.seeded(task.seed).child('lab');
  const { speakers, strangers, leftOut } = await readRecordings(
    task.folder,
    task.read,
    (done, total) => task.progress('recordings read', done, total),
    signal,
  );
  const draw = random.child('split');
  const split = splitVoices(speakers, strangers, () => draw.uniform());
  await using openSet = await OpenSetVoices.load(task.model);
  const ways = [await scoreOpenSet(split, openSet, task, signal)];
  const intervals = random.child('intervals');
  return {
    report: {
      seed: task.seed,
      speakers: countOf(speakers),
      strangers: countOf(strangers),
      leftOut,
      ways: ways.map(({ way, pipelineId, scored }) => ({
        way,
        pipelineId,
        lengths: scored.map((length) => figuresOf(length, () => intervals.uniform())),
      })),
    },
    scored: ways.map(({ scored }) => scored),
  };
}

interface ScoredWay extends Omit<WayReport, 'lengths'> {
  readonly scored: readonly ScoredLength[];
}

async function scoreOpenSet(
  split: VoiceSplit<Recording>,
  voices: OpenSetVoices,
  { lengthsS, progress }: VoicesTask,
  signal: AbortSignal,
): Promise<ScoredWay> {
  const { speakers, strangers } = split;
  const recordings = [...speakers, ...strangers].flatMap((person) => person.recordings);
  const enrollable = speakers.flatMap((speaker) => speaker.recordings);
  for (const [done, recording] of enrollable.entries()) {
    signal.throwIfAborted();
    progress('recordings enrolled', done, enrollable.length);
    await voices.describe(recording);
  }
  const scored: ScoredLength[] = [];
  for (const seconds of lengthsS) {
    const pieces = new Map<Recording, readonly EmbeddedPiece[]>();
    for (const recording of recordings) {
      signal.throwIfAborted();
      progress(`recordings cut into ${seconds} s of speech`, pieces.size, recordings.length);
      pieces.set(recording, await voices.piecesOf(recording, seconds));
    }
    const piecesOf = (some: readonly Recording[]) => some.flatMap((recording) => pieces.get(recording)!);
    const strangerPieces = piecesOf(strangers.flatMap((stranger) => stranger.recordings));

    const scoreTurn = (turn: readonly Enrolment<Recording>[]): ScoredSpeech => {
      const gallery = voices.enrol(
        turn.map(({ enrolled }, i) => ({ person: speakers[i]!.person, recordings: enrolled })),
      );
      const score = (piece: EmbeddedPiece) => voices.score(gallery, piece);
      return {
        speakers: gallery.subjectIds,
        ofSpeakers: piecesOf(turn.flatMap(({ probes }) => probes)).map(score),
        ofStrangers: strangerPieces.map(score),
      };
    };
    const verified = comparedUtterances.map((recordings) => ({
      recordings,
      enrolments: enrolmentsInTurn(speakers, recordings).map(scoreTurn),
    }));
    const naming = verified.at(-1)!.enrolments[0]!;
    const threshold = thresholdAt(voices.match, seconds * 1000, speakers.length);
    scored.push({
      seconds,
      naming,
      halves: halvesOf(split, naming),
      verified,
      rule: { threshold, margin: voices.match.margin },
    });
  }
  return { way: 'open-set', pipelineId: voices.pipelineId, scored };
}

/** With one speaker in a half there is no second best, and without a stranger nothing to fit. */
function halvesOf(split: VoiceSplit<Recording>, scored: ScoredSpeech): Halves | null {
  const half = (which: 0 | 1): ScoredSpeech | null => {
    const people = [...split.speakers, ...split.strangers].filter((person) => person.half === which);
    const names = new Set(people.map(({ person }) => person));
    const own = among(scored, (person) => names.has(person));
    return own.speakers.length < 2 || own.ofStrangers.length === 0 ? null : own;
  };
  const first = half(0);
  const second = half(1);
  return first === null || second === null ? null : [first, second];
}

function countOf(people: readonly Person<Recording>[]): PeopleCount {
  const recordings = people.flatMap((person) => person.recordings);
  return {
    people: people.length,
    recordings: recordings.length,
    seconds: recordings.reduce((sum, { sound }) => sum + sound.samples.length / sound.sampleRateHz, 0),
  };
}
