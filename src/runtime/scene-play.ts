import type { Camera } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import type { FaultBoard } from '../../hal/sim/faults.ts';
import { SceneMicrophone } from '../../hal/sim/microphone.ts';
import { SceneCamera } from '../../hal/sim/scene-camera.ts';
import type { VigilConfig } from '../config/schema.ts';
import { loadDemoScene, RepeatingScene } from './demo-scene.ts';
import type { BreakableParts } from './hand-action.ts';
import { PlayedScene } from './played-scene.ts';
import { SceneHand } from './scene-hand.ts';

/** The built-in scene, over and over, in the place of a camera or a microphone that is not there. */
export interface ScenePlay {
  camera(): Promise<Camera>;
  microphone(): Promise<Microphone>;
  /** A hand that can take the scene over; nobody in it is known. */
  hand(config: VigilConfig, parts: BreakableParts): Promise<SceneHand>;
}

/** Loads nothing before somebody asks for it; camera and microphone then share one scene. */
export function scenePlay(
  options: { readonly clock: Clock; readonly ring: FrameRing; readonly faults: FaultBoard },
  signal: AbortSignal,
): ScenePlay {
  const { clock, ring, faults } = options;
  let loading: ReturnType<typeof load> | undefined;
  const load = async () => {
    const { script, painter, mixer, props, cast } = await loadDemoScene(clock, signal);
    return { scene: new PlayedScene(new RepeatingScene(script)), painter, mixer, props, cast };
  };
  const name = 'the built-in scene';
  const loaded = () => {
    loading ??= load();
    return loading;
  };
  return {
    camera: async () => {
      const { scene, painter } = await loaded();
      return new SceneCamera({ name, clock, ring, scene, painter, faults });
    },
    microphone: async () => {
      const { scene, mixer } = await loaded();
      return new SceneMicrophone({ name, clock, scene, mixer, faults });
    },
    hand: async (config, parts) => {
      const { scene, props, cast } = await loaded();
      return new SceneHand({ clock, config, scene, props, cast, faults, parts, enrolled: [] });
    },
  };
}
