import { describe, expect, test } from 'bun:test';
import type { FrameRef } from '../../../hal/contract/camera.ts';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { FaultBoard } from '../../../hal/sim/faults.ts';
import { Scene, type SceneInput } from '../../../hal/sim/scene.ts';
import { SceneCamera } from '../../../hal/sim/scene-camera.ts';
import { createScenePainter, type FacePicture } from '../../../hal/sim/scene-painter.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';

const never = new AbortController().signal;

/** A picture in one colour, the middle of it the face. */
function plain(r: number, g: number, b: number): FacePicture {
  const rgb = new Uint8Array(200 * 240 * 3);
  for (let i = 0; i < rgb.length; i += 3) rgb.set([r, g, b], i);
  return { widthPx: 200, heightPx: 240, rgb, face: { x: 50, y: 60, width: 100, height: 120 } };
}

const somebody: SceneInput['people'] = [
  { subject: 'ada', entersAtMs: 0, from: 'here', stops: [{ distanceM: 0.8, stayMs: 60_000 }] },
];

function rendered(rest: Partial<SceneInput> = {}) {
  const clock = new VirtualClock();
  const scene = Scene.parse({ name: 'test', durationMs: 60_000, people: somebody, ...rest });
  const faults = new FaultBoard(clock, scene.script.faults);
  const ring = FrameRing.create({ widthPx: 640, heightPx: 480 });
  const pictures = new Map([
    ['ada', plain(20, 40, 220)],
    ['bob', plain(220, 30, 20)],
  ]);
  const painter = createScenePainter({ widthPx: 640, heightPx: 480, seed: 3, pictures });
  const camera = new SceneCamera({ clock, scene, ring, faults, painter });
  /** A copy of each of the first frames. */
  const take = async (count: number, fps = 10) => {
    const session = await camera.open({ widthPx: 640, heightPx: 480, fps }, never);
    const taken: { frame: FrameRef; pixels: Uint8Array }[] = [];
    const reading = async () => {
      for await (const frame of session.frames(never)) {
        taken.push({ frame, pixels: ring.pixels(frame).slice() });
        if (taken.length === count) break;
      }
    };
    await clock.runUntilSettled(reading());
    await session.close();
    return taken;
  };
  return { clock, faults, take };
}

/** The mean colour of a square of 20 pixels around a point. */
function colourAt(pixels: Uint8Array, x: number, y: number): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  for (let dy = -10; dy < 10; dy++) {
    for (let dx = -10; dx < 10; dx++) {
      for (let channel = 0; channel < 3; channel++) {
        sum[channel]! += pixels[((y + dy) * 640 + x + dx) * 3 + channel]! / 400;
      }
    }
  }
  return sum;
}

describe('scene camera', () => {
  test('paints the person where the scene says, and the room around', async () => {
    const [shot] = await rendered().take(1);
    const [r, g, b] = colourAt(shot!.pixels, 320, 245);
    expect(Math.abs(r - 20) + Math.abs(g - 40) + Math.abs(b - 220)).toBeLessThan(3);
    expect(colourAt(shot!.pixels, 60, 60)[2]).toBeGreaterThan(120);
  });

  test('paints the nearer person over the farther one', async () => {
    const behind = {
      subject: 'bob',
      entersAtMs: 0,
      from: 'here' as const,
      stops: [{ distanceM: 1.2, stayMs: 9_000 }],
    };
    const [shot] = await rendered({ people: [...somebody!, behind] }).take(1);
    expect(colourAt(shot!.pixels, 320, 245)[2]).toBeGreaterThan(200);
  });

  test('lights the picture: half the light, half the level', async () => {
    const [shot] = await rendered({ light: [{ fromMs: 0, level: 0.5 }] }).take(1);
    expect(colourAt(shot!.pixels, 320, 245)[2]).toBeCloseTo(110, -1);
  });

  test('gives every exposure its own noise, and the same for the same seed and time', async () => {
    const shots = await rendered().take(2);
    expect(shots[0]!.pixels).not.toEqual(shots[1]!.pixels);
    expect((await rendered().take(2))[1]!.pixels).toEqual(shots[1]!.pixels);
  });

  test('freezes: frames go on, the picture does not change by one bit', async () => {
    const shots = await rendered({ faults: [{ fault: 'camera-frozen', fromMs: 250 }] }).take(5);
    expect(shots.map(({ frame }) => frame.receivedAtMs)).toEqual([100, 200, 300, 400, 500]);
    expect(shots[0]!.pixels).not.toEqual(shots[1]!.pixels);
    for (const { pixels } of shots.slice(2)) expect(pixels).toEqual(shots[1]!.pixels);
  });

  test('goes black, and is good again afterwards', async () => {
    const shots = await rendered({ faults: [{ fault: 'camera-black', fromMs: 150, untilMs: 250 }] }).take(3);
    const brightest = shots.map(({ pixels }) => Math.max(...pixels.subarray(0, 100_000)));
    expect(brightest[0]).toBeGreaterThan(100);
    expect(brightest[1]).toBeLessThan(16);
    expect(brightest[2]).toBeGreaterThan(100);
  });

  test('garbles: neighbouring pixels have nothing to do with each other', async () => {
    const [shot] = await rendered({ faults: [{ fault: 'camera-garbled', fromMs: 0 }] }).take(1);
    let difference = 0;
    for (let i = 0; i < 30_000; i++) difference += Math.abs(shot!.pixels[i]! - shot!.pixels[i + 3]!);
    expect(difference / 30_000).toBeGreaterThan(40);
  });

  test('slows down to the rate of the fault, and stalls without an end', async () => {
    const slow = await rendered({ faults: [{ fault: 'camera-slow', fps: 2, fromMs: 0 }] }).take(3);
    expect(slow[2]!.frame.receivedAtMs - slow[1]!.frame.receivedAtMs).toBe(500);
    const stalled = rendered({ faults: [{ fault: 'camera-stalled', fromMs: 0, untilMs: 5_000 }] });
    expect((await stalled.take(1))[0]!.frame.receivedAtMs).toBe(5_000);
  });

  test('cannot be opened while a fault forbids it, with the kind of the fault', async () => {
    const { clock, take } = rendered({
      faults: [{ fault: 'error', port: 'camera', call: 'open', error: 'permission', fromMs: 0, untilMs: 10 }],
    });
    await clock.runFor(0);
    await expect(take(1)).rejects.toMatchObject({ kind: 'permission', device: 'camera' });
    await clock.runFor(10);
    expect(await take(1)).toHaveLength(1);
  });

  test('names the picture that the scene wants and nobody gave', async () => {
    const people = [{ ...somebody![0]!, picture: 'nobody' }];
    await expect(rendered({ people }).take(1)).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('paints a frame fast enough for ten a second beside the networks', async () => {
    const { take } = rendered();
    await take(3);
    const startedMs = performance.now();
    await take(40);
    // About 3 ms on a quiet machine.
    expect((performance.now() - startedMs) / 40).toBeLessThan(25);
  });
});
