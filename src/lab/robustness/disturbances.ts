import sharp, { type Sharp } from 'sharp';
import type { Point } from '../../../hal/contract/face-models.ts';
import type { Random } from '../../../hal/sim/random.ts';
import { type Drawing, drawOn } from '../drawn/draw.ts';
import type { RgbPicture } from '../drawn/face-frame.ts';
import { type MaskHeight, maskSvg } from '../drawn/mask.ts';
import { barSvg, type GlassesKind, glassesSvg, hairSvg, hatSvg } from '../drawn/worn.ts';
import type { FacePicture } from '../faces.ts';
import { middleOf } from '../looks.ts';
import {
  gaussian,
  localVariance,
  type Noise,
  pepper,
  poisson,
  salt,
  saltAndPepper,
  speckle,
} from './noise.ts';

/** A picture that was disturbed, and where the middle of the face is in it. */
export interface DisturbedPicture {
  readonly picture: RgbPicture;
  readonly middle: Point;
}

/** Something that makes a face harder to recognise, from mild to severe. */
export interface Disturbance {
  /** Names its chart. */
  readonly id: string;
  readonly title: string;
  /** What a level is. */
  readonly level: string;
  readonly unit?: string;
  /** Each stronger than the one before. */
  readonly levels: readonly number[];
  /** Of levels that are kinds: what each of them is. */
  readonly kinds?: readonly string[];
  /** Painted over the picture by this program, not photographed. */
  readonly drawn?: true;
  disturb(face: FacePicture, level: number, random: Random): Promise<DisturbedPicture>;
}

export const disturbances: readonly Disturbance[] = [
  noise('gaussian', 'Gaussian noise', gaussian, [0.025, 0.05, 0.075, 0.1, 0.15, 0.2]),
  noise(
    'local-variance',
    'Noise of local variance, stronger in the dark',
    localVariance,
    [0.025, 0.05, 0.075, 0.1, 0.15, 0.2],
  ),
  {
    ...noise('poisson', 'Poisson noise', poisson, [512, 256, 128, 64, 32, 16]),
    level: 'grains of light that make white',
  },
  speckled('salt', 'Salt', salt),
  speckled('pepper', 'Pepper', pepper),
  speckled('salt-and-pepper', 'Salt and pepper', saltAndPepper),
  noise('speckle', 'Speckle', speckle, [0.05, 0.1, 0.15, 0.2, 0.3, 0.4]),
  {
    id: 'jpeg',
    title: 'JPEG compression',
    level: 'quality',
    levels: [75, 50, 25, 16, 12, 8, 5, 2],
    disturb: (face, quality) =>
      throughSharp(face, async (image) => sharp(await image.jpeg({ quality }).toBuffer())),
  },
  {
    id: 'blur',
    title: 'Blur',
    level: 'sigma, of the distance of the eyes',
    unit: '%',
    levels: [2, 4, 6, 8, 12, 16],
    disturb: (face, share) =>
      throughSharp(face, (image) => image.blur(Math.max(0.3, (share / 100) * face.eyeDistancePx))),
  },
  {
    id: 'darkness',
    title: 'Darkness, with the noise of a sensor',
    level: 'light, of what there was',
    unit: '%',
    levels: [50, 25, 12, 6, 4, 2],
    disturb: async (face, share, random) => inPlace(face, darkened(face.picture.pixels, share / 100, random)),
  },
  {
    id: 'size',
    title: 'Size',
    level: 'distance of the eyes',
    unit: 'px',
    levels: [26, 18, 15, 12, 10, 8, 6],
    disturb: shrunk,
  },
  {
    id: 'rotation',
    title: 'Rotation in the plane of the picture',
    level: 'angle',
    unit: 'degrees',
    levels: [10, 20, 30, 40, 50, 60, 90],
    disturb: rotated,
  },
  drawing(
    'eyes',
    'A black bar over the eyes',
    'height, of the distance of the eyes',
    [0.15, 0.3, 0.45, 0.6, 0.8],
    (height) => (face, frame) => barSvg(face, frame, 'eyes', height),
  ),
  drawing(
    'mouth',
    'A black bar over the mouth',
    'height, of the distance of the eyes',
    [0.2, 0.4, 0.6, 0.8, 1],
    (height) => (face, frame) => barSvg(face, frame, 'mouth', height),
  ),
  // Above the eyes, in distances of the eyes: brows are at 0.4.
  drawing(
    'hair',
    'Hair over the forehead',
    'how far above the eyes it ends, of their distance',
    [0.9, 0.6, 0.4, 0.2, 0, -0.2],
    (above) => (face, frame, light, random) => hairSvg(face, frame, light, -above, random),
  ),
  drawing(
    'hat',
    'A cap',
    'how far above the eyes it ends, of their distance',
    [0.9, 0.7, 0.5, 0.35, 0.2],
    (above) => (face, frame, light, random) => hatSvg(face, frame, light, -above, random),
  ),
  kindsOfDrawing<GlassesKind>(
    'glasses',
    'Glasses',
    ['thin', 'thick', 'tinted', 'dark'],
    (kind) => (face, frame, light) => glassesSvg(face, frame, light, kind),
  ),
  kindsOfDrawing<MaskHeight>(
    'mask',
    'A surgical mask',
    ['under-nose', 'over-nose', 'high'],
    (height) => (face, frame, light, random) =>
      maskSvg(face, frame, light, { kind: 'surgical', height }, random),
  ),
];

