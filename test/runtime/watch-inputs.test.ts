import { expect, test } from 'bun:test';
import { GpioInput } from '../../hal/linux/gpio-input.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import type { InputEvent } from '../../machines/door.ts';
import { watchInput } from '../../src/runtime/watch-inputs.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { FakeGpio } from '../hal/linux/fake-gpio.ts';

const key = 'tegra-gpio:14';

test('a door contact is in the trace: its level, each change, its chip going once, and its level when it is back', async () => {
  const clock = new VirtualClock();
  const kernel = new FakeGpio({ label: 'tegra-gpio', lines: 240 });
  const trace = new TraceRecorder(clock, 100);
  const stop = new AbortController();
  const address = { chip: 'tegra-gpio', offset: 14 };
  const input = new GpioInput({ name: 'door-contact', address, activeLow: true, clock, kernel });
  const events: InputEvent[] = [];
  const watching = watchInput(
    { name: 'door-contact', input, settleMs: 50, clock, trace, send: (event) => events.push(event) },
    stop.signal,
  );
  const said = () =>
    trace
      .records()
      .map((record) =>
        record.kind === 'hal.in' ? [record.op, record.error ?? record.data.on] : record.kind,
      );

  await clock.runFor(10);
  kernel.drive(key, true);
  await clock.runFor(10);
  kernel.unplug({ silently: true });
  await clock.runFor(60_000);
  kernel.plugIn();
  await clock.runFor(5_000);
  expect(said()).toEqual([
    ['level', true],
    ['edge', false],
    ['failed', 'disconnected'],
    ['level', false],
  ]);
  expect(events.map(({ type }) => type)).toEqual([
    'INPUT.READ',
    'INPUT.CHANGED',
    'INPUT.FAILED',
    'INPUT.READ',
  ]);
  stop.abort();
  await clock.runUntilSettled(watching, 1_000);
  expect(kernel.openCount).toBe(0);
});
