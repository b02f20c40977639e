import type { ModelInput } from './entry.ts';
import type { ExpectedInput, NetworkInput } from './session.ts';

/** Pictures as a network takes them. The data is reused by the next `pack`. */
export interface PackedPictures extends NetworkInput {
  /** Input pixels per picture pixel on each axis: a coordinate of the network divided by it is the picture's. */
  readonly scaleX: number;
  readonly scaleY: number;
  readonly inputWidthPx: number;
  readonly inputHeightPx: number;
}

/** What the network's input has to be for pictures of this kind. */
export function expectedPictures({ name, dtype, layout, heightPx, widthPx }: ModelInput): ExpectedInput {
  const shape = {
    hwc: [heightPx, widthPx, 3],
    nhwc: [undefined, heightPx, widthPx, 3],
    nchw: [undefined, 3, heightPx, widthPx],
  }[layout];
  return { name, dtype, shape, batched: layout !== 'hwc' };
}

/** Where the samples of one axis come from: pixel, its neighbour, and the neighbour's share. */
interface Samples {
  readonly near: Int32Array;
  readonly far: Int32Array;
  readonly share: Float32Array;
}

/**
 * Brings pictures to a network's size, channel order, layout and normalisation, where its graph does not do so
 * itself. RGB, row by row, 8 bits in; nothing is copied when the network takes just that.
 */
export class PictureInput {
  readonly #input: ModelInput;
  readonly #asIs: boolean;
  #buffer: Uint8Array | Float32Array = new Uint8Array(0);
  #plan: { key: string; columns: Samples; rows: Samples } | undefined;

  constructor(input: ModelInput) {
    this.#input = input;
    this.#asIs =
      input.dtype === 'uint8' && input.channels === 'rgb' && input.layout !== 'nchw' && input.fit === 'none';
  }

  /** `count` pictures of one size, one after the other in `rgb` (which may lie in shared memory). */
  pack(rgb: Uint8Array, widthPx: number, heightPx: number, count = 1): PackedPictures {
    if (rgb.length !== widthPx * heightPx * 3 * count) {
      throw new RangeError(`${rgb.length} bytes are not ${count} pictures of ${widthPx}x${heightPx} RGB`);
    }
    const input = this.#input;
    const width = input.widthPx ?? widthPx;
    const height = input.heightPx ?? heightPx;
    if (input.fit === 'none' && (width !== widthPx || height !== heightPx)) {
      throw new RangeError(`the network takes ${width}x${height}, the picture is ${widthPx}x${heightPx}`);
    }
    const shape = {
      hwc: [height, width, 3],
      nhwc: [count, height, width, 3],
      nchw: [count, 3, height, width],
    }[input.layout];
    const { scaleX, scaleY } = fitScale(input.fit, widthPx, heightPx, width, height);
    const packed = { shape, scaleX, scaleY, inputWidthPx: width, inputHeightPx: height };
    if (this.#asIs) return { data: rgb, ...packed };

    const length = width * height * 3;
    const target = this.#target(length * count);
    for (let i = 0; i < count; i++) {
      const source = rgb.subarray(i * widthPx * heightPx * 3, (i + 1) * widthPx * heightPx * 3);
      const picture = target.subarray(i * length, (i + 1) * length);
      this.#resample(source, widthPx, heightPx, picture, width, height, scaleX, scaleY);
      if (picture instanceof Float32Array) normalise(picture, input);
    }
    return { data: target, ...packed };
  }

  #target(length: number): Uint8Array | Float32Array {
    if (this.#buffer.length < length) {
      this.#buffer = this.#input.dtype === 'uint8' ? new Uint8Array(length) : new Float32Array(length);
    }
    return this.#buffer.subarray(0, length);
  }

