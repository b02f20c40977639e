import { describe, expect, test } from 'bun:test';
import { halErrorKinds } from '../../../hal/contract/errors.ts';
import { SimulatedInput, SimulatedOutput } from '../../../hal/sim/digital-io.ts';
import { FaultBoard, faultSchema, timedFaultSchema } from '../../../hal/sim/faults.ts';
import { remember } from '../../../hal/sim/history.ts';
import { SceneMicrophone } from '../../../hal/sim/microphone.ts';
import { Scene } from '../../../hal/sim/scene.ts';
import { createSoundMixer } from '../../../hal/sim/sound-mixer.ts';
import { SimulatedStore } from '../../../hal/sim/store.ts';
import { VirtualClock, VirtualWallClock } from '../../../hal/sim/virtual-clock.ts';

const never = new AbortController().signal;

describe('board of faults', () => {
  test('begins and ends faults at their times, before whatever else is due then', async () => {
    const clock = new VirtualClock();
    const faults = new FaultBoard(clock, [{ fault: 'camera-black', fromMs: 100, untilMs: 200 }]);
    const seen: boolean[] = [];
    for (const atMs of [99, 100, 199, 200]) {
      clock.setTimeout(() => seen.push(faults.find('camera-black') !== undefined), atMs);
    }
    await clock.runUntil(300);
    expect(seen).toEqual([false, true, true, false]);
  });

  test('strikes the line it names, or every line', () => {
    const faults = new FaultBoard(new VirtualClock());
    const end = faults.begin({ fault: 'line-stuck', line: 'strike', on: true });
    expect(faults.find('line-stuck', 'strike')?.on).toBe(true);
    expect(faults.find('line-stuck', 'lamp')).toBeUndefined();
    end();
    end();
    expect(faults.find('line-stuck', 'strike')).toBeUndefined();
    faults.begin({ fault: 'line-stuck', on: false });
    expect(faults.find('line-stuck', 'lamp')?.on).toBe(false);
  });

  test('puts an error of every kind in the place of the calls it names', () => {
    for (const error of halErrorKinds) {
      const faults = new FaultBoard(new VirtualClock());
      const end = faults.begin({ fault: 'error', port: 'store', call: 'write', error });
      expect(() => faults.check('store', 'store', 'write')).toThrow(expect.objectContaining({ kind: error }));
      faults.check('store', 'store', 'read');
      faults.check('camera', 'camera', 'write');
      end();
      faults.check('store', 'store', 'write');
    }
  });

  test('takes no fault that no twin knows, and no key that the fault has not', () => {
    expect(() => faultSchema.parse({ fault: 'camera-melts' })).toThrow('fault');
    expect(() => faultSchema.parse({ fault: 'camera-slow' })).toThrow('fps');
    expect(() => timedFaultSchema.parse({ fault: 'camera-black', fromMs: 1, fps: 3 })).toThrow('fps');
    expect(() => timedFaultSchema.parse({ fault: 'camera-black', fromMs: 2, untilMs: 2 })).toThrow('untilMs');
    expect(timedFaultSchema.parse({ fault: 'camera-slow', fromMs: 1, fps: 3 })).toEqual({
      fault: 'camera-slow',
      fromMs: 1,
      fps: 3,
    });
  });
});

