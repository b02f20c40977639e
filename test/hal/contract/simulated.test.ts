import { expect } from 'bun:test';
import type { FrameRef } from '../../../hal/contract/camera.ts';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { SimulatedInput, SimulatedOutput } from '../../../hal/sim/digital-io.ts';
import { FaultBoard } from '../../../hal/sim/faults.ts';
import { SimulatedKeeper } from '../../../hal/sim/keeper.ts';
import { SceneMicrophone } from '../../../hal/sim/microphone.ts';
import { OracleFaceModels } from '../../../hal/sim/oracle-face-models.ts';
import { Scene } from '../../../hal/sim/scene.ts';
import { SceneCamera } from '../../../hal/sim/scene-camera.ts';
import { createSoundMixer, type SoundMixer } from '../../../hal/sim/sound-mixer.ts';
import { SimulatedSpeaker } from '../../../hal/sim/speaker.ts';
import { SimulatedStore } from '../../../hal/sim/store.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { SimulatedWatchdog } from '../../../hal/sim/watchdog.ts';
import { cameraContract } from './camera.ts';
import { digitalInputContract, digitalOutputContract } from './digital-io.ts';
import { faceModelsContract } from './face-models.ts';
import { contractLines, keeperContract } from './keeper.ts';
import { microphoneContract } from './microphone.ts';
import { speakerContract } from './speaker.ts';
import { storeContract } from './store.ts';
import { never, virtualTime } from './suite.ts';
import { watchdogContract } from './watchdog.ts';

const settings = { widthPx: 640, heightPx: 480, fps: 10 };

/** A clock, a board of faults, and at the end of each rule the check that no timer was left behind. */
function simulation(dispose: () => Promise<void> = async () => {}) {
  const clock = new VirtualClock();
  const time = virtualTime(clock);
  return {
    clock,
    time,
    faults: new FaultBoard(clock),
    [Symbol.asyncDispose]: async () => {
      await time.settle(dispose());
      expect(clock.pendingTimers).toBe(0);
    },
  };
}

/** Two people stand there for 30 s, then nobody does. */
function scene(): Scene {
  const here = { entersAtMs: 0, from: 'here', to: 'here' } as const;
  return Scene.parse({
    name: 'contract',
    durationMs: 60_000,
    camera: { widthPx: settings.widthPx, heightPx: settings.heightPx },
    people: [
      { ...here, subject: 'ada', stops: [{ distanceM: 0.8, stayMs: 30_000 }] },
      { ...here, subject: 'bob', stops: [{ distanceM: 1.2, lateralM: 0.4, stayMs: 30_000 }] },
    ],
    sounds: [{ fromMs: 0, untilMs: 5_000, kind: 'tone', levelDbfs: -20 }],
  });
}

cameraContract('scene', async () => {
  const sim = simulation();
  const ring = FrameRing.create(settings);
  return {
    ...sim,
    camera: new SceneCamera({ ...sim, scene: scene(), ring }),
    settings,
    ring,
    fail: () => {
      sim.faults.begin({ fault: 'error', port: 'camera', error: 'disconnected' });
    },
  };
});

faceModelsContract('oracle', async () => {
  const sim = simulation();
  const ring = FrameRing.create({ ...settings, slots: 3 });
  const camera = new SceneCamera({ ...sim, scene: scene(), ring });
  const session = await camera.open(settings, never);
  const frames = session.frames(never)[Symbol.asyncIterator]();
  const held = async (): Promise<FrameRef> => {
    const result = await sim.time.settle(frames.next());
    if (result.done === true) throw new Error('the scene ended');
    return result.value;
  };
  const gone = await held();
  await sim.clock.runFor(1_000);
  const faces = await held();
  ring.lease(faces);
  await sim.clock.runUntil(31_000);
  const empty = await held();
  ring.lease(empty);
  await sim.clock.runFor(1_000);
  await session.close();
  let recover = () => {};
  return {
    ...sim,
    models: new OracleFaceModels({ ...sim, seed: 1, truth: (frame) => camera.truth(frame) }),
    faces,
    empty,
    gone,
    hang: () => {
      recover = sim.faults.begin({ fault: 'models-hang' });
    },
    recover: () => recover(),
  };
});

keeperContract('twin', async () => {
  const sim = simulation(() => keeper.close());
  const keeper = new SimulatedKeeper({ ...sim, lines: contractLines });
  await sim.time.settle(keeper.start());
  return {
    ...sim,
    keeper,
    rearmMs: 500,
    deadTimeMs: 100,
    level: (line) => keeper.outputs.get(line)!.level,
    stick: (line, on) => sim.faults.begin({ fault: 'line-stuck', line, on }),
    silence: () => {
      sim.faults.begin({ fault: 'keeper-client-silent' });
    },
  };
});

digitalOutputContract('twin', async () => {
  const sim = simulation();
  return {
    ...sim,
    output: new SimulatedOutput({ ...sim, name: 'lamp' }),
    fail: () => {
      sim.faults.begin({ fault: 'error', port: 'output', name: 'lamp', call: 'write', error: 'io' });
    },
  };
});

digitalInputContract('twin', async () => {
  const sim = simulation();
  const input = new SimulatedInput({ ...sim, name: 'button' });
  return {
    ...sim,
    input,
    drive: (on) => input.drive(on),
    fail: () => {
      sim.faults.begin({ fault: 'error', port: 'input', error: 'disconnected' });
    },
  };
});

const microphoneTiers: Readonly<Record<string, { readonly mixer?: SoundMixer }>> = {
  'scene, without sound': {},
  'scene, mixed': { mixer: createSoundMixer({ seed: 1, clips: new Map() }) },
};
for (const [implementation, tier] of Object.entries(microphoneTiers)) {
  microphoneContract(implementation, async () => {
    const sim = simulation();
    return {
      ...sim,
      microphone: new SceneMicrophone({ ...sim, ...tier, scene: scene() }),
      settings: { sampleRateHz: 16_000, channels: 1 },
      fail: () => {
        sim.faults.begin({ fault: 'error', port: 'microphone', error: 'disconnected' });
      },
    };
  });
}

storeContract('twin', async () => {
  const sim = simulation();
  return {
    ...sim,
    store: new SimulatedStore(sim),
    fill: () => {
      sim.faults.begin({ fault: 'store-full' });
    },
    makeReadOnly: () => {
      sim.faults.begin({ fault: 'store-read-only' });
    },
  };
});

watchdogContract('twin', async () => {
  const sim = simulation(() => watchdog.close());
  const watchdog = new SimulatedWatchdog({ ...sim, timeoutMs: 10_000 });
  return {
    ...sim,
    watchdog,
    resets: () => watchdog.resetsAtMs.length,
    fail: () => {
      sim.faults.begin({ fault: 'error', port: 'watchdog', error: 'io' });
    },
  };
});

speakerContract('twin', async () => {
  const sim = simulation();
  return {
    ...sim,
    speaker: new SimulatedSpeaker({ ...sim, sounds: new Map([['chime.wav', 400]]) }),
    sound: 'chime.wav',
    soundMs: 400,
    fail: () => {
      sim.faults.begin({ fault: 'error', port: 'speaker', error: 'io' });
    },
  };
});
