import { join } from 'node:path';
import type { GpioKernel } from '../../../hal/linux/gpio-kernel.ts';
import { stateDirectory } from '../../people/state-directory.ts';
import { examineChime } from './chime.ts';
import { examineDevices } from './devices.ts';
import type { Finding } from './finding.ts';
import { examineGpio } from './gpio.ts';
import {
  examineAccess,
  examineCalibration,
  examineConfiguration,
  examineInterface,
  examineModels,
  examinePeople,
  examineState,
} from './keeping.ts';
import { examinePage } from './page.ts';
import { serviceFinding, unitState } from './service.ts';
import { examineSystem } from './system.ts';

/**
 * Looks at everything that Vigil needs or would use, in the order in which one thing rests on the other. Starts no
 * camera, takes no line, changes nothing. `systemRoot` is where /proc, /sys and /dev are looked for.
 */
export async function* examine(options: {
  /** The --config option. */
  readonly configFile: string | undefined;
  /** The --state option; it wins over the configuration. */
  readonly stateDirectory: string | undefined;
  readonly signal: AbortSignal;
  readonly systemRoot?: string;
  /** The GPIO chips; without it those of this machine. */
  readonly gpio?: () => GpioKernel;
}): AsyncGenerator<Finding, void> {
  const { configFile, signal, systemRoot = '/' } = options;
  const configuration = await examineConfiguration(configFile);
  const { config } = configuration;
  const directory = stateDirectory(options.stateDirectory ?? config.state.directory);
  yield* await examineSystem(directory, systemRoot);
  signal.throwIfAborted();
  yield configuration.finding;
  yield examineAccess(config, directory);
  yield await examineModels(directory, signal);
  yield await examineState(directory);
  yield examinePeople(directory);
  yield examineCalibration(directory);
  yield await examineInterface(directory);
  yield examinePage(config.page, directory, Date.now());
  signal.throwIfAborted();
  yield* await examineDevices(config, join(directory, 'native'), systemRoot);
  yield examineChime(config.chime);
  yield* examineGpio(config, systemRoot, options.gpio);
  yield serviceFinding(await unitState('vigil.service', systemRoot));
}
