import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const configfs = '/sys/kernel/config/gpio-sim';

/** Why there is no simulated chip in this kernel; undefined where there can be one. */
export const gpioSimMissing: string | undefined = (() => {
  if (process.platform !== 'linux') return 'no Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  if (!existsSync(configfs)) {
    try {
      Bun.spawnSync(['modprobe', 'gpio-sim'], { stdio: ['ignore', 'ignore', 'ignore'] });
    } catch {
      // no modprobe
    }
  }
  return existsSync(configfs) ? undefined : 'this kernel has no gpio-sim';
})();

/** A chip of the kernel's own simulator: a real driver, whose wires are files. */
export interface SimulatedChip {
  /** Pulls a line up or down from outside. */
  pull(offset: number, high: boolean): void;
  /** The level on the wire. */
  level(offset: number): boolean;
  /** The driver lets go of the chip, under whoever holds its lines. */
  unplug(): void;
  remove(): void;
}

let chips = 0;

/** Puts a chip with this label into the kernel; documented in admin-guide/gpio/gpio-sim of Linux. */
export function makeGpioSim(label: string, lines: number): SimulatedChip {
  const folder = join(configfs, `vigil-${process.pid}-${chips++}`);
  const bank = join(folder, 'bank');
  mkdirSync(bank, { recursive: true });
  writeFileSync(join(bank, 'label'), label);
  writeFileSync(join(bank, 'num_lines'), String(lines));
  writeFileSync(join(folder, 'live'), '1');
  const device = readFileSync(join(folder, 'dev_name'), 'utf8').trim();
  const [chip = ''] = readdirSync(`/sys/devices/platform/${device}`).filter((name) => /^gpiochip/.test(name));
  const line = (offset: number) => `/sys/devices/platform/${device}/${chip}/sim_gpio${offset}`;
  let live = true;
  const unplug = () => {
    if (live) writeFileSync(join(folder, 'live'), '0');
    live = false;
  };
  return {
    pull: (offset, high) => writeFileSync(join(line(offset), 'pull'), high ? 'pull-up' : 'pull-down'),
    level: (offset) => readFileSync(join(line(offset), 'value'), 'utf8').trim() === '1',
    unplug,
    remove: () => {
      unplug();
      rmdirSync(bank);
      rmdirSync(folder);
    },
  };
}
