import { afterAll, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LinuxBoardSensors } from '../../../hal/linux/board-sensors.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vigil-sensors-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A machine with these files under its root. */
async function reading(files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) await Bun.write(join(root, path), `${text}\n`);
  return new LinuxBoardSensors(root).read();
}

const thermal = 'sys/class/thermal';
const cpufreq = 'sys/devices/system/cpu/cpu0/cpufreq';

test('a Jetson tells the sensor that is nearest to its limit, and that it is slowed down once it is there', async () => {
  const jetson = {
    [`${thermal}/thermal_zone0/type`]: 'AO-therm',
    [`${thermal}/thermal_zone0/temp`]: '51500',
    [`${thermal}/thermal_zone1/type`]: 'CPU-therm',
    [`${thermal}/thermal_zone1/temp`]: '97500',
    [`${thermal}/thermal_zone1/trip_point_0_type`]: 'passive',
    [`${thermal}/thermal_zone1/trip_point_0_temp`]: '97000',
    [`${cpufreq}/scaling_max_freq`]: '710400',
    [`${cpufreq}/cpuinfo_max_freq`]: '1479000',
    'proc/meminfo': 'MemTotal: 4000000 kB\nMemAvailable:    204800 kB',
  };
  expect(await reading(jetson)).toEqual({
    temperature: { sensor: 'CPU-therm', celsius: 97.5, limitCelsius: 97 },
    slowedDown: true,
    lowVoltage: false,
    availableBytes: 200 * 1024 * 1024,
  });
});

test('a clock that was set lower on a cool board is no slowing down', async () => {
  const { slowedDown } = await reading({
    [`${thermal}/thermal_zone0/type`]: 'cpu-thermal',
    [`${thermal}/thermal_zone0/temp`]: '40000',
    [`${cpufreq}/scaling_max_freq`]: '600000',
    [`${cpufreq}/cpuinfo_max_freq`]: '1500000',
  });
  expect(slowedDown).toBe(false);
});

test('a Raspberry Pi tells want of voltage and slowing down by its firmware, of now and not of before', async () => {
  const bits = 'sys/devices/platform/soc/soc:firmware/get_throttled';
  expect(await reading({ [bits]: '50005' })).toMatchObject({ lowVoltage: true, slowedDown: true });
  expect(await reading({ [bits]: '50000' })).toMatchObject({ lowVoltage: false, slowedDown: false });
});

test('a machine without sensors says nothing', async () => {
  expect(await reading({})).toEqual({
    ...{ temperature: null, slowedDown: false, lowVoltage: false, availableBytes: null },
  });
});
