import { stateDirectory } from '../../people/state-directory.ts';
import { examineDevices } from './devices.ts';
import type { Finding } from './finding.ts';
import { examineConfiguration, examineModels, examinePeople, examineState } from './keeping.ts';
import { examineSystem } from './system.ts';

/**
 * Looks at everything that Vigil needs or would use, in the order in which one thing rests on the other. Opens no
 * camera and no line, changes nothing. `systemRoot` is where /proc, /sys and /dev are looked for.
 */
export async function* examine(options: {
  /** The --config option. */
  readonly configFile: string | undefined;
  /** The --state option; it wins over the configuration. */
  readonly stateDirectory: string | undefined;
  readonly signal: AbortSignal;
  readonly systemRoot?: string;
}): AsyncGenerator<Finding, void> {
  const { configFile, signal, systemRoot = '/' } = options;
  const configuration = await examineConfiguration(configFile);
  const directory = stateDirectory(options.stateDirectory ?? configuration.stateDirectory);
  yield* await examineSystem(directory, systemRoot);
  signal.throwIfAborted();
  yield configuration.finding;
  yield await examineModels(directory, signal);
  yield await examineState(directory);
  yield examinePeople(directory);
  signal.throwIfAborted();
  yield* await examineDevices(systemRoot);
}
