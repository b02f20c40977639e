import type { Clock } from '../../hal/contract/clock.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { GpioInput } from '../../hal/linux/gpio-input.ts';
import { type GpioKernel, linuxGpio } from '../../hal/linux/gpio-kernel.ts';
import { GpioOutput } from '../../hal/linux/gpio-output.ts';
import type { WiredLine } from './wiring.ts';

/** What a line was told, and what it read back. */
export interface BlinkStep {
  readonly on: boolean;
  readonly readBack: boolean;
}

/** Those of this machine unless others are given. */
interface BenchPorts {
  readonly kernel?: GpioKernel;
  readonly clock?: Clock;
}

const halfPeriodMs = 400;

/**
 * Switches a line on and off so many times, for somebody who looks at the lamp; off in the end, also after an abort or
 * an error, and let go. Throws HalError when the line cannot be had: `busy` while a device runs on it.
 */
export async function* blink(
  line: WiredLine,
  times: number,
  signal: AbortSignal,
  { kernel = linuxGpio(), clock = new SystemClock() }: BenchPorts = {},
): AsyncGenerator<BlinkStep, void> {
  const { name, address, activeLow } = line;
  await using output = new GpioOutput({ name, address, activeLow, safeOn: false, kernel });
  for (let i = 0; i < 2 * times; i++) {
    const on = i % 2 === 0;
    signal.throwIfAborted();
    await output.set(on);
    yield { on, readBack: await output.read() };
    await clock.sleep(halfPeriodMs, signal);
  }
}

/** The level of an input now and after each change, until the signal is aborted. Throws HalError. */
export async function* levels(
  line: WiredLine,
  signal: AbortSignal,
  { kernel = linuxGpio(), clock = new SystemClock() }: BenchPorts = {},
): AsyncGenerator<boolean, void> {
  const { name, address, activeLow } = line;
  await using input = new GpioInput({ name, address, activeLow, clock, kernel });
  yield await input.read();
  for await (const { on } of input.edges(signal)) yield on;
}
