import {
  backOffMs,
  challengeDelays,
  deviceDelays,
  hearingDelays,
  reconnectBackOff,
  reloadBackOff,
  safeRetryBackOff,
  visionDelays,
  visitDelays,
  watchdogDelays,
} from '../../machines/delays.ts';
import type { VigilConfig } from '../config/schema.ts';

/** The named delays of every machine as the configuration sets them; `draw` gives the jitter. */
export function machineDelays(config: VigilConfig, draw: () => number) {
  const { access, device, door } = config;
  const recovery = {
    firstMs: device.recoverFirstMs,
    factor: device.recoverFactor,
    maxMs: device.recoverMaxMs,
    jitter: device.recoverJitter,
  };
  const lockout = { firstMs: access.lockoutMs, factor: 2, maxMs: access.lockoutMaxMs, jitter: 0 };
  return {
    device: {
      ...deviceDelays,
      'recovery wait': ({ context }: { context: { recoveries: number } }) =>
        backOffMs(recovery, context.recoveries, draw()),
      'safe retry wait': ({ context }: { context: { safeVisits: number } }) =>
        backOffMs({ ...safeRetryBackOff, firstMs: device.safeRetryMs }, context.safeVisits - 1, draw()),
    },
    vision: {
      ...visionDelays,
      'reconnect wait': ({ context }: { context: { cameraFailures: number } }) =>
        backOffMs(reconnectBackOff, Math.max(0, context.cameraFailures - 1), draw()),
      'reload wait': ({ context }: { context: { failedLooks: number } }) =>
        backOffMs(reloadBackOff, Math.max(0, context.failedLooks - 1), draw()),
    },
    hearing: {
      ...hearingDelays,
      'reconnect wait': ({ context }: { context: { microphoneFailures: number } }) =>
        backOffMs(reconnectBackOff, Math.max(0, context.microphoneFailures - 1), draw()),
      'reload wait': ({ context }: { context: { failedAnswers: number } }) =>
        backOffMs(reloadBackOff, Math.max(0, context.failedAnswers - 1), draw()),
    },
    visit: { ...visitDelays },
    challenge: { ...challengeDelays },
    access: {
      'lockout time': ({ context }: { context: { lockouts: number } }) =>
        backOffMs(lockout, context.lockouts - 1, 0),
    },
    door: {
      'opening time': door.openWithinMs,
      'held-open time': door.heldOpenMs,
      'stuck time': door.stuckMs,
    },
    watchdog: { ...watchdogDelays },
  };
}
