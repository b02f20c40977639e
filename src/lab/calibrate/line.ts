import type { LlrLine } from '../../decide/calibration.ts';

const rounds = 60;
/** No weight can be said that fewer comparisons than this would have been likely not to show (rule of three). */
const ruleOfThree = 3;
/** How much the model's own line counts against the pictures: as a fiftieth of them. */
const priorWeight = 0.02;

/**
 * The straight line from a distance to the weight of evidence in bans, by logistic regression in which both kinds count
 * alike (N. Brümmer, J. du Preez, "Application-independent evaluation of speaker detection", Computer Speech and Language
 * 20, 2006), drawn a little to `prior`, the model's own line: where own faces and strangers' do not overlap, pictures
 * alone say nothing of how steep it is. Cut where the comparisons say no more: `independent` is how many there were of
 * each kind that do not err together. Null where own distances are not the smaller ones.
 */
export function fitLine(
  own: readonly number[],
  strangers: readonly number[],
  independent: { readonly own: number; readonly strangers: number },
  prior: LlrLine,
): LlrLine | null {
  if (own.length === 0 || strangers.length === 0) return null;
  const rows = [
    ...own.map((score) => ({ score, target: 1, weight: 0.5 / own.length })),
    ...strangers.map((score) => ({ score, target: 0, weight: 0.5 / strangers.length })),
  ];
  const mean = rows.reduce((sum, { score, weight }) => sum + weight * score, 0);
  const spread = Math.sqrt(rows.reduce((sum, { score, weight }) => sum + weight * (score - mean) ** 2, 0));
  if (!(spread > 0)) return null;
  // Newton's method on the offset and slope of the standardised distance, from the prior.
  const priorSlope = prior.bansPerUnit * Math.LN10 * spread;
  const priorOffset = prior.bansPerUnit * Math.LN10 * (mean - prior.evenAt);
  let offset = priorOffset;
  let slope = priorSlope;
  for (let round = 0; round < rounds; round++) {
    let gradient0 = (priorWeight * (offset - priorOffset)) / priorSlope ** 2;
    let gradient1 = (priorWeight * (slope - priorSlope)) / priorSlope ** 2;
    let [h00, h01, h11] = [priorWeight / priorSlope ** 2, 0, priorWeight / priorSlope ** 2];
    for (const { score, target, weight } of rows) {
      const x = (score - mean) / spread;
      const share = 1 / (1 + Math.exp(-(offset + slope * x)));
      const error = weight * (share - target);
      const curve = weight * share * (1 - share);
      gradient0 += error;
      gradient1 += error * x;
      h00 += curve;
      h01 += curve * x;
      h11 += curve * x * x;
    }
    const determinant = h00 * h11 - h01 * h01;
    const limited = (step: number) => Math.max(-2, Math.min(2, step));
    offset -= limited((h11 * gradient0 - h01 * gradient1) / determinant);
    slope -= limited((h00 * gradient1 - h01 * gradient0) / determinant);
  }
  const bansPerUnit = slope / spread / Math.LN10;
  if (!(bansPerUnit < 0)) return null;
  return {
    evenAt: mean - (offset / slope) * spread,
    bansPerUnit,
    leastBans: -mostOf(independent.own),
    mostBans: mostOf(independent.strangers),
  };
}

function mostOf(comparisons: number): number {
  return Math.max(0, Math.log10(comparisons / ruleOfThree));
}
