import { halErrorKinds } from '../../hal/contract/errors.ts';
import type { Fault } from '../../hal/sim/faults.ts';
import type { DevicePorts } from '../../src/runtime/ports.ts';
import { overMs, sweep } from './fault-sweep.ts';
import { microphoneEndingAt } from './scenarios.ts';
import { grantedTo, type Setting, speech } from './simulate.ts';

/** Somebody known speaks again and again when all is over. */
const sounds = Array.from({ length: 8 }, (_, time) => speech('p_bea', overMs + 12_000 * time, 8_000));

/** The way into each leaf state of hearing; the fault comes when it is there. */
const waysInto: Readonly<Record<string, Setting>> = {
  'opening.waiting': { replacePorts: slowToOpen },
  'running.listening': {},
  'running.capturing': { sounds: [speech('p_ana', 1_000, 9_000)] },
  'running.classifying.naming': { sounds: [speech('p_ana', 1_000, 9_000)] },
  'running.actuating': { sounds: [speech('p_ana', 1_000, 9_000)] },
  'running.deaf': { faults: [{ fault: 'microphone-zeros', fromMs: 1_000, untilMs: 8_000 }] },
  'reloading.pausing.waiting': {
    sounds: [speech('p_ana', 1_000, 9_000)],
    faults: [
      { fault: 'error', port: 'voice-models', call: 'read', error: 'io', fromMs: 1_500, untilMs: 9_000 },
    ],
  },
  'reloading.replacing.waiting': {
    sounds: [speech('p_ana', 1_000, 9_000)],
    faults: [
      { fault: 'error', port: 'voice-models', call: 'read', error: 'io', fromMs: 1_500, untilMs: 9_000 },
    ],
    replacePorts: slowToOpen,
  },
  'reconnecting.waiting': {
    faults: [{ fault: 'error', port: 'microphone', error: 'disconnected', fromMs: 2_000, untilMs: 2_600 }],
  },
  'lost.waiting': {
    faults: [{ fault: 'error', port: 'microphone', error: 'disconnected', fromMs: 2_000, untilMs: 12_000 }],
  },
  'ended.waiting': { replacePorts: microphoneEndingAt(4_000) },
};

/** Everything that can go wrong with what hearing uses. */
const faults: Readonly<Record<string, Fault>> = {
  ...Object.fromEntries(
    halErrorKinds.flatMap((error): [string, Fault][] => [
      [`microphone opens with ${error}`, { fault: 'error', port: 'microphone', call: 'open', error }],
      [`microphone reads with ${error}`, { fault: 'error', port: 'microphone', call: 'read', error }],
      [`voice models answer with ${error}`, { fault: 'error', port: 'voice-models', call: 'read', error }],
    ]),
  ),
  'voice models cannot be loaded': { fault: 'error', port: 'voice-models', call: 'open', error: 'io' },
  'voice models are bad': { fault: 'error', port: 'voice-models', call: 'open', error: 'invalid-argument' },
  'microphone is gone': { fault: 'error', port: 'microphone', error: 'disconnected' },
  'microphone is stalled': { fault: 'microphone-stalled' },
  'microphone gives zeros': { fault: 'microphone-zeros' },
  'microphone gives one level': { fault: 'microphone-stuck' },
  'microphone is overdriven': { fault: 'microphone-clipped' },
  'sound is lost': { fault: 'microphone-overrun' },
  'voice models hang': { fault: 'voice-models-hang' },
  'voice models are slow': { fault: 'voice-models-slow', extraMs: 900 },
  'voice models find no speech': { fault: 'voice-models-deaf' },
  'voice models give no numbers': { fault: 'voice-models-nan' },
  'the camera is gone as well': { fault: 'error', port: 'camera', error: 'disconnected' },
};

/** A microphone and models that take half a second to open, so that there is time for a fault meanwhile. */
function slowToOpen({ hearing, clock }: DevicePorts): Partial<DevicePorts> {
  if (hearing === null) return {};
  const { microphone } = hearing;
  return {
    hearing: {
      ...hearing,
      microphone: {
        name: microphone.name,
        live: microphone.live,
        async open(settings, signal) {
          await clock.sleep(500, signal);
          return microphone.open(settings, signal);
        },
      },
      async openVoices(signal) {
        await clock.sleep(500, signal);
        return hearing.openVoices(signal);
      },
    },
  };
}

sweep({
  machine: 'hearing',
  waysInto,
  faults,
  backs: { sounds },
  isServed: (simulated, leaf) => leaf === 'ended.waiting' || grantedTo(simulated).includes('p_bea'),
  openAgain: async ({ microphone }) => {
    const again = await microphone.open({ sampleRateHz: 32_000, channels: 2 }, new AbortController().signal);
    await again.close();
  },
});
