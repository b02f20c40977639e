import { describe, expect, test } from 'bun:test';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { GpioInput } from '../../../hal/linux/gpio-input.ts';
import { linuxGpio } from '../../../hal/linux/gpio-kernel.ts';
import { GpioOutput } from '../../../hal/linux/gpio-output.ts';
import { usageOf } from '../../../hal/linux/gpiochip.ts';
import { digitalInputContract, digitalOutputContract } from '../contract/digital-io.ts';
import { realTime } from '../contract/suite.ts';
import { gpioSimMissing, makeGpioSim } from './gpio-sim.ts';

const address = { chip: 'vigil-test', offset: 50 };
const clock = new SystemClock();
const skipped = gpioSimMissing === undefined ? '' : ` (skipped: ${gpioSimMissing})`;

describe.skipIf(gpioSimMissing !== undefined)(`the kernel’s own simulated chip${skipped}`, () => {
  digitalOutputContract('gpiochip, gpio-sim', async () => {
    const chip = makeGpioSim(address.chip, 240);
    const output = outputOf();
    return {
      output,
      time: realTime(clock),
      fail: chip.unplug,
      async [Symbol.asyncDispose]() {
        await output.close();
        chip.remove();
      },
    };
  });

  digitalInputContract('gpiochip, gpio-sim', async () => {
    const chip = makeGpioSim(address.chip, 240);
    const input = new GpioInput({ name: 'button', address, activeLow: false, clock, kernel: linuxGpio() });
    return {
      input,
      time: realTime(clock),
      drive: (on) => chip.pull(address.offset, on),
      fail: chip.unplug,
      async [Symbol.asyncDispose]() {
        await input.close();
        chip.remove();
      },
    };
  });

  test('an output is on the wire what it was told, active low as well, and the kernel names its holder', async () => {
    for (const activeLow of [false, true]) {
      const chip = makeGpioSim(address.chip, 240);
      try {
        await using output = outputOf(activeLow);
        expect(await output.read()).toBe(false);
        expect(chip.level(address.offset)).toBe(activeLow);
        await output.set(true);
        expect(chip.level(address.offset)).toBe(!activeLow);
        expect(usageOf(linuxGpio(), address)).toMatchObject({ used: true, consumer: 'vigil' });
      } finally {
        chip.remove();
      }
    }
  });
});

function outputOf(activeLow = false): GpioOutput {
  return new GpioOutput({ name: 'lamp', address, activeLow, safeOn: false, kernel: linuxGpio() });
}
