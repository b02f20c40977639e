import { describe, expect, test } from 'bun:test';
import { HalError } from '../../../hal/contract/errors.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { GpioInput } from '../../../hal/linux/gpio-input.ts';
import { linuxGpio } from '../../../hal/linux/gpio-kernel.ts';
import { GpioOutput } from '../../../hal/linux/gpio-output.ts';
import { listGpioChips, usageOf } from '../../../hal/linux/gpiochip.ts';
import { digitalInputContract, digitalOutputContract } from '../contract/digital-io.ts';
import { never, realTime, virtualTime } from '../contract/suite.ts';
import { FakeGpio } from './fake-gpio.ts';

const nano = { label: 'tegra-gpio', lines: 240 };
const expander = { label: 'max77620-gpio', lines: 8 };
const address = { chip: 'tegra-gpio', offset: 50 };
const key = 'tegra-gpio:50';
const clock = new SystemClock();

function outputOn(kernel: FakeGpio, wanted: { activeLow?: boolean; safeOn?: boolean } = {}): GpioOutput {
  const { activeLow = false, safeOn = false } = wanted;
  return new GpioOutput({ name: 'green', address, activeLow, safeOn, kernel });
}

function inputOn(kernel: FakeGpio, activeLow = false): GpioInput {
  return new GpioInput({ name: 'exit button', address, activeLow, clock, kernel });
}

async function failureOf(work: Promise<unknown>): Promise<HalError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof HalError) return error;
  throw new Error(`no HalError but ${error}`);
}

for (const version of [2, 1] as const) {
  digitalOutputContract(`gpiochip v${version}, fake kernel`, async () => {
    const kernel = new FakeGpio(expander, nano);
    kernel.versions = [version];
    const output = outputOn(kernel);
    return {
      output,
      time: realTime(clock),
      fail: () => kernel.unplug(),
      [Symbol.asyncDispose]: () => output.close(),
    };
  });

  digitalInputContract(`gpiochip v${version}, fake kernel`, async () => {
    const kernel = new FakeGpio(expander, nano);
    kernel.versions = [version];
    const input = inputOn(kernel);
    return {
      input,
      time: realTime(clock),
      drive: (on) => kernel.drive(key, on),
      fail: () => kernel.unplug(),
      [Symbol.asyncDispose]: () => input.close(),
    };
  });
}

describe('the structures are those of linux/gpio.h, to the byte', () => {
  /** The bytes of the only request, without its zeros: offset and value. */
  function nonZero({ bytes }: { bytes: Uint8Array }): Record<number, number> {
    return Object.fromEntries([...bytes.entries()].filter(([, byte]) => byte !== 0));
  }
  const vigil = (at: number) => Object.fromEntries([...'vigil'].map((c, i) => [at + i, c.charCodeAt(0)]));

  test('version 2, an output that is on at first and active low', async () => {
    const kernel = new FakeGpio(nano);
    await outputOn(kernel, { activeLow: true, safeOn: true }).read();
    const [first] = kernel.requests;
    expect(first?.request).toBe(0xc250b407);
    expect(first?.bytes.length).toBe(592);
    expect(nonZero(first!)).toEqual({
      ...{ 0: 50, ...vigil(256), 288: 8 | 2, 296: 1, 320: 2, 328: 1, 336: 1, 560: 1 },
    });
  });

  test('version 1, an output that is on at first and active low', async () => {
    const kernel = new FakeGpio(nano);
    kernel.versions = [1];
    await outputOn(kernel, { activeLow: true, safeOn: true }).read();
    const [first] = kernel.requests;
    expect(first?.request).toBe(0xc16cb403);
    expect(first?.bytes.length).toBe(364);
    expect(nonZero(first!)).toEqual({ 0: 50, 256: 2 | 4, 260: 1, ...vigil(324), 356: 1 });
  });

  test('version 2, an input with both edges', async () => {
    const kernel = new FakeGpio(nano);
    await inputOn(kernel).read();
    expect(nonZero(kernel.requests[0]!)).toEqual({ 0: 50, ...vigil(256), 288: 4 | 16 | 32, 560: 1 });
  });

  test('version 1, an input with both edges', async () => {
    const kernel = new FakeGpio(nano);
    kernel.versions = [1];
    await inputOn(kernel).read();
    const [first] = kernel.requests;
    expect(first?.request).toBe(0xc030b404);
    expect(first?.bytes.length).toBe(48);
    expect(nonZero(first!)).toEqual({ 0: 50, 4: 1, 8: 3, ...vigil(12) });
  });
});

