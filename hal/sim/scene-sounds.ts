import { z } from 'zod';

/** What a microphone hears in a quiet room; exact zeros are a fault. */
export const roomDbfs = -72;
/** Speech at a common recording level: what tests of speech equipment use (ITU-T P.56, P.830). */
const speechDbfs = -26;
/** A microphone that is stuck gives this share of full scale, always. */
export const stuckLevel = 0.25;
/** An overdriven microphone amplifies so much more that the quiet of the room already reaches full scale. */
export const overdriveDb = 80;
/** A voice so much quieter than another is not made out beside it. */
const maskedDb = 10;

const milliseconds = z.number().nonnegative();
const span = { fromMs: milliseconds, untilMs: milliseconds };
/** Of the root mean square against full scale. */
const level = z.number().min(-120).max(0);

/** One sound of a scene. Where sounds overlap they are mixed. */
export const soundSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('speech'),
      ...span,
      /** Who speaks. */
      subject: z.string().min(1),
      /** Which recording is heard, again and again if it is short; by default the one named like the subject. */
      clip: z.string().min(1).optional(),
      levelDbfs: level.default(speechDbfs),
    }),
    z.strictObject({
      kind: z.literal('tone'),
      ...span,
      levelDbfs: level,
      frequencyHz: z.number().positive().default(440),
    }),
    z.strictObject({ kind: z.literal('noise'), ...span, levelDbfs: level }),
  ])
  .refine(({ fromMs, untilMs }) => untilMs > fromMs, {
    path: ['untilMs'],
    message: 'must be later than fromMs',
  });

export type SceneSound = z.infer<typeof soundSchema>;

/** A stretch of time over which a microphone does not give what is there. */
export interface Impairment {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly kind: 'zeros' | 'stuck' | 'clipped' | 'lost';
}

/** Somebody who can be made out. */
export interface VoiceTruth {
  readonly subject: string;
  /** How long nobody else can be made out at the same time, and how long somebody can. */
  readonly aloneMs: number;
  readonly togetherMs: number;
}

/** What is true of a stretch of sound. */
export interface SoundTruth {
  /** Mean power relative to full scale, the room included; -Infinity for digital silence. */
  readonly levelDbfs: number;
  /** How long somebody can be made out, louder than whatever else there is. */
  readonly speechMs: number;
  /** Power of the speech over the power of the rest, while there is speech; 0 without any. */
  readonly signalToNoiseDb: number;
  /** Share of the samples at full scale. */
  readonly clippedShare: number;
  /** Who has most speech first. */
  readonly voices: readonly VoiceTruth[];
}

const quietRoom: SoundTruth = {
  levelDbfs: roomDbfs,
  speechMs: 0,
  signalToNoiseDb: 0,
  clippedShare: 0,
  voices: [],
};