  /** Bilinear with half-pixel centres, edge pixels repeated; what lies outside the picture becomes 0. */
  #resample(
    source: Uint8Array,
    widthPx: number,
    heightPx: number,
    target: Uint8Array | Float32Array,
    width: number,
    height: number,
    scaleX: number,
    scaleY: number,
  ): void {
    const planar = this.#input.layout === 'nchw';
    const pixelStep = planar ? 1 : 3;
    const channelStep = planar ? width * height : 1;
    const red = this.#input.channels === 'rgb' ? 0 : 2 * channelStep;
    const green = channelStep;
    const blue = 2 * channelStep - red;
    if (scaleX === 1 && scaleY === 1 && widthPx === width) {
      // Chips, and frames as wide as the input, need another order only.
      const pixels = widthPx * heightPx;
      for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 3, to += pixelStep) {
        target[to + red] = source[from]!;
        target[to + green] = source[from + 1]!;
        target[to + blue] = source[from + 2]!;
      }
      // Only the rows below can be left over; in planes they end each plane.
      const rest = (width * height - pixels) * pixelStep;
      for (const start of planar ? [0, channelStep, 2 * channelStep] : [0]) {
        target.fill(0, start + pixels * pixelStep, start + pixels * pixelStep + rest);
      }
      return;
    }
    const { columns, rows } = this.#samples(widthPx, heightPx, width, height, scaleX, scaleY);
    if (columns.near.length < width || rows.near.length < height) target.fill(0);
    // A Uint8Array cuts fractions off; half a level more makes it round.
    const half = target instanceof Uint8Array ? 0.5 : 0;
    for (let y = 0; y < rows.near.length; y++) {
      const top = rows.near[y]! * widthPx * 3;
      const bottom = rows.far[y]! * widthPx * 3;
      const down = rows.share[y]!;
      let to = y * width * pixelStep;
      for (let x = 0; x < columns.near.length; x++, to += pixelStep) {
        const left = columns.near[x]! * 3;
        const right = columns.far[x]! * 3;
        const across = columns.share[x]!;
        const bottomRight = across * down;
        const topRight = across - bottomRight;
        const bottomLeft = down - bottomRight;
        const topLeft = 1 - across - bottomLeft;
        const a = top + left;
        const b = top + right;
        const c = bottom + left;
        const d = bottom + right;
        target[to + red] =
          source[a]! * topLeft +
          source[b]! * topRight +
          source[c]! * bottomLeft +
          source[d]! * bottomRight +
          half;
        target[to + green] =
          source[a + 1]! * topLeft +
          source[b + 1]! * topRight +
          source[c + 1]! * bottomLeft +
          source[d + 1]! * bottomRight +
          half;
        target[to + blue] =
          source[a + 2]! * topLeft +
          source[b + 2]! * topRight +
          source[c + 2]! * bottomLeft +
          source[d + 2]! * bottomRight +
          half;
      }
    }
  }

  /** Frames of one camera all have one size, so the samples are computed once. */
  #samples(
    widthPx: number,
    heightPx: number,
    width: number,
    height: number,
    scaleX: number,
    scaleY: number,
  ): { columns: Samples; rows: Samples } {
    const key = `${widthPx}x${heightPx}`;
    if (this.#plan?.key !== key) {
      this.#plan = {
        key,
        columns: axisSamples(widthPx, width, scaleX),
        rows: axisSamples(heightPx, height, scaleY),
      };
    }
    return this.#plan;
  }
}

function fitScale(
  fit: ModelInput['fit'],
  widthPx: number,
  heightPx: number,
  width: number,
  height: number,
): { scaleX: number; scaleY: number } {
  const scaleX = width / widthPx;
  const scaleY = height / heightPx;
  if (fit === 'none' || fit === 'stretch') return { scaleX, scaleY };
  const scale = Math.min(scaleX, scaleY, fit === 'letterbox-down' ? 1 : Number.POSITIVE_INFINITY);
  // The resized picture has whole pixels, so each axis has its own exact scale, as in any resize to a given size.
  return {
    scaleX: Math.max(1, Math.round(widthPx * scale)) / widthPx,
    scaleY: Math.max(1, Math.round(heightPx * scale)) / heightPx,
  };
}

function axisSamples(sourceLength: number, targetLength: number, scale: number): Samples {
  const length = Math.min(targetLength, Math.round(sourceLength * scale));
  const near = new Int32Array(length);
  const far = new Int32Array(length);
  const share = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const at = Math.min(sourceLength - 1, Math.max(0, (i + 0.5) / scale - 0.5));
    near[i] = Math.floor(at);
    far[i] = Math.min(sourceLength - 1, Math.floor(at) + 1);
    share[i] = at - Math.floor(at);
  }
  return { near, far, share };
}

function normalise(picture: Float32Array, input: ModelInput): void {
  const { normalisation, layout } = input;
  if (normalisation.kind === 'none') return;
  if (normalisation.kind === 'prewhiten') {
    prewhiten(picture);
    return;
  }
  const pixels = picture.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    const mean = normalisation.mean[channel]!;
    const factor = 1 / normalisation.divideBy[channel]!;
    const start = layout === 'nchw' ? channel * pixels : channel;
    const step = layout === 'nchw' ? 1 : 3;
    for (let i = 0, at = start; i < pixels; i++, at += step) picture[at] = (picture[at]! - mean) * factor;
  }
}

/** FaceNet's: the floor under the deviation keeps a picture of one colour finite. */
function prewhiten(picture: Float32Array): void {
  const n = picture.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += picture[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (picture[i]! - mean) ** 2;
  const factor = 1 / Math.max(Math.sqrt(squares / n), 1 / Math.sqrt(n));
  for (let i = 0; i < n; i++) picture[i] = (picture[i]! - mean) * factor;
}