describe('faults of the twins', () => {
  test('a stuck line stays where it is, whatever is written, and follows again when it is free', async () => {
    const clock = new VirtualClock();
    const faults = new FaultBoard(clock);
    const lamp = new SimulatedOutput({ name: 'lamp', clock, faults });
    const end = faults.begin({ fault: 'line-stuck', on: false });
    await lamp.set(true);
    expect([lamp.commanded, await lamp.read()]).toEqual([true, false]);
    await clock.runFor(50);
    end();
    expect(await lamp.read()).toBe(true);
    expect(lamp.edges).toEqual([{ on: true, atMs: 50 }]);
    expect(lamp.writes).toEqual([{ on: true, atMs: 0 }]);
  });

  test('a wire from an output to an input carries its edges, and a stuck input does not', async () => {
    const clock = new VirtualClock();
    const faults = new FaultBoard(clock);
    const lamp = new SimulatedOutput({ name: 'lamp', clock, faults });
    const probe = new SimulatedInput({ name: 'probe', clock, faults });
    lamp.onEdge(({ on }) => probe.drive(on));
    await lamp.set(true);
    expect(await probe.read()).toBe(true);
    faults.begin({ fault: 'input-stuck', line: 'probe', on: true });
    await lamp.set(false);
    expect(await probe.read()).toBe(true);
  });

  test('an input that is not read fast enough says that edges are lost', async () => {
    const clock = new VirtualClock();
    const button = new SimulatedInput({ name: 'button', clock, faults: new FaultBoard(clock) });
    const edges = button.edges(never);
    const first = edges.next();
    for (let i = 0; i < 200; i++) button.drive(i % 2 === 0);
    await expect(
      (async () => {
        await first;
        for await (const _ of edges);
      })(),
    ).rejects.toMatchObject({ kind: 'io' });
  });

  test('the wall clock jumps and loses trust; the monotonic clock does not notice', async () => {
    const clock = new VirtualClock();
    const faults = new FaultBoard(clock, [
      { fault: 'wall-clock-jump', byMs: -3_600_000, fromMs: 1_000 },
      { fault: 'wall-clock-untrusted', fromMs: 2_000, untilMs: 3_000 },
    ]);
    const startUtcMs = Date.UTC(2026, 5, 1);
    const wall = new VirtualWallClock(clock, { startUtcMs, faults });
    await clock.runUntil(999);
    expect([wall.nowUtcMs() - startUtcMs, wall.trusted]).toEqual([999, true]);
    await clock.runUntil(2_500);
    expect([wall.nowUtcMs() - startUtcMs, wall.trusted]).toEqual([2_500 - 3_600_000, false]);
    await clock.runUntil(3_000);
    expect(wall.trusted).toBe(true);
  });

  test('a slow disk takes its time, and a write that a full disk refuses changes nothing', async () => {
    const clock = new VirtualClock();
    const faults = new FaultBoard(clock);
    const store = new SimulatedStore({ clock, faults });
    const end = faults.begin({ fault: 'store-slow', extraMs: 700 });
    await clock.runUntilSettled(store.write('key', new Uint8Array([1])));
    expect(clock.nowMs()).toBe(700);
    // Full before the slow write is through.
    const writing = store.write('key', new Uint8Array([2])).catch((error: { kind: string }) => error.kind);
    faults.begin({ fault: 'store-full' });
    expect(await clock.runUntilSettled(writing)).toBe('io');
    end();
    expect(await store.read('key')).toEqual(new Uint8Array([1]));
  });

  test('a microphone hears the tone at its level, then exact zeros, then loses sound', async () => {
    const clock = new VirtualClock();
    const scene = Scene.parse({
      name: 'tone',
      durationMs: 10_000,
      sounds: [{ fromMs: 0, untilMs: 10_000, kind: 'tone', levelDbfs: -20, frequencyHz: 1_000 }],
      faults: [
        { fault: 'microphone-zeros', fromMs: 450, untilMs: 550 },
        { fault: 'microphone-overrun', fromMs: 650, untilMs: 850 },
      ],
    });
    const faults = new FaultBoard(clock, scene.script.faults);
    const mixer = createSoundMixer({ seed: 1, clips: new Map() });
    const microphone = new SceneMicrophone({ clock, scene, faults, mixer });
    const session = await microphone.open({ sampleRateHz: 16_000, channels: 2 }, never);
    const heard: { seq: number; levelDbfs: number }[] = [];
    const reading = async () => {
      for await (const { seq, samples } of session.chunks(never)) {
        const meanSquare = samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length;
        heard.push({ seq, levelDbfs: Math.round(10 * Math.log10(meanSquare)) });
        if (heard.length === 8) break;
      }
    };
    await clock.runUntilSettled(reading());
    expect(heard.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 8, 9]);
    expect(heard.map(({ levelDbfs }) => levelDbfs)).toEqual([
      -20,
      -20,
      -20,
      -20,
      Number.NEGATIVE_INFINITY,
      -20,
      -20,
      -20,
    ]);
    expect(session.overruns).toBe(2);
    await session.close();
  });
});

test('a record of what happened stops growing after a hundred thousand entries, and keeps the newest', () => {
  const history: number[] = [];
  for (let i = 0; i < 250_000; i++) remember(history, i);
  expect(history.length).toBeLessThanOrEqual(100_000);
  expect(history.at(-1)).toBe(249_999);
  expect(history[0]).toBe(250_000 - history.length);
});
