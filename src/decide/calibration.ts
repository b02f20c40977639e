/**
 * How scores become weights of evidence: the decimal logarithm of the likelihood ratio, in bans (I. J. Good,
 * "Probability and the Weighing of Evidence", 1950). +2 says: so near a score is a hundred times as frequent when it
 * is the person as when it is not. Weights of senses that err independently add up.
 */

/** A straight line from a score to bans, cut where nothing was measured any more. */
export interface LlrLine {
  /** The score that says nothing for or against: 0 bans. */
  readonly evenAt: number;
  /** Negative where smaller scores are nearer, as distances are. */
  readonly bansPerUnit: number;
  readonly leastBans: number;
  readonly mostBans: number;
}

/**
 * Lines that were measured on a device, by the id of the pipeline that gives the scores: of faces by squared
 * distance, of voices by cosine above the model's own threshold. A pipeline without one has the line of the default
 * model, which was measured elsewhere.
 */
export interface Calibrations {
  readonly faces: Readonly<Record<string, LlrLine>>;
  readonly voices: Readonly<Record<string, LlrLine>>;
  /** Whether what was measured is enough to open a door by. */
  readonly evidence: DoorEvidence;
}

/** `stale`: of another gallery or other models; `too-thin`: of too few people or pictures. */
export const doorEvidence = ['enough', 'not-calibrated', 'stale', 'too-thin'] as const;
export type DoorEvidence = (typeof doorEvidence)[number];

export const nothingCalibrated: Calibrations = { faces: {}, voices: {}, evidence: 'not-calibrated' };

/**
 * The default face pipeline, threshold 0.125: shares of own pictures and of strangers' between the squared distances
 * 0.0997, 0.1178, 0.1438 and 0.1795 (1.2 million comparisons of strangers and 600 pairs of Labeled Faces in the Wild
 * give 69.8, 16.0, 10.2 and 2.2 % against 1e-5, 9e-5, 9e-4 and 9e-3): +4.8, +3.2, +2.1 and +0.4, which lie on a line.
 * The ends are the shares beyond the first and the last of them.
 */
const defaultFaces: LlrLine = { evenAt: 0.169, bansPerUnit: -54, leastBans: -1.7, mostBans: 4.8 };
const defaultFaceThreshold = 0.125;

/**
 * The default voice pipeline, by the cosine above its threshold: strangers at the same microphone, calm (RAVDESS,
 * 7 s: 3.0, 1.2 and 0.1 % of 3,205 pieces over 0.84, 0.86 and 0.88), against own pieces there (about 1, 3 and 6 % in
 * each step): -0.2, +0.4 and +1.8. With no stranger in 3,205 pieces more than +2.5 cannot be said. Raised voices are
 * worse, and who holds a recording passes for the voice.
 */
const defaultVoices: LlrLine = { evenAt: -0.004, bansPerUnit: 50, leastBans: -1.5, mostBans: 2.5 };

/**
 * The trained closed-set network names strangers in 58 to 65 of 100 pieces at a share of 0.95, and speakers in nearly
 * all: log10(1 / 0.62), however near to 1 the share is.
 */
const trainedBans = 0.2;

/** Another embedder has other distances: they keep their ratio to its threshold until it is calibrated. */
export function faceLine(
  { faces }: Pick<Calibrations, 'faces'>,
  pipelineId: string,
  modelThreshold: number,
): LlrLine {
  const own = faces[pipelineId];
  if (own !== undefined) return own;
  const scale = modelThreshold / defaultFaceThreshold;
  return {
    ...defaultFaces,
    evenAt: defaultFaces.evenAt * scale,
    bansPerUnit: defaultFaces.bansPerUnit / scale,
  };
}

export function voiceLine({ voices }: Pick<Calibrations, 'voices'>, pipelineId: string): LlrLine {
  return voices[pipelineId] ?? defaultVoices;
}

export function bansAt({ evenAt, bansPerUnit, leastBans, mostBans }: LlrLine, score: number): number {
  return Math.min(mostBans, Math.max(leastBans, bansPerUnit * (score - evenAt)));
}

/**
 * What a face says for the nearest person, in bans: the less of what it says against a stranger, of whom one is the
 * nearest of `people` chances, and of what it says against the second nearest person. Undefined without a distance.
 */
export function weighFace(
  { distance, secondDistance }: { readonly distance: number | null; readonly secondDistance: number | null },
  line: LlrLine,
  people: number,
): number | undefined {
  if (distance === null) return undefined;
  const againstStranger = bansAt(line, distance) - Math.log10(Math.max(1, people));
  if (secondDistance === null) return againstStranger;
  return Math.min(againstStranger, line.bansPerUnit * (distance - secondDistance));
}

/** A voice's answer as far as it is weighed. */
interface WeighedVoice {
  readonly score: number | null;
  readonly secondScore: number | null;
  /** The model's own threshold for so much speech and so many people, whatever the configuration says. */
  readonly ownThreshold: number;
}

/** The same for a voice; the threshold rises with the number of people by itself. */
export function weighVoice(
  { score, secondScore, ownThreshold }: WeighedVoice,
  line: LlrLine,
): number | undefined {
  if (score === null) return undefined;
  const againstStranger = bansAt(line, score - ownThreshold);
  return secondScore === null
    ? againstStranger
    : Math.min(againstStranger, line.bansPerUnit * (score - secondScore));
}

/** The same for the share of the trained network. */
export function weighShare(score: number | null, share: number): number | undefined {
  if (score === null) return undefined;
  return score < share ? -trainedBans : trainedBans;
}
