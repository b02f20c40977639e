import type { Actor } from 'xstate';
import { HalError } from '../../hal/contract/errors.ts';
import { deviceDelays } from '../../machines/delays.ts';
import type { deviceMachine } from '../../machines/device.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { watchBoard } from './board-watch.ts';
import { recordBoot } from './boot-record.ts';
import { buildMachines } from './build-machines.ts';
import { DeviceIo } from './device-io.ts';
import type { Hands } from './hands.ts';
import type { HearingIo } from './hearing-io.ts';
import { IndicatorPanel } from './indicator-panel.ts';
import type { DevicePorts } from './ports.ts';
import { RuleWatch } from './rule-watch.ts';

/** A device that was wired together and not yet started. */
export interface BuiltDevice {
  readonly actor: Actor<typeof deviceMachine>;
  readonly io: DeviceIo;
  /**
   * Settles only if the root machine dies of a bug, after the outputs were made safe and everything was closed, or
   * could not be within the limit of a stop.
   * Nothing runs any more then: the process should end, and be started anew.
   */
  readonly died: Promise<Error>;
  /**
   * For when the machines are no more: outputs safe first, then everything closed that was opened; never rejects. A
   * hardware watchdog is left armed.
   */
  abandon(): Promise<void>;
}

/** Gives the machines the hands of a device. Starts nothing. */
export function buildDevice(ports: DevicePorts, config: VigilConfig, trace: TraceRecorder): BuiltDevice {
  const seed = Math.floor(ports.draw() * 0x1_0000_0000);
  const { evidence } = ports.calibrations;
  const settings = { config, hears: ports.hearing !== null, seed, evidence };
  recordBoot(trace, {
    ...settings,
    lamp: ports.indicator?.name ?? null,
    watchdog: ports.hardwareWatchdog !== null,
  });
  const io = new DeviceIo(ports, config, trace);
  const panel = new IndicatorPanel(ports.indicator, ports.clock, trace);
  const actor = buildMachines(handsOf(io, ports, trace), panel, settings, ports.clock, trace);
  const rules = new RuleWatch(ports.clock, config, trace, (fault) => {
    if (actor.getSnapshot().status === 'active') actor.send({ type: 'INVARIANT.BROKEN', fault });
  });
  actor.subscribe({
    complete: () => {
      if (actor.getSnapshot().status === 'done') rules.end(); // and not when it was cut off
    },
    error: () => {}, // `died` tells it
  });
  const abandon = async () => {
    await Promise.allSettled([io.abandon(), panel.close()]);
    rules.end();
  };
  const died = new Promise<Error>((resolve) => {
    actor.subscribe({
      error: (thrown) => {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        trace.note('root-died', { error });
        const closed = new AbortController();
        void abandon().then(() => closed.abort());
        const ended = () => resolve(error);
        ports.clock.sleep(deviceDelays['stop limit'], closed.signal).then(ended, ended);
      },
    });
  });
  return { actor, io, died, abandon };
}

function handsOf(io: DeviceIo, ports: DevicePorts, trace: TraceRecorder): Hands {
  return {
    start: (signal) => io.start(signal),
    selfTest: (signal) => io.selfTest(signal),
    recover: (signal) => io.recover(signal),
    stop: () => io.stop(),
    makeSafe: () => io.makeSafe(),
    bootIsGood: () => {
      ports.boots.good().catch(() => trace.note('boot-counter-failed'));
    },
    switchOn: (device, grant, signal) => io.switchOn(device, grant, signal),
    watchLine: (device) => io.watchLine(device),
    switchOff: (device) => io.switchOff(device),
    watchInputs: (send) => io.watchInputs(send),
    sound: (cause) => io.sound(cause),
    feed: () => io.feed(),
    watchBoard: (tell, signal) => {
      if (ports.board !== null) void watchBoard(ports.board, ports.clock, tell, signal);
    },
    openCamera: (signal) => io.openCamera(signal),
    look: (send) => io.look(send),
    reloadModels: (signal) => io.reloadModels(signal),
    watchCamera: (appeared, signal) => ports.watchCamera(appeared, signal),
    openMicrophone: (signal) => hearingIo(io).openMicrophone(signal),
    listen: (send) => hearingIo(io).listen(send),
    nameVoice: (signal) => hearingIo(io).nameVoice(signal),
    reloadVoices: (signal) => io.reloadVoices(signal),
    watchMicrophone: (appeared, signal) => ports.hearing?.watchMicrophone(appeared, signal),
  };
}

/** The hearing machine runs only where the device hears. */
function hearingIo(io: DeviceIo): HearingIo {
  if (io.hearing === null) throw new HalError('unsupported', 'microphone', 'there is none');
  return io.hearing;
}
