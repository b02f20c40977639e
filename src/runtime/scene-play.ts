import type { Camera } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import { SceneMicrophone } from '../../hal/sim/microphone.ts';
import { SceneCamera } from '../../hal/sim/scene-camera.ts';
import { loadDemoScene, RepeatingScene } from './demo-scene.ts';

/** The built-in scene, over and over, in the place of a camera or a microphone that is not there. */
export interface ScenePlay {
  camera(): Promise<Camera>;
  microphone(): Promise<Microphone>;
}

/** Loads nothing before somebody asks for it; camera and microphone then share one scene. */
export function scenePlay(
  options: { readonly clock: Clock; readonly ring: FrameRing },
  signal: AbortSignal,
): ScenePlay {
  const { clock, ring } = options;
  let loading: ReturnType<typeof load> | undefined;
  const load = async () => {
    const { script, painter, mixer } = await loadDemoScene(clock, signal);
    return { scene: new RepeatingScene(script), painter, mixer, faults: new FaultBoard(clock) };
  };
  const name = 'the built-in scene';
  const loaded = () => {
    loading ??= load();
    return loading;
  };
  return {
    camera: async () => {
      const { scene, painter, faults } = await loaded();
      return new SceneCamera({ name, clock, ring, scene, painter, faults });
    },
    microphone: async () => {
      const { scene, mixer, faults } = await loaded();
      return new SceneMicrophone({ name, clock, scene, mixer, faults });
    },
  };
}
