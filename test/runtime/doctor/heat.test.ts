import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeat } from '../../../hal/linux/board-sensors.ts';
import type { Finding } from '../../../src/runtime/doctor/finding.ts';
import { heatFinding } from '../../../src/runtime/doctor/heat.ts';

/** What is said of a machine whose /sys has these files. Laid out as the kernels of the two boards lay them out. */
async function said(files: Readonly<Record<string, string>>): Promise<Finding> {
  const root = mkdtempSync(join(tmpdir(), 'vigil-heat-'));
  try {
    for (const [path, text] of Object.entries(files)) await Bun.write(join(root, 'sys', path), `${text}\n`);
    return heatFinding(await readHeat(root));
  } finally {
    rmSync(root, { recursive: true });
  }
}

const zone = (n: number) => `class/thermal/thermal_zone${n}`;
const clock = (allowed: number, highest: number) => ({
  'devices/system/cpu/cpu0/cpufreq/scaling_max_freq': String(allowed),
  'devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': String(highest),
});

/** A Jetson Nano has several zones; PMIC-Die stands still at 100 degrees. */
const nano = (milli: number) => ({
  [`${zone(0)}/type`]: 'AO-therm',
  [`${zone(0)}/temp`]: String(milli + 4_000),
  [`${zone(1)}/type`]: 'CPU-therm',
  [`${zone(1)}/temp`]: String(milli),
  [`${zone(1)}/trip_point_0_type`]: 'critical',
  [`${zone(1)}/trip_point_0_temp`]: '102500',
  [`${zone(1)}/trip_point_4_type`]: 'passive',
  [`${zone(1)}/trip_point_4_temp`]: '97000',
  [`${zone(4)}/type`]: 'PMIC-Die',
  [`${zone(4)}/temp`]: '100000',
});

describe('a Jetson Nano', () => {
  test('that is cool and at full clock is well, whatever its fixed sensor says', async () => {
    expect(await said({ ...nano(41_500), ...clock(1_479_000, 1_479_000) })).toEqual({
      ...{ id: 'temperature', label: 'temperature', state: 'ok' },
      value: 'CPU-therm 42 degrees, clock up to 1479 MHz',
    });
  });

  test('that is set to five watts is told from one that is slowed down by heat', async () => {
    const set = await said({ ...nano(45_000), ...clock(918_000, 1_479_000) });
    expect(set).toMatchObject({ state: 'warning', value: expect.stringContaining('918 MHz, set so') });
    expect(set.next).toContain('nvpmodel -m 0');
    const hot = await said({ ...nano(97_500), ...clock(918_000, 1_479_000) });
    expect(hot).toMatchObject({ state: 'warning', value: expect.stringContaining('is slowed down') });
    expect(hot.next).toContain('fan');
  });

  test('that is near its limit is warned of before it slows down', async () => {
    expect((await said({ ...nano(91_000), ...clock(1_479_000, 1_479_000) })).value).toContain('from 97 on');
  });
});

describe('a Raspberry Pi', () => {
  const pi = (bits: string) => ({
    [`${zone(0)}/type`]: 'cpu-thermal',
    [`${zone(0)}/temp`]: '52000',
    ...clock(1_800_000, 1_800_000),
    'devices/platform/soc/soc:firmware/get_throttled': bits,
  });

  test('that its firmware finds nothing wrong with is well', async () => {
    expect((await said(pi('0'))).state).toBe('ok');
  });

  test('with too little voltage is a fault now, and a warning when it was since the start', async () => {
    expect(await said(pi('50005'))).toMatchObject({
      state: 'fault',
      next: expect.stringContaining('power supply'),
    });
    expect(await said(pi('50000'))).toMatchObject({
      state: 'warning',
      value: expect.stringContaining('was too low'),
    });
  });

  test('that is slowed down says so', async () => {
    expect((await said(pi('4'))).value).toContain('is slowed down');
    expect((await said(pi('40000'))).value).toContain('was slowed down since the start');
  });
});

test('a machine without sensors says so, and is well', async () => {
  expect(await said({})).toMatchObject({ state: 'ok', value: 'no sensor' });
});
