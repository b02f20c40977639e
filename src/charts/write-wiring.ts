import { join } from 'node:path';
import { boardById } from '../../hal/boards.ts';
import { parseConfig } from '../config/read.ts';
import { wiringPicture } from './wiring.ts';

/** The picture in docs/hardware.md: a Jetson Nano as it is wired without any configuration. */
export function hardwarePicture(): string {
  return wiringPicture(boardById('jetson-nano'), parseConfig('', undefined).config.output);
}

if (import.meta.main) {
  await Bun.write(join(import.meta.dir, '../../docs/wiring.svg'), hardwarePicture());
}
