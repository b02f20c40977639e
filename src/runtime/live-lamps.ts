import type { Clock } from '../../hal/contract/clock.ts';
import type { DigitalOutput } from '../../hal/contract/gpio.ts';
import { Guard } from '../../hal/guard.ts';
import { linuxGpio } from '../../hal/linux/gpio-kernel.ts';
import { GpioOutput } from '../../hal/linux/gpio-output.ts';
import { LibgpiodOutput } from '../../hal/native/libgpiod.ts';
import { SimulatedOutput } from '../../hal/sim/digital-io.ts';
import type { FaultBoard } from '../../hal/sim/faults.ts';
import { SimulatedKeeper } from '../../hal/sim/keeper.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { commandedLevel, type LampHistory } from './lamp-history.ts';
import { linesFileOf, serviceKeeper, startKeeper } from './lines.ts';
import { nativeDirectory } from './native-place.ts';
import { actuatorLines, greenLine } from './output-lines.ts';
import type { DevicePorts } from './ports.ts';
import type { BoardLamp } from './simulated-board.ts';
import type { Wiring } from './wiring.ts';

export interface LiveLampsOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly trace: TraceRecorder;
  readonly wiring: Wiring;
  readonly faults: FaultBoard;
  /** Hears of every change of a lamp. */
  readonly lamps: LampHistory;
}

/** The lamps of a device on real time, each on its real line where it has one. */
export interface LiveLamps {
  readonly ports: Pick<DevicePorts, 'openLines' | 'indicator'>;
  close(): Promise<void>;
}

/** Opens no line before the device does. */
export function liveLamps(options: LiveLampsOptions): LiveLamps {
  const { config, stateDirectory, clock, wiring, faults } = options;
  const lines = actuatorLines(config);
  const linesFile = linesFileOf(config, wiring);
  const indicator = config.output.red.enabled ? redLamp(options) : null;
  watchLamp('red', indicator instanceof SimulatedOutput ? indicator : undefined, options);
  if (linesFile !== undefined) {
    watchLamp('green', undefined, options);
    return {
      ports: {
        openLines: async (signal) => {
          // Set by the unit that vigil service install writes.
          const socketPath = process.env.VIGIL_KEEPER;
          const keeper =
            socketPath === undefined
              ? await startKeeper(linesFile, stateDirectory, clock, signal)
              : await serviceKeeper(lines, socketPath, clock, signal);
          return { guard: new Guard({ clock, keeper, lines }), close: () => keeper.close() };
        },
        indicator,
      },
      close: async () => indicator?.close(),
    };
  }
  const keeper = new SimulatedKeeper({ clock, faults, lines });
  watchLamp('green', keeper.outputs.get(greenLine), options);
  return {
    ports: {
      openLines: async () => {
        await keeper.start();
        // As a simulation's, it is a part of the world, and outlives its clients.
        return { guard: new Guard({ clock, keeper, lines }), close: () => keeper.leave() };
      },
      indicator,
    },
    close: async () => {
      await Promise.all([keeper.close(), indicator?.close()]);
    },
  };
}

/** It carries no permission, so that no keeper holds it: when this process dies it goes where its wiring takes it. */
function redLamp({ config, wiring, clock, faults }: LiveLampsOptions): DigitalOutput {
  const line = wiring.lamps.get('red');
  if (line === undefined) return new SimulatedOutput({ name: 'red', clock, faults });
  const { name, address, activeLow } = line;
  if (config.board.gpioDriver === 'libgpiod') {
    return new LibgpiodOutput({
      name,
      address,
      activeLow,
      place: { directory: nativeDirectory(config), clock },
    });
  }
  return new GpioOutput({ name, address, activeLow, safeOn: false, kernel: linuxGpio() });
}

/** Follows a lamp by its simulated line; where it has a real one, by what it was commanded. */
function watchLamp(
  lamp: BoardLamp,
  simulated: SimulatedOutput | undefined,
  { clock, trace, lamps }: LiveLampsOptions,
): void {
  if (simulated !== undefined) {
    lamps.see(lamp, { on: simulated.level, atMs: clock.nowMs() });
    simulated.onEdge((edge) => lamps.see(lamp, edge));
    return;
  }
  trace.observe((record) => {
    const on = commandedLevel(lamp, record);
    if (on !== undefined) lamps.see(lamp, { on, atMs: record.tMs });
  });
}
