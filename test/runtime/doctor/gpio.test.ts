import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import type { GpioKernel } from '../../../hal/linux/gpio-kernel.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { examineGpio } from '../../../src/runtime/doctor/gpio.ts';
import { FakeGpio } from '../../hal/linux/fake-gpio.ts';

/** What the doctor says of a machine with this device tree and these chips, by the finding's id. */
async function said(options: { compatible?: string; toml?: string; kernel?: () => GpioKernel }) {
  const { compatible, toml = '', kernel = () => new FakeGpio() } = options;
  const root = mkdtempSync(join(tmpdir(), 'vigil-gpio-'));
  try {
    if (compatible !== undefined) await Bun.write(join(root, 'proc/device-tree/compatible'), compatible);
    const findings = examineGpio(parseConfig(toml, undefined).config, root, kernel);
    for (const { state, next } of findings) expect(next === undefined).toBe(state === 'ok');
    return new Map(findings.map((finding) => [finding.id, finding]));
  } finally {
    rmSync(root, { recursive: true });
  }
}

const nano = 'nvidia,p3450-0000\0nvidia,tegra210\0';
const chips = () => new FakeGpio({ label: 'max77620-gpio', lines: 8 }, { label: 'tegra-gpio', lines: 240 });

test('a Jetson Nano as it should be: board, chips by label, both lamps free', async () => {
  const found = await said({ compatible: nano, kernel: chips });
  expect(found.get('board')).toMatchObject({ state: 'ok', value: 'Jetson Nano' });
  expect(found.get('gpio')?.value).toContain("'tegra-gpio' (240 lines, /dev/gpiochip1)");
  expect(found.get('line-green')).toMatchObject({ state: 'ok', value: 'pin 11 (tegra-gpio:50), free' });
  expect(found.get('line-red')).toMatchObject({ state: 'ok', value: 'pin 7 (tegra-gpio:216), free' });
});

test('a button and a contact are lines like any other', async () => {
  const toml = '[input.exit_button]\npin = 13\n[input.door_contact]\nbcm = 5';
  const found = await said({ compatible: nano, toml, kernel: chips });
  expect(found.get('line-exit-button')).toMatchObject({ state: 'ok', value: 'pin 13 (tegra-gpio:14), free' });
  expect(found.get('line-door-contact')?.value).toBe('BCM 5 (tegra-gpio:149), free');
});

test('a line that the device itself holds is well, one that another program holds is not', async () => {
  const kernel = chips();
  kernel.occupy('tegra-gpio:50', 'vigil');
  kernel.occupy('tegra-gpio:216', 'sysfs');
  const found = await said({ compatible: nano, kernel: () => kernel });
  expect(found.get('line-green')?.state).toBe('ok');
  expect(found.get('line-red')).toMatchObject({ state: 'fault', value: expect.stringContaining("'sysfs'") });
});

test('a board whose chips this user may not open: the udev rule and the group', async () => {
  const kernel = chips();
  kernel.denied = true;
  const found = await said({ compatible: nano, kernel: () => kernel });
  expect(found.get('gpio')).toMatchObject({ state: 'fault' });
  expect(found.get('gpio')?.next).toContain('usermod -aG gpio');
});

test('an Orin says that its pins need the pinmux', async () => {
  const found = await said({
    compatible: 'nvidia,p3768-0000+p3767-0005-super\0nvidia,tegra234\0',
    kernel: () => new FakeGpio({ label: 'tegra234-gpio', lines: 164 }),
  });
  expect(found.get('board')).toMatchObject({ state: 'warning', value: 'Jetson Orin Nano' });
  expect(found.get('board')?.next).toContain('JetPack 6');
  expect(found.get('line-green')?.state).toBe('ok');
});

test('a PC: nothing is missing but real lamps', async () => {
  const found = await said({});
  expect([...found.values()].map(({ id, state }) => `${id} ${state}`)).toEqual(['board warning', 'gpio ok']);
});

test('a board without its GPIO driver, a runtime that cannot call the kernel, and a wrong pin are faults', async () => {
  expect((await said({ compatible: nano })).get('gpio')?.state).toBe('fault');
  const noJit = () => {
    throw new HalError('unsupported', 'gpio', 'bun:ffi requires the JIT');
  };
  expect((await said({ compatible: nano, kernel: noJit })).get('gpio')?.state).toBe('fault');
  expect((await said({ kernel: noJit })).get('gpio')?.state).toBe('warning');
  expect((await said({ compatible: nano, toml: '[output.green]\npin = 6' })).get('board')?.state).toBe(
    'fault',
  );
});

test('an output that would be the wrong way round without power is named, and a button that opens nothing', async () => {
  const kernel = () => new FakeGpio({ label: 'tegra-gpio', lines: 240 });
  const toml = [
    '[outputs.strike]\nkind = "strike"\npin = 13\nactive_low = true',
    '[outputs.gate]\npin = 15\nfails = "safe"\nactive_low = true',
    '[input.exit_button]\npin = 16',
  ].join('\n');
  const found = await said({ compatible: nano, kernel, toml });
  expect(found.get('output-strike')).toMatchObject({ state: 'warning' });
  expect(found.get('output-strike')?.next).toContain('it would be on');
  expect(found.get('output-gate')).toMatchObject({
    state: 'ok',
    value: expect.stringContaining('fail-safe: on'),
  });
  expect(found.get('exit')).toMatchObject({ state: 'warning', next: expect.stringContaining('on_exit') });
});