function noise(id: string, title: string, make: Noise, levels: readonly number[]): Disturbance {
  return {
    id,
    title,
    level: 'standard deviation, of black to white',
    levels,
    disturb: async (face, level, random) => inPlace(face, make(face.picture.pixels, level, random)),
  };
}

function speckled(id: string, title: string, make: Noise): Disturbance {
  return { ...noise(id, title, make, [0.005, 0.01, 0.02, 0.04, 0.08, 0.16]), level: 'share of the values' };
}

function drawing(
  id: string,
  title: string,
  level: string,
  levels: readonly number[],
  drawingAt: (level: number) => Drawing,
): Disturbance {
  return {
    ...{ id, title, level, levels },
    drawn: true,
    disturb: async (face, at, random) => ({
      picture: await drawOn(face, drawingAt(at), random),
      middle: middleOf(face),
    }),
  };
}

function kindsOfDrawing<K extends string>(
  id: string,
  title: string,
  kinds: readonly K[],
  drawingOf: (kind: K) => Drawing,
): Disturbance {
  const levels = kinds.map((_, index) => index + 1);
  return { ...drawing(id, title, 'kind', levels, (level) => drawingOf(kinds[level - 1]!)), kinds };
}

function inPlace(face: FacePicture, pixels: Uint8Array): DisturbedPicture {
  return { picture: { ...face.picture, pixels }, middle: middleOf(face) };
}

function imageOf({ pixels, widthPx, heightPx }: RgbPicture): Sharp {
  return sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } });
}

async function pictureOf(image: Sharp): Promise<RgbPicture> {
  const { data, info } = await image
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, widthPx: info.width, heightPx: info.height };
}

async function throughSharp(
  face: FacePicture,
  change: (image: Sharp) => Sharp | Promise<Sharp>,
): Promise<DisturbedPicture> {
  return { picture: await pictureOf(await change(imageOf(face.picture))), middle: middleOf(face) };
}

/** Of 255, as a small camera has it when its gain is not turned up. */
const sensorNoise = 3;

function darkened(pixels: Uint8Array, factor: number, random: Random): Uint8Array {
  return Uint8Array.from(pixels, (value) =>
    Math.max(0, Math.min(255, Math.round(value * factor + random.normal(0, sensorNoise)))),
  );
}

async function shrunk(face: FacePicture, eyeDistancePx: number): Promise<DisturbedPicture> {
  const scale = Math.min(1, eyeDistancePx / face.eyeDistancePx);
  const { widthPx, heightPx } = face.picture;
  const width = Math.max(1, Math.round(widthPx * scale));
  const height = Math.max(1, Math.round(heightPx * scale));
  const picture = await pictureOf(imageOf(face.picture).resize(width, height, { fit: 'fill' }));
  const [x, y] = middleOf(face);
  return { picture, middle: [x * scale, y * scale] };
}

/** Around the picture's middle; the corners that appear are grey. */
async function rotated(face: FacePicture, degrees: number): Promise<DisturbedPicture> {
  const picture = await pictureOf(imageOf(face.picture).rotate(degrees, { background: '#808080' }));
  const angle = (degrees * Math.PI) / 180;
  const [x, y] = middleOf(face);
  const dx = x - face.picture.widthPx / 2;
  const dy = y - face.picture.heightPx / 2;
  return {
    picture,
    middle: [
      picture.widthPx / 2 + dx * Math.cos(angle) - dy * Math.sin(angle),
      picture.heightPx / 2 + dx * Math.sin(angle) + dy * Math.cos(angle),
    ],
  };
}
