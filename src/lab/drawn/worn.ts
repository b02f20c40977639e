import type { Point } from '../../../hal/contract/face-models.ts';
import type { Random } from '../../../hal/sim/random.ts';
import { posePoints } from '../../vision/quality.ts';
import type { FaceFrame, LandmarkedFace, Light } from './face-frame.ts';
import { type Colour, lit, litAcross, polygon, px, smooth } from './svg.ts';

export type GlassesKind = 'thin' | 'thick' | 'tinted' | 'dark';

const lenses: Readonly<Record<GlassesKind, { frame: number; tint: number; colour: Colour }>> = {
  thin: { frame: 0.025, tint: 0.06, colour: [150, 130, 80] },
  thick: { frame: 0.08, tint: 0.08, colour: [30, 26, 26] },
  tinted: { frame: 0.05, tint: 0.5, colour: [44, 36, 32] },
  dark: { frame: 0.06, tint: 0.94, colour: [22, 22, 26] },
};

/** Glasses: two lenses, a bridge and the arms to the ears. */
export function glassesSvg(
  { landmarks }: LandmarkedFace,
  frame: FaceFrame,
  light: Light,
  kind: GlassesKind,
): string {
  const { frame: widthEyes, tint, colour } = lenses[kind];
  const { leftEye, rightEye } = posePoints(landmarks);
  const stroke = lit(colour, (light.left + light.right) / 2);
  const strokePx = widthEyes * frame.eyeDistancePx;
  const lensOf = (eye: Point) => {
    const [u, v] = frame.of(eye);
    const corner = (du: number, dv: number) => frame.at(u + du, v + 0.05 + dv);
    const rim = [
      corner(-0.4, -0.12),
      corner(-0.2, -0.26),
      corner(0.2, -0.26),
      corner(0.4, -0.12),
      corner(0.34, 0.2),
      corner(0, 0.3),
      corner(-0.34, 0.2),
    ];
    const glare = [corner(-0.24, -0.16), corner(-0.08, -0.2), corner(-0.2, 0.12), corner(-0.28, 0.06)];
    return (
      `<path d="${smooth(rim, true)}" fill="${stroke}" fill-opacity="${tint}" stroke="${stroke}"/>` +
      `<path d="${smooth(glare, true)}" fill="#fff" fill-opacity="0.12" stroke="none"/>`
    );
  };
  const [leftU, leftV] = frame.of(leftEye);
  const [rightU, rightV] = frame.of(rightEye);
  const bridge = smooth(
    [
      frame.at(leftU + 0.38, leftV - 0.02),
      frame.at((leftU + rightU) / 2, (leftV + rightV) / 2 - 0.08),
      frame.at(rightU - 0.38, rightV - 0.02),
    ],
    false,
  );
  const arm = (u: number, v: number, ear: Point) =>
    smooth([frame.at(u, v), frame.at(frame.of(ear)[0] * 1.05, frame.of(ear)[1] - 0.1)], false);
  return (
    `<g fill="none" stroke="${stroke}" stroke-width="${px(strokePx)}" stroke-linecap="round">` +
    `<path d="${bridge}"/><path d="${arm(leftU - 0.4, leftV - 0.06, landmarks[0]!)}"/><path d="${arm(rightU + 0.4, rightV - 0.06, landmarks[16]!)}"/>` +
    `${lensOf(leftEye)}${lensOf(rightEye)}</g>`
  );
}

const hatColours: readonly Colour[] = [
  [34, 40, 62],
  [96, 34, 34],
  [60, 62, 58],
];

/** Half a head's width above the ears, where hats and hair reach to. */
function halfWidth({ landmarks }: LandmarkedFace, frame: FaceFrame): { left: number; right: number } {
  return { left: frame.of(landmarks[0]!)[0] * 1.1, right: frame.of(landmarks[16]!)[0] * 1.1 };
}

/** Where a head ends above the eyes, in eye distances. */
const crown = -1.9;

