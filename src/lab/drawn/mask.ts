import type { Point } from '../../../hal/contract/face-models.ts';
import type { Random } from '../../../hal/sim/random.ts';
import type { FaceFrame, LandmarkedFace, Light } from './face-frame.ts';
import { type Colour, lit, litAcross, px, smooth } from './svg.ts';

export type MaskKind = 'surgical' | 'cloth';

/** How high it is worn: the nose free, the nose covered, or up to the eyes. */
export type MaskHeight = 'under-nose' | 'over-nose' | 'high';

const colours: Readonly<Record<MaskKind, readonly Colour[]>> = {
  surgical: [
    [168, 204, 226],
    [232, 236, 238],
    [164, 210, 196],
  ],
  cloth: [
    [44, 46, 54],
    [120, 40, 46],
    [52, 78, 128],
    [196, 188, 170],
  ],
};

/** Where the upper edge meets the nose: a landmark, and how far above it in eye distances. */
const noseEdges: Readonly<Record<MaskHeight, readonly [landmark: number, above: number]>> = {
  'under-nose': [33, -0.12],
  'over-nose': [28, 0],
  high: [27, -0.08],
};

/** First and last point of the jaw, 0 to 16, that is covered. */
const jawEnds: Readonly<Record<MaskHeight, readonly [number, number]>> = {
  'under-nose': [3, 13],
  'over-nose': [1, 15],
  high: [1, 15],
};

/** A mask over mouth and chin, with its loops to the ears, as SVG in the picture's pixels. */
export function maskSvg(
  { landmarks }: LandmarkedFace,
  frame: FaceFrame,
  light: Light,
  { kind, height }: { readonly kind: MaskKind; readonly height: MaskHeight },
  random: Random,
): string {
  const choices = colours[kind];
  const colour = choices[Math.floor(random.uniform() * choices.length)]!;
  const [first, last] = jawEnds[height];
  // Cloth stands off the skin a little, most of all at the chin.
  const jaw = landmarks.slice(first, last + 1).map((point): Point => {
    const [u, v] = frame.of(point);
    return frame.at(u * 1.03, v + 0.06 * Math.max(0, v - 0.6));
  });
  const [landmark, above] = noseEdges[height];
  const [noseU, noseV] = frame.of(landmarks[landmark]!);
  const nose = frame.at(noseU, noseV - above);
  const [left, right] = [frame.of(jaw[0]!), frame.of(jaw.at(-1)!)];
  const towards = (side: Point, share: number, sag: number) =>
    frame.at(side[0] + (noseU - side[0]) * share, side[1] + (noseV - above - side[1]) * share + sag);
  const edge = [
    towards(right, 0.4, 0.05),
    towards(right, 0.75, 0.06),
    nose,
    towards(left, 0.75, 0.06),
    towards(left, 0.4, 0.05),
  ];
  const outline = smooth([...jaw, ...edge], true);
  const strokePx = frame.eyeDistancePx / 60;
  const dark = lit(colour, 0.6 * Math.min(light.left, light.right));
  const bright = lit(colour, 1.15 * Math.max(light.left, light.right));
  const [chinU, chinV] = frame.of(landmarks[8]!);
  const between = (share: number) => noseV - above + (chinV - noseV + above) * share;
  const across = (share: number, sag: number) =>
    smooth(
      [
        frame.at(left[0] * 0.92, between(share) - sag),
        frame.at((noseU + chinU) / 2, between(share) + sag),
        frame.at(right[0] * 0.92, between(share) - sag),
      ],
      false,
    );
  const folds =
    kind === 'surgical'
      ? [0.35, 0.52, 0.69]
          .map((share) => {
            const wave = random.uniform(0.02, 0.06);
            return (
              `<path d="${across(share, wave)}" stroke="${dark}" stroke-opacity="0.55" stroke-width="${px(1.6 * strokePx)}"/>` +
              `<path d="${across(share + 0.025, wave)}" stroke="${bright}" stroke-opacity="0.5" stroke-width="${px(1.2 * strokePx)}"/>`
            );
          })
          .join('') +
        `<path d="${smooth([edge[1]!, edge[2]!, edge[3]!], false)}" stroke="${bright}" stroke-opacity="0.8" stroke-width="${px(3 * strokePx)}"/>`
      : `<path d="${smooth([nose, frame.at((noseU + chinU) / 2, between(0.5)), frame.at(chinU, chinV)], false)}" stroke="${dark}" stroke-opacity="0.7" stroke-width="${px(1.8 * strokePx)}"/>`;
  const loop = (from: Point, ear: number) => {
    const [u, v] = frame.of(landmarks[ear]!);
    return `<path d="${smooth([from, frame.at(u * 1.12, v - 0.05), frame.at(u * 1.16, v - 0.35)], false)}" stroke="${bright}" stroke-width="${px(1.8 * strokePx)}"/>`;
  };
  // The shadow that it throws on the skin above.
  const shadow = `<path d="${outline}" fill="none" stroke="#000" stroke-opacity="0.35" stroke-width="${px(3.5 * strokePx)}" filter="url(#soft)"/>`;
  return (
    `<defs>${litAcross('mask', colour, light, frame)}` +
    `<radialGradient id="round" cx="0.5" cy="0.4" r="0.65"><stop offset="0.55" stop-opacity="0"/><stop offset="1" stop-opacity="0.35"/></radialGradient>` +
    `<clipPath id="inside"><path d="${outline}"/></clipPath><filter id="soft" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="${px(1.6 * strokePx)}"/></filter></defs>` +
    `<g fill="none" stroke-linecap="round">${shadow}${loop(jaw[0]!, 0)}${loop(jaw.at(-1)!, 16)}` +
    `<path d="${outline}" fill="url(#mask)"/><g clip-path="url(#inside)">${folds}</g><path d="${outline}" fill="url(#round)"/></g>`
  );
}
