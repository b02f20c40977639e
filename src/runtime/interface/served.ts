import type { ReadConfig } from '../../config/read.ts';
import type { VigilConfig } from '../../config/schema.ts';
import type { DeviceLives } from '../device-lives.ts';

/** What the device's own interface serves. */
export interface Served {
  readonly lives: DeviceLives;
  readonly read: Pick<ReadConfig, 'config' | 'values'>;
  readonly stateDirectory: string;
  /** Whether a scene takes the place of a camera or a microphone that is not there. */
  readonly simulate: boolean;
  /** Null where the test doors are shut. */
  readonly testDoors: TestDoors | null;
}

/** What a test may do beyond reading. */
export interface TestDoors {
  /** The configuration with other values of these keys. Rejects with ConfigError. */
  configure(values: Readonly<Record<string, string | number | boolean>>): Promise<VigilConfig>;
}
