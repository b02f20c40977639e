import { measuredSquare } from './quality.ts';

/** A rectangle of the standard 150 px chip; the last row and column are not part of it. */
interface Patch {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Skin that hardly any mask reaches: between the brows, the bridge of the nose, and below the eyes. The one nearest in hue
 * counts, since light of two colours, as at a party, makes one side of a face differ from the other.
 */
const bare: readonly Patch[] = [
  { left: 62, right: 86, top: 30, bottom: 42 },
  { left: 66, right: 82, top: 46, bottom: 56 },
  { left: 36, right: 50, top: 54, bottom: 62 },
  { left: 98, right: 112, top: 54, bottom: 62 },
];
/** Mouth and chin. */
const lower: Patch = { left: 55, right: 93, top: 88, bottom: 119 };
/** The rows across the middle of the mouth, from above the upper lip to below the lower one. */
const mouth: Patch = { left: 60, right: 88, top: 96, bottom: 116 };
/** Nostrils to chin, and the line of the eyes: what is drawn in level strokes on a bare face. */
const strokesBelow: Patch = { left: 52, right: 97, top: 78, bottom: 118 };
const strokesOfEyes: Patch = { left: 36, right: 112, top: 38, bottom: 58 };

/**
 * A logistic fit on portraits of 400 people as they are and with a drawn mask of cloth or paper. The offset is chosen
 * so that none of the 400 bare faces is taken to be covered, nor any of 29 in coloured light. What it finds on
 * other pictures is in docs/lab.md, under masks.
 */
const fit = { hue: 9.6, mouth: -2.9, strokes: -2.6, offset: -7.4 } as const;
/** Keeps the ratio of two hues finite where there is hardly any colour, as in a picture without. */
const leastChroma = 8;
const leastLevel = 10;
const leastShare = 0.02;

/** A face that is covered by more than this is taken to be covered. */
export const coveredFrom = 0.5;

/**
 * How much the lower half of a face looks like something over it (a mask, a scarf, a hand), 0 to 1;
 * see `coveredFrom`. Three things speak for it: another hue than the skin above (ITU-R BT.601 colour
 * differences), no dark line between lips, and few level strokes where nostrils, lips and chin draw some.
 *
 * @param middle the chip's `measuredSquare`, RGB.
 */
export function measureCovered(middle: Uint8Array): number {
  const [red, blue] = colourDifferences(middle, lower);
  const away = bare.map((patch) => {
    const [bareRed, bareBlue] = colourDifferences(middle, patch);
    return Math.hypot(bareRed - red, bareBlue - blue);
  });
  const hue = Math.min(...away) / (leastChroma + Math.hypot(red, blue));
  const strokes = levelStrokes(middle, strokesBelow) / (levelStrokes(middle, strokesOfEyes) + 1);
  const logit =
    fit.hue * hue +
    fit.mouth * Math.log(lineOfLips(middle) + leastShare) +
    fit.strokes * Math.log(strokes + leastShare) +
    fit.offset;
  return 1 / (1 + Math.exp(-logit));
}

const { firstPx, sizePx } = measuredSquare;

function greyAt(middle: Uint8Array, x: number, y: number): number {
  const at = ((y - firstPx) * sizePx + x - firstPx) * 3;
  return 0.299 * middle[at]! + 0.587 * middle[at + 1]! + 0.114 * middle[at + 2]!;
}

/** The means of Cr and Cb. */
function colourDifferences(
  middle: Uint8Array,
  { left, right, top, bottom }: Patch,
): [red: number, blue: number] {
  let red = 0;
  let blue = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = ((y - firstPx) * sizePx + x - firstPx) * 3;
      const grey = greyAt(middle, x, y);
      red += 0.713 * (middle[at]! - grey);
      blue += 0.564 * (middle[at + 2]! - grey);
    }
  }
  const pixels = (right - left) * (bottom - top);
  return [red / pixels, blue / pixels];
}

/** How much darker the darkest row of the mouth is than the brightest, as a share of their mean level. */
function lineOfLips(middle: Uint8Array): number {
  let sum = 0;
  let darkest = Number.POSITIVE_INFINITY;
  let brightest = Number.NEGATIVE_INFINITY;
  for (let y = mouth.top; y < mouth.bottom; y++) {
    let row = 0;
    for (let x = mouth.left; x < mouth.right; x++) row += greyAt(middle, x, y);
    const level = row / (mouth.right - mouth.left);
    sum += level;
    darkest = Math.min(darkest, level);
    brightest = Math.max(brightest, level);
  }
  return (brightest - darkest) / (sum / (mouth.bottom - mouth.top) + leastLevel);
}

/** The mean of how much the grey level changes from row to row. */
function levelStrokes(middle: Uint8Array, { left, right, top, bottom }: Patch): number {
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      sum += Math.abs(greyAt(middle, x, y + 1) - greyAt(middle, x, y - 1)) / 2;
    }
  }
  return sum / ((right - left) * (bottom - top));
}