/** A knitted cap down to `edge` (v of its lower edge), with the shade below it. */
export function hatSvg(
  face: LandmarkedFace,
  frame: FaceFrame,
  light: Light,
  edge: number,
  random: Random,
): string {
  const colour = hatColours[Math.floor(random.uniform() * hatColours.length)]!;
  const { left, right } = halfWidth(face, frame);
  const dome: Point[] = [
    frame.at(left, edge + 0.12),
    frame.at(left * 1.06, edge - 0.45),
    frame.at(left * 0.75, crown + 0.15),
    frame.at(0, crown - 0.15),
    frame.at(right * 0.75, crown + 0.15),
    frame.at(right * 1.06, edge - 0.45),
    frame.at(right, edge + 0.12),
    frame.at(0, edge),
  ];
  const hem: Point[] = [
    frame.at(left * 1.03, edge + 0.12),
    frame.at(0, edge),
    frame.at(right * 1.03, edge + 0.12),
    frame.at(right * 1.06, edge - 0.2),
    frame.at(0, edge - 0.32),
    frame.at(left * 1.06, edge - 0.2),
  ];
  const shade: Point[] = [
    frame.at(left, edge),
    frame.at(right, edge),
    frame.at(right * 0.95, edge + 0.3),
    frame.at(0, edge + 0.2),
    frame.at(left * 0.95, edge + 0.3),
  ];
  const soft = px(0.06 * frame.eyeDistancePx);
  return (
    `<defs>${litAcross('hat', colour, light, frame)}${litAcross('hem', [colour[0] * 0.8, colour[1] * 0.8, colour[2] * 0.8], light, frame)}` +
    `<filter id="soft" x="-20%" y="-50%" width="140%" height="200%"><feGaussianBlur stdDeviation="${soft}"/></filter></defs>` +
    `<path d="${smooth(shade, true)}" fill="#000" fill-opacity="0.4" filter="url(#soft)"/>` +
    `<path d="${smooth(dome, true)}" fill="url(#hat)"/><path d="${smooth(hem, true)}" fill="url(#hem)"/>`
  );
}

const hairColours: readonly Colour[] = [
  [40, 30, 26],
  [92, 62, 40],
  [24, 22, 24],
  [168, 134, 84],
];

/** Strands of hair that fall from the crown over the forehead down to `edge` (v of most ends). */
export function hairSvg(
  face: LandmarkedFace,
  frame: FaceFrame,
  light: Light,
  edge: number,
  random: Random,
): string {
  const colour = hairColours[Math.floor(random.uniform() * hairColours.length)]!;
  const { left, right } = halfWidth(face, frame);
  const strands = 90;
  const widthPx = px((1.6 * (right - left) * frame.eyeDistancePx) / strands);
  const paths = Array.from({ length: strands }, (_, index) => {
    const share = (index + random.uniform(-0.4, 0.4)) / (strands - 1);
    const u = left + (right - left) * share;
    const end = edge + random.uniform(-0.1, 0.08) + 0.25 * (2 * share - 1) ** 2;
    const way: Point[] = [
      frame.at(u * 0.35, crown + 0.1),
      frame.at(u * 1.02, (crown + edge) / 2 - 0.1),
      frame.at(u + random.uniform(-0.08, 0.08), end),
    ];
    const side = light.left + (light.right - light.left) * share;
    return `<path d="${smooth(way, false)}" stroke="${lit(colour, side * random.uniform(0.7, 1.3))}"/>`;
  });
  return `<g fill="none" stroke-width="${widthPx}" stroke-linecap="round">${paths.join('')}</g>`;
}

/** A black bar over the eyes or the mouth, so many eye distances high. */
export function barSvg(
  { landmarks }: LandmarkedFace,
  frame: FaceFrame,
  part: 'eyes' | 'mouth',
  height: number,
): string {
  const mouth = landmarks.slice(48, 60).map((point) => frame.of(point));
  const mean = (axis: 0 | 1) => mouth.reduce((sum, point) => sum + point[axis], 0) / mouth.length;
  const [u, v, half] = part === 'eyes' ? [0, 0, 1] : [mean(0), mean(1), 0.75];
  const corners = [
    frame.at(u - half, v - height / 2),
    frame.at(u + half, v - height / 2),
    frame.at(u + half, v + height / 2),
    frame.at(u - half, v + height / 2),
  ];
  return `<path d="${polygon(corners)}" fill="#000"/>`;
}
