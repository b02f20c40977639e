import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { ScenePainter } from '../../hal/sim/scene-camera.ts';
import type { SoundMixer } from '../../hal/sim/sound-mixer.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { SensePorts, SimulatedWorld } from './simulation.ts';

/** What a simulated board looks and listens with, over all its boots; `World` is what it needs of the outside. */
export interface BoardSenses<World = SimulatedWorld> {
  /** The ring that the models look into, where they were opened before the board. */
  readonly ring?: FrameRing;
  /** Without it frames have no pixels. */
  readonly painter?: ScenePainter;
  /** Without it sound is silent. */
  readonly mixer?: SoundMixer;
  /** Pictures and recordings that there are, by the names that the scene uses; null where none are needed. */
  readonly pictures: ReadonlySet<string> | null;
  readonly clips: ReadonlySet<string> | null;
  /** Subjects who can be enrolled; null where anybody can. */
  readonly enrollable: ReadonlySet<string> | null;
  /** The ports for one boot. */
  ports(world: World, config: VigilConfig): SensePorts;
  /** What identifies the models: sha256 by file, or by the id of a pipeline. */
  readonly models: Readonly<Record<string, string>>;
  close(): Promise<void>;
}
