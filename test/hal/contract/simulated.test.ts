import { expect } from 'bun:test';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { FaultBoard } from '../../../hal/sim/faults.ts';
import { SimulatedKeeper } from '../../../hal/sim/keeper.ts';
import { Scene } from '../../../hal/sim/scene.ts';
import { SceneCamera } from '../../../hal/sim/scene-camera.ts';
import { cameraContract } from './camera.ts';
import { contractLines, keeperContract } from './keeper.ts';
import { virtualTime } from './suite.ts';

const settings = { widthPx: 64, heightPx: 48, fps: 10 };

function scene(): Scene {
  return Scene.parse({
    name: 'contract',
    durationMs: 60_000,
    camera: { widthPx: settings.widthPx, heightPx: settings.heightPx },
    people: [
      { subject: 'ada', entersAtMs: 0, from: 'here', stops: [{ distanceM: 0.8, stayMs: 60_000 }] },
      {
        subject: 'bob',
        entersAtMs: 0,
        from: 'here',
        stops: [{ distanceM: 1.4, lateralM: 0.4, stayMs: 60_000 }],
      },
    ],
  });
}

cameraContract('scene', async () => {
  const time = virtualTime();
  const faults = new FaultBoard(time.clock);
  const ring = FrameRing.create(settings);
  return {
    camera: new SceneCamera({ clock: time.clock, scene: scene(), ring, faults }),
    settings,
    ring,
    time,
    fail: () => {
      faults.begin({ fault: 'error', port: 'camera', error: 'disconnected' });
    },
    [Symbol.asyncDispose]: async () => expect(time.clock.pendingTimers).toBe(0),
  };
});

keeperContract('twin', async () => {
  const time = virtualTime();
  const faults = new FaultBoard(time.clock);
  const keeper = new SimulatedKeeper({ clock: time.clock, faults, lines: contractLines });
  await time.settle(keeper.start());
  return {
    keeper,
    rearmMs: 500,
    deadTimeMs: 100,
    time,
    level: (line) => keeper.outputs.get(line)!.level,
    stick: (line, on) => faults.begin({ fault: 'line-stuck', line, on }),
    silence: () => {
      faults.begin({ fault: 'keeper-client-silent' });
    },
    [Symbol.asyncDispose]: async () => {
      await time.settle(keeper.close());
      expect(time.clock.pendingTimers).toBe(0);
    },
  };
});
