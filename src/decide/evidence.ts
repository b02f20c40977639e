import type { Standing } from './standing.ts';

/** By what a person asks. */
export type Sense = 'face' | 'voice';

/** Every answer that looking at a face can give. All but `known` leave the person unnamed, and say why. */
export const faceDecisions = [
  'known',
  'unknown',
  'unsure',
  'too-small',
  'blurred',
  'too-dark',
  'too-bright',
  'low-contrast',
  'turned',
  'covered',
  'no-face',
] as const;

export type FaceDecision = (typeof faceDecisions)[number];

/** The nearest people to a probe, ranked per person, with squared L2 distances between unit embeddings. */
export interface FaceMatch {
  readonly decision: 'known' | 'unknown' | 'unsure';
  readonly subjectId: string | null;
  readonly distance: number | null;
  readonly secondSubjectId: string | null;
  readonly secondDistance: number | null;
  /** One sentence with the numbers. */
  readonly reason: string;
}

/** What one look says about one person in view: ids, scores and times only, never pixels or embeddings. */
export interface FaceEvidence {
  readonly trackId: number;
  readonly decision: FaceDecision;
  readonly subjectId: string | null;
  readonly distance: number | null;
  readonly secondSubjectId: string | null;
  readonly secondDistance: number | null;
  /** How many accepted frames the averaged embedding rests on. */
  readonly frames: number;
  /** Arrival of the newest frame that was embedded, and when that embedding was ready; null before the first. */
  readonly frameAtMs: number | null;
  readonly embeddedAtMs: number | null;
  /** Larger is nearer: the foremost person has the largest eye distance. */
  readonly eyeDistancePx: number;
  readonly reason: string;
  /** How far the head is turned; see `FaceQuality`. */
  readonly yawRatio?: number;
  /** What came of asking for a movement. */
  readonly challenge?: 'passed' | 'failed';
  /** How much it speaks for the nearest person, as a decimal log-likelihood ratio; absent where nothing was compared. */
  readonly llrBans?: number;
  /** Whether it is night by the configuration; absent where that makes no difference. */
  readonly atNight?: boolean;
  /** Who is known has changed since the device was calibrated on them; absent where that makes no difference. */
  readonly unarmed?: 'stale';
  /** Of a person with terms who is named; others are let in at any time. */
  readonly standing?: Standing;
}

/** Every answer that listening to a voice can give. All but `known` leave the speaker unnamed, and say why. */
export const voiceDecisions = ['known', 'unknown', 'unsure', 'no-speech', 'too-short', 'too-loud'] as const;

export type VoiceDecision = (typeof voiceDecisions)[number];

/**
 * What a stretch of sound says about its speaker. Scores are cosines of unit embeddings, or the shares of a trained
 * network; larger is nearer.
 */
export interface VoiceAnswer {
  readonly decision: VoiceDecision;
  readonly subjectId: string | null;
  readonly score: number | null;
  readonly secondSubjectId: string | null;
  readonly secondScore: number | null;
  /** Length of the speech that the answer rests on. */
  readonly voicedMs: number;
  readonly levelDbfs: number;
  /** One sentence with the numbers. */
  readonly reason: string;
}

/** An answer with its times: ids, scores and times only, never sound or embeddings. */
export interface VoiceEvidence extends VoiceAnswer {
  /** Of the sound that the answer rests on. */
  readonly heardFromMs: number;
  readonly heardUntilMs: number;
  /** When the answer was ready. */
  readonly namedAtMs: number;
  /** How much it speaks for the nearest person, as a decimal log-likelihood ratio; absent where nothing was compared. */
  readonly llrBans?: number;
  /** Whether it is night by the configuration; absent where that makes no difference. */
  readonly atNight?: boolean;
  /** Who is known has changed since the device was calibrated on them; absent where that makes no difference. */
  readonly unarmed?: 'stale';
  /** Of a person with terms who is named; others are let in at any time. */
  readonly standing?: Standing;
}