describe('an output line', () => {
  test('never has another level than its safe one before it is told to, and none after it was let go', async () => {
    const cases = [
      { activeLow: false, safeOn: false, levels: ['low', 'high', 'low'] },
      { activeLow: true, safeOn: false, levels: ['high', 'low', 'high'] },
      { activeLow: false, safeOn: true, levels: ['high', 'low', 'high'] },
      { activeLow: true, safeOn: true, levels: ['low', 'high', 'low'] },
    ];
    for (const { activeLow, safeOn, levels } of cases) {
      const kernel = new FakeGpio(nano);
      const output = outputOn(kernel, { activeLow, safeOn });
      expect(await output.read()).toBe(safeOn);
      await output.set(!safeOn);
      expect(await output.read()).toBe(!safeOn);
      await output.close();
      expect(kernel.history).toEqual([...levels.map((level) => `${key} ${level}`), `${key} let go`]);
      expect(kernel.openCount).toBe(0);
    }
  });

  test('is taken by the label of its chip, whatever number the chip has', async () => {
    for (const chips of [
      [nano, expander],
      [expander, nano],
    ]) {
      const kernel = new FakeGpio(...chips);
      await outputOn(kernel).set(true);
      expect(kernel.levels.get(key)).toBe(true);
    }
  });

  test('is taken through version 1 where the kernel has no version 2, however it says so', async () => {
    for (const unknownCall of [22, 25]) {
      const kernel = new FakeGpio(nano);
      kernel.versions = [1];
      kernel.unknownCall = unknownCall;
      await outputOn(kernel).set(true);
      expect(kernel.holder(key)?.version).toBe(1);
    }
  });

  test('is held until it is closed: nobody else gets it', async () => {
    const kernel = new FakeGpio(nano);
    const first = outputOn(kernel);
    await first.set(true);
    expect((await failureOf(outputOn(kernel).set(true))).kind).toBe('busy');
    await first.close();
    await outputOn(kernel).set(true);
  });

  test('whose chip was unplugged is taken again, at its safe level, when it is back', async () => {
    const kernel = new FakeGpio(nano);
    const output = outputOn(kernel);
    await output.set(true);
    kernel.unplug();
    expect((await failureOf(output.set(false))).kind).toBe('disconnected');
    expect((await failureOf(output.set(false))).kind).toBe('not-found');
    kernel.plugIn();
    kernel.history.length = 0;
    expect(await output.read()).toBe(false);
    expect(kernel.history).toEqual([`${key} low`]);
  });

  test('leaves no descriptor behind when it cannot be taken', async () => {
    const kernel = new FakeGpio(nano);
    kernel.refusal = 5;
    await failureOf(outputOn(kernel).set(true));
    expect(kernel.openCount).toBe(0);
  });
});

describe('a line that cannot be had says what to do', () => {
  const cases: ReadonlyArray<readonly [string, (kernel: FakeGpio) => void, HalError['kind'], RegExp]> = [
    [
      'no chip',
      (kernel) => kernel.unplug(),
      'not-found',
      /no GPIO chip has the label 'tegra-gpio'; this machine/,
    ],
    [
      'no permission',
      (kernel) => {
        kernel.denied = true;
      },
      'permission',
      /GROUP="gpio".*rules.d.*usermod -aG gpio/,
    ],
    [
      'held by sysfs',
      (kernel) => kernel.occupy(key, 'sysfs'),
      'busy',
      /held by 'sysfs': end it, unexport it/,
    ],
    ['held by nobody named', (kernel) => kernel.occupy(key, ''), 'busy', /another program or driver/],
    [
      'not able to be an output',
      (kernel) => {
        kernel.refusal = 5;
      },
      'unsupported',
      /cannot be made an output.*JetPack 6.*pinmux/s,
    ],
    [
      'a kernel without the interface',
      (kernel) => {
        kernel.versions = [];
        kernel.unknownCall = 25;
      },
      'unsupported',
      /Linux 4\.8 or later/,
    ],
  ];
  for (const [what, prepare, kind, message] of cases) {
    test(what, async () => {
      const kernel = new FakeGpio(nano);
      prepare(kernel);
      const error = await failureOf(outputOn(kernel).set(true));
      expect(error.kind).toBe(kind);
      expect(error.message).toMatch(message);
    });
  }

  test('another label: the labels there are', async () => {
    const error = await failureOf(outputOn(new FakeGpio(expander)).read());
    expect(error.kind).toBe('not-found');
    expect(error.message).toContain("there are: 'max77620-gpio'");
  });

  test('an offset beyond the chip', async () => {
    const output = new GpioOutput({
      ...{ name: 'green', address: { chip: 'tegra-gpio', offset: 240 } },
      ...{ activeLow: false, safeOn: false, kernel: new FakeGpio(nano) },
    });
    const error = await failureOf(output.read());
    expect(error.kind).toBe('invalid-argument');
    expect(error.message).toContain("'tegra-gpio' has lines 0 to 239");
  });

  test('two chips of one label: neither is guessed', async () => {
    const error = await failureOf(outputOn(new FakeGpio(nano, nano)).read());
    expect(error.kind).toBe('invalid-argument');
    expect(error.message).toContain('/dev/gpiochip0 and /dev/gpiochip1');
  });

  test('bun:ffi without the JIT', async () => {
    const entry = `import { linuxGpio } from ${JSON.stringify(`${import.meta.dir}/../../../hal/linux/gpio-kernel.ts`)};
      try { linuxGpio(); } catch (error) { console.log(error.kind, error.message); }`;
    const child = Bun.spawn([process.execPath, '-e', entry], {
      ...{ env: { ...process.env, BUN_JSC_useJIT: '0' }, stdin: 'ignore', stderr: 'inherit' },
    });
    const said = await new Response(child.stdout).text();
    expect(said).toMatch(/^unsupported gpio: bun:ffi requires the JIT.*MemoryDenyWriteExecute/);
  });
});

