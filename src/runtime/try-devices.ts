import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { measureBlock } from '../hearing/meter.ts';
import { mixToMono } from '../hearing/mono.ts';
import { cameraFor } from './live-camera.ts';
import { microphoneFor } from './live-microphone.ts';
import { openRealModels, testRealModels } from './real-models.ts';

/** What a camera gave when it was tried. */
export interface CameraTry {
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** From asking to the first frame. */
  readonly firstFrameMs: number;
  /** Mean level of the last of them, 0 to 255. */
  readonly brightness: number;
}

/** A camera sets its exposure with the first frames. */
const framesToTry = 5;

/** Opens the camera of a configuration and looks at a few frames. Rejects with HalError. */
export async function tryCamera(config: VigilConfig, signal: AbortSignal): Promise<CameraTry> {
  const { widthPx, heightPx, fps, source } = config.camera;
  const ring = FrameRing.create({ widthPx, heightPx });
  const clock = new SystemClock();
  const camera = cameraFor(source, { ring, clock, config });
  const beganMs = clock.nowMs();
  await using session = await camera.open({ widthPx, heightPx, fps }, signal);
  const firstFrameMs = clock.nowMs() - beganMs;
  let brightness = 0;
  let frames = 0;
  for await (const frame of session.frames(signal)) {
    brightness = meanOf(ring.pixels(frame));
    if (++frames === framesToTry || !camera.live) break;
  }
  return { name: camera.name, widthPx, heightPx, firstFrameMs, brightness };
}

function meanOf(pixels: Uint8Array): number {
  let sum = 0;
  for (const level of pixels) sum += level;
  return sum / pixels.length;
}

/** What a microphone gave when it was tried. */
export interface MicrophoneTry {
  readonly name: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** The loudest tenth of a second of the first one. */
  readonly peakDbfs: number;
}

const chunksToTry = 10;

/** Opens the microphone of a configuration and listens for a second. Rejects with HalError. */
export async function tryMicrophone(config: VigilConfig, signal: AbortSignal): Promise<MicrophoneTry> {
  const { sampleRateHz, channels, source } = config.microphone;
  const microphone = microphoneFor(source, { clock: new SystemClock(), config });
  await using session = await microphone.open({ sampleRateHz, channels }, signal);
  let peakDbfs = Number.NEGATIVE_INFINITY;
  let chunks = 0;
  for await (const chunk of session.chunks(signal)) {
    const mono = new Float32Array(chunk.samples.length / chunk.channels);
    mixToMono(chunk.samples, chunk.channels, mono, 0);
    peakDbfs = Math.max(peakDbfs, measureBlock(mono, chunk.sampleRateHz).levelDbfs);
    if (++chunks === chunksToTry) break;
  }
  return { name: microphone.name, sampleRateHz: session.sampleRateHz, channels: session.channels, peakDbfs };
}

/** Loads the models that find and tell faces, and asks them what is known beforehand. Rejects with ModelError or HalError. */
export async function tryModels(
  config: VigilConfig,
  stateDirectory: string,
  signal: AbortSignal,
): Promise<void> {
  const { widthPx, heightPx } = config.camera;
  const ring = FrameRing.create({ widthPx, heightPx });
  const models = await openRealModels(config, stateDirectory, ring, new SystemClock(), signal);
  try {
    await testRealModels(models, signal);
  } finally {
    await models.close();
  }
}