/** What is true from `fromMs` to `untilMs` of `sounds`, over the quiet of a room, where the microphone is `impaired`. */
export function soundTruth(
  sounds: readonly SceneSound[],
  fromMs: number,
  untilMs: number,
  impaired: readonly Impairment[],
): SoundTruth {
  if (sounds.length === 0 && impaired.length === 0) return quietRoom;
  const voices = new Map<string, { aloneMs: number; togetherMs: number }>();
  let energy = 0;
  let clippedMs = 0;
  let speechMs = 0;
  let speechEnergy = 0;
  let restEnergy = 0;
  const edges = edgesBetween([...sounds, ...impaired], fromMs, untilMs);
  for (const [index, startMs] of edges.slice(0, -1).entries()) {
    const ms = edges[index + 1]! - startMs;
    const covers = (stretch: { fromMs: number; untilMs: number }) =>
      stretch.fromMs <= startMs && startMs < stretch.untilMs;
    const impairment = impaired.find(covers)?.kind;
    if (impairment === 'zeros' || impairment === 'lost') continue;
    if (impairment === 'stuck') {
      energy += stuckLevel ** 2 * ms;
      continue;
    }
    const gainDb = impairment === 'clipped' ? overdriveDb : 0;
    const piece = mixOf(sounds.filter(covers), gainDb);
    energy += Math.min(1, piece.speechPower + piece.restPower) * ms;
    clippedMs += piece.clippedShare * ms;
    if (piece.subjects.size === 0) continue;
    speechMs += ms;
    speechEnergy += piece.speechPower * ms;
    restEnergy += piece.restPower * ms;
    for (const subject of piece.subjects) {
      const voice = voices.get(subject) ?? { aloneMs: 0, togetherMs: 0 };
      if (piece.subjects.size === 1) voice.aloneMs += ms;
      else voice.togetherMs += ms;
      voices.set(subject, voice);
    }
  }
  const durationMs = untilMs - fromMs;
  return {
    levelDbfs: durationMs > 0 ? decibels(energy / durationMs) : Number.NEGATIVE_INFINITY,
    speechMs,
    signalToNoiseDb: speechMs > 0 ? decibels(speechEnergy / restEnergy) : 0,
    clippedShare: durationMs > 0 ? clippedMs / durationMs : 0,
    voices: [...voices]
      .map(([subject, voice]) => ({ subject, ...voice }))
      .sort((a, b) => b.aloneMs + b.togetherMs - (a.aloneMs + a.togetherMs)),
  };
}

/** Level in dBFS as root mean square, full scale being 1. */
export function rootMeanSquare(levelDbfs: number): number {
  return 10 ** (levelDbfs / 20);
}

function decibels(power: number): number {
  return 10 * Math.log10(power);
}

/** The times, in order, between which nothing begins or ends. */
function edgesBetween(
  stretches: readonly { readonly fromMs: number; readonly untilMs: number }[],
  fromMs: number,
  untilMs: number,
): number[] {
  const edges = new Set([fromMs, untilMs]);
  for (const stretch of stretches) {
    for (const edge of [stretch.fromMs, stretch.untilMs]) {
      if (edge > fromMs && edge < untilMs) edges.add(edge);
    }
  }
  return [...edges].sort((a, b) => a - b);
}

/** Powers of sounds that go on at the same time, and whose voices can be made out. */
function mixOf(sounds: readonly SceneSound[], gainDb: number) {
  let speechPower = 0;
  let loudest = 0;
  let restPower = rootMeanSquare(roomDbfs + gainDb) ** 2;
  let clippedShare = clippedShareOf('noise', rootMeanSquare(roomDbfs + gainDb));
  for (const sound of sounds) {
    const rms = rootMeanSquare(sound.levelDbfs + gainDb);
    clippedShare = Math.max(clippedShare, clippedShareOf(sound.kind, rms));
    if (sound.kind === 'speech') {
      speechPower += rms ** 2;
      loudest = Math.max(loudest, rms ** 2);
    } else restPower += rms ** 2;
  }
  const leastPower = Math.max(restPower, loudest * 10 ** (-maskedDb / 10));
  const subjects = new Set<string>();
  for (const sound of sounds) {
    if (sound.kind === 'speech' && rootMeanSquare(sound.levelDbfs + gainDb) ** 2 >= leastPower)
      subjects.add(sound.subject);
  }
  return { speechPower, restPower, clippedShare, subjects };
}

/**
 * Share of the samples beyond full scale, by the distribution of the samples: arcsine for a tone, uniform for our
 * noise, and close to Laplace's for speech (Davenport, "An experimental study of speech-wave probability
 * distributions", 1952).
 */
function clippedShareOf(kind: SceneSound['kind'], rms: number): number {
  if (kind === 'tone') return 1 - (2 / Math.PI) * Math.asin(Math.min(1, 1 / (Math.SQRT2 * rms)));
  if (kind === 'noise') return Math.max(0, 1 - 1 / (Math.sqrt(3) * rms));
  return Math.exp(-Math.SQRT2 / rms);
}
