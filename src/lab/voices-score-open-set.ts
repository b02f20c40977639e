import { thresholdAt } from '../hearing/threshold.ts';
import type { VoiceMatch } from '../models/entry.ts';
import {
  among,
  type Halves,
  type NamingRule,
  type ScoredLength,
  type ScoredPiece,
  type ScoredSpeech,
} from './voices-figures.ts';
import type { EmbeddedPiece, OpenSetVoices } from './voices-open-set.ts';
import type { Recording } from './voices-recordings.ts';
import type { Measuring, ScoredWay } from './voices-report.ts';
import type { SoundPiece, SoundPieces } from './voices-sound-pieces.ts';
import { type Enrolment, enrolmentsInTurn, halvesOf, type VoiceSplit } from './voices-split.ts';

/** How many utterances are enrolled when people are named, and besides for the equal error rate. */
const enrolledUtterances = 3;
const comparedUtterances = [1, enrolledUtterances];

/** Scores pieces of speech against people who are enrolled from so many utterances. */
export async function scoreOpenSet(
  split: VoiceSplit<Recording>,
  voices: OpenSetVoices,
  { lengthsS, progress }: Measuring,
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
    scored.push({
      seconds,
      naming,
      halves: halvesIn(split, naming),
      verified,
      rule: ruleFor(voices.match, seconds, speakers.length),
    });
  }
  return { way: 'open-set', pipelineId: voices.pipelineId, scored };
}

/**
 * Scores the pieces of sound that the trained network is tried with, by people who are enrolled from the recordings
 * that it is trained on. `cut` has the pieces of each length.
 */
export async function scoreOpenSetAsTrained(
  split: VoiceSplit<Recording>,
  cut: readonly SoundPieces[],
  voices: OpenSetVoices,
  { lengthsS, progress }: Measuring,
  signal: AbortSignal,
): Promise<ScoredWay> {
  for (const recording of split.speakers.flatMap(({ training }) => training))
    await voices.describe(recording);
  const gallery = voices.enrol(
    split.speakers.map(({ person, training }) => ({ person, recordings: training })),
  );
  const scored: ScoredLength[] = [];
  for (const [i, seconds] of lengthsS.entries()) {
    const { ofSpeakers, ofStrangers } = cut[i]!;
    const total = ofSpeakers.length + ofStrangers.length;
    let done = 0;
    const score = async (pieces: readonly SoundPiece[]): Promise<ScoredPiece[]> => {
      const scores: ScoredPiece[] = [];
      for (const { label, sound } of pieces) {
        signal.throwIfAborted();
        progress(`pieces of ${seconds} s of sound heard`, done++, total);
        scores.push(voices.score(gallery, await voices.hear(label, sound)));
      }
      return scores;
    };
    const naming: ScoredSpeech = {
      speakers: gallery.subjectIds,
      ofSpeakers: await score(ofSpeakers),
      ofStrangers: await score(ofStrangers),
    };
    scored.push({
      seconds,
      naming,
      halves: halvesIn(split, naming),
      verified: [{ recordings: null, enrolments: [naming] }],
      rule: ruleFor(voices.match, seconds, split.speakers.length),
    });
  }
  return { way: 'open-set-as-trained', pipelineId: voices.pipelineId, scored };
}

function ruleFor(match: VoiceMatch, seconds: number, people: number): NamingRule {
  return { threshold: thresholdAt(match, seconds * 1000, people), margin: match.margin };
}

/** Likeness to one person does not hang on who else is enrolled, so either half is a part of the whole. */
function halvesIn(split: VoiceSplit<Recording>, scored: ScoredSpeech): Halves | null {
  const halves = halvesOf(split);
  if (halves === null) return null;
  const part = ({ speakers, strangers }: VoiceSplit<Recording>) => {
    const names = new Set([...speakers, ...strangers].map(({ person }) => person));
    return among(scored, (person) => names.has(person));
  };
  return [part(halves[0]), part(halves[1])];
}
