import type { FaceModels } from '../../hal/contract/face-models.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { Scene, type SceneInput } from '../../hal/sim/scene.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { parseConfig } from '../../src/config/read.ts';
import { heightPx, widthPx } from '../../src/lab/speed/frame.ts';
import { gallery } from '../../src/lab/speed/gallery.ts';
import { type BuiltDevice, buildDevice } from '../../src/runtime/build-device.ts';
import { loadDemoScene } from '../../src/runtime/demo-scene.ts';
import { simulateWorld } from '../../src/runtime/simulation.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { PixelWatch } from '../../src/vision/change.ts';

export interface PaintedDevice extends BuiltDevice {
  readonly clock: VirtualClock;
  readonly trace: TraceRecorder;
  /** Time that went into painting frames, which no device does. */
  readonly paintedMs: () => number;
}

/**
 * A whole device in simulated time, as fast as it goes: frames painted with the pictures of the built-in scene,
 * 100 invented people enrolled, models as `open` gives them, the default configuration but for `toml`.
 */
export async function paintedDevice(
  input: SceneInput,
  open: (ring: FrameRing, clock: VirtualClock) => Promise<FaceModels>,
  toml = '',
): Promise<PaintedDevice> {
  const { config } = parseConfig(toml, undefined);
  const clock = new VirtualClock();
  const ring = FrameRing.create({ widthPx, heightPx });
  const { signal } = new AbortController();
  const { painter } = await clock.runUntilSettled(loadDemoScene(clock, signal));
  let paintedMs = 0;
  const world = simulateWorld(Scene.parse(input), config, clock, ring, (truth, pixels) => {
    const start = performance.now();
    painter(truth, pixels);
    paintedMs += performance.now() - start;
  });
  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  const models = await clock.runUntilSettled(clock.track(open(ring, clock)));
  const built = buildDevice(
    {
      ...world.ports,
      newPictureWatch: () => new PixelWatch((frame) => ring.pixels(frame)),
      openModels: async () => models,
      testModels: async () => {},
      loadGallery: async () => gallery(100, models.embeddingLength),
      watchGallery: () => {},
      termsOf: () => undefined,
      hearing: null,
    },
    config,
    trace,
  );
  return { ...built, clock, trace, paintedMs: () => paintedMs };
}