describe('an input line', () => {
  async function edgesOf(input: GpioInput, count: number, act: () => void): Promise<boolean[]> {
    const levels: boolean[] = [];
    const reading = (async () => {
      for await (const edge of input.edges(never)) {
        levels.push(edge.on);
        if (levels.length === count) break;
      }
    })();
    act();
    await reading;
    return levels;
  }

  test('that is active low tells a button against ground as on', async () => {
    const kernel = new FakeGpio(nano);
    kernel.levels.set(key, true);
    const input = inputOn(kernel, true);
    expect(await input.read()).toBe(false);
    const levels = await edgesOf(input, 2, () => {
      kernel.drive(key, false);
      kernel.drive(key, true);
    });
    expect(levels).toEqual([true, false]);
  });

  test('does not tell edges from before somebody asked', async () => {
    const kernel = new FakeGpio(nano);
    const input = inputOn(kernel);
    await input.read();
    kernel.drive(key, true);
    kernel.drive(key, false);
    expect(await edgesOf(input, 1, () => kernel.drive(key, true))).toEqual([true]);
  });

  test('says that edges were lost when the kernel had to drop some', async () => {
    const kernel = new FakeGpio(nano);
    const input = inputOn(kernel);
    const error = await failureOf(
      edgesOf(input, 9, () => {
        for (const high of [true, false, true, false]) kernel.drive(key, high);
        const kept = kernel.holder(key)?.events.shift();
        kernel.dropOldestEvent(key);
        if (kept !== undefined) kernel.holder(key)?.events.unshift(kept);
      }),
    );
    expect(error.kind).toBe('io');
    expect(error.message).toContain('some are lost');
  });

  for (const silently of [false, true]) {
    const how = silently ? 'by a kernel that wakes nobody' : 'by the kernel';
    test(`whose chip goes ends a reader that waits, told ${how}, and is taken again later`, async () => {
      const time = virtualTime();
      const kernel = new FakeGpio(nano);
      const input = new GpioInput({
        name: 'exit button',
        address,
        activeLow: false,
        clock: time.clock,
        kernel,
      });
      const ended = failureOf(input.edges(never).next());
      kernel.unplug({ silently });
      await time.pass(1_000);
      expect((await ended).kind).toBe('disconnected');
      expect(time.clock.pendingTimers).toBe(0);
      expect(kernel.openCount).toBe(0);
      kernel.plugIn();
      kernel.drive(key, true);
      expect(await input.read()).toBe(true);
    });
  }

  test('has one reader of its edges at a time, and is let go when it is closed', async () => {
    const kernel = new FakeGpio(nano);
    const input = inputOn(kernel);
    const waiting = input.edges(never).next();
    expect((await failureOf(input.edges(never).next())).kind).toBe('busy');
    const ended = failureOf(waiting);
    await input.close();
    expect((await ended).kind).toBe('closed');
    expect(kernel.openCount).toBe(0);
  });
});

describe('looking at the chips', () => {
  test('tells label, lines and who holds a line, and holds none', async () => {
    const kernel = new FakeGpio(expander, nano);
    kernel.occupy('tegra-gpio:12', 'w1');
    expect(listGpioChips(kernel).chips).toEqual([
      { path: '/dev/gpiochip0', ...expander },
      { path: '/dev/gpiochip1', ...nano },
    ]);
    for (const versions of [[2], [1]] as const) {
      kernel.versions = versions;
      expect(usageOf(kernel, { chip: 'tegra-gpio', offset: 12 })).toMatchObject({
        used: true,
        consumer: 'w1',
      });
      expect(usageOf(kernel, { chip: 'tegra-gpio', offset: 13 })).toMatchObject({ used: false });
    }
    expect(kernel.openCount).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')('asks the real kernel for what it has without an error', () => {
    const { chips, errors } = listGpioChips(linuxGpio());
    console.log(`GPIO chips of this machine: ${chips.length} opened, ${errors.length} not`);
    for (const error of errors) expect(error.kind).toBe('permission');
  });
});
