import { lineOfPin } from '../../hal/boards.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { listCameras } from '../../hal/linux/camera-source.ts';
import { linuxGpio } from '../../hal/linux/gpio-kernel.ts';
import { listGpioChips } from '../../hal/linux/gpiochip.ts';
import { listMicrophones } from '../../hal/linux/microphone-source.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type BlinkStep, blink } from './bench-lines.ts';
import { type CameraTry, type MicrophoneTry, tryCamera, tryMicrophone } from './try-devices.ts';
import { deviceTreeCompatible, type WiredLine, type Wiring, wiringOf } from './wiring.ts';

/** A device that can be chosen, the best first. */
export interface SetupDevice {
  /** What goes into the configuration. */
  readonly source: string;
  /** What it calls itself. */
  readonly name: string;
}

/** What setting up touches of a machine. */
export interface SetupBench {
  cameras(): readonly SetupDevice[];
  microphones(): readonly SetupDevice[];
  /** Rejects with HalError. */
  tryCamera(config: VigilConfig, signal: AbortSignal): Promise<CameraTry>;
  tryMicrophone(config: VigilConfig, signal: AbortSignal): Promise<MicrophoneTry>;
  /** Labels of the GPIO chips. */
  chips(): readonly string[];
  /** Throws HalError for pins that mean nothing. */
  wiring(config: VigilConfig): Wiring;
  blink(line: WiredLine, times: number, signal: AbortSignal): AsyncIterable<BlinkStep>;
}

export const thisMachine: SetupBench = {
  cameras: () => listCameras().map(({ device, name }) => ({ source: device, name })),
  microphones: () => listMicrophones().map(({ device, name }) => ({ source: device, name })),
  tryCamera,
  tryMicrophone,
  chips: () => {
    try {
      return listGpioChips(linuxGpio()).chips.map(({ label }) => label);
    } catch (error) {
      if (error instanceof HalError) return []; // no Linux, or none of its chips
      throw error;
    }
  },
  wiring: (config) => wiringOf(config, deviceTreeCompatible()),
  blink,
};

/** The line of a header pin of this board as `LABEL:OFFSET`. Throws HalError for a pin that carries none. */
export function lineOfHeaderPin({ board }: Wiring, lamp: string, pin: number): string | undefined {
  if (board === undefined) return undefined;
  const { chip, offset } = lineOfPin(board, lamp, 'board', pin);
  return `${chip}:${offset}`;
}
