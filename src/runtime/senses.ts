import type { ScenePainter } from '../../hal/sim/scene-camera.ts';
import type { SoundMixer } from '../../hal/sim/sound-mixer.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { SensePorts, SimulatedWorld } from './simulation.ts';

/** What a simulated board looks and listens with, over all its boots. */
export interface BoardSenses {
  /** Without it frames have no pixels. */
  readonly painter?: ScenePainter;
  /** Without it sound is silent. */
  readonly mixer?: SoundMixer;
  /** The ports for one boot. */
  ports(world: SimulatedWorld, config: VigilConfig): SensePorts;
  /** What identifies the models: sha256 by file, or by the id of a pipeline. */
  readonly models: Readonly<Record<string, string>>;
  close(): Promise<void>;
}
