import { keyAt } from '../../config/keys.ts';
import { buildId } from '../build-id.ts';
import type { LampReading } from '../lamp-history.ts';
import { simulatedParts } from '../live-device.ts';
import { type DeviceStatus, interfaceVersion } from './messages.ts';
import type { Served } from './served.ts';

/** What a device is and how it is now. */
export function statusOf(
  { lives, read, simulate }: Served,
  testDoors: Pick<NonNullable<DeviceStatus['testDoors']>, 'last' | 'running'> | null,
): DeviceStatus {
  const { clock, lamps, device } = lives;
  const parts = simulatedParts(read.config, simulate);
  const values = Object.fromEntries([...read.values].filter(([key]) => keyAt(key)?.free === false));
  const states = device === undefined ? null : [...device.states.all];
  return {
    v: interfaceVersion,
    atMs: clock.nowMs(),
    build: buildId(),
    config: values,
    configSha256: new Bun.CryptoHasher('sha256').update(JSON.stringify(values)).digest('hex'),
    hears: device?.microphoneName != null,
    lamps: {
      green: { on: lamps.level('green'), read: readingOf(parts.green) },
      red: parts.red === undefined ? null : { on: lamps.level('red'), read: readingOf(parts.red) },
    },
    states: states && Object.fromEntries(states.map(([actor, leaves]) => [actor, [...leaves]])),
    people: device === undefined ? null : { faces: device.people(), voices: device.voices() },
    testDoors: testDoors && { sight: parts.camera, sound: parts.microphone, ...testDoors },
  };
}

/** How the level of a lamp is known. */
export function readingOf(simulated: boolean): LampReading {
  return simulated ? 'simulated pin' : 'commanded level';
}
