import { type Actor, createActor, fromCallback, fromPromise } from 'xstate';
import { HalError } from '../../hal/contract/errors.ts';
import { accessMachine } from '../../machines/access.ts';
import { deviceMachine } from '../../machines/device.ts';
import type { Grant } from '../../machines/events.ts';
import { hearingMachine } from '../../machines/hearing.ts';
import { outputMachine } from '../../machines/output.ts';
import { type LookCommand, visionMachine } from '../../machines/vision.ts';
import { visitMachine } from '../../machines/visit.ts';
import { watchdogMachine } from '../../machines/watchdog.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { VoiceEvidence } from '../decide/evidence.ts';
import { lampPolicy } from '../decide/policy.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { ActorTracer } from '../trace/xstate.ts';
import { DeviceIo } from './device-io.ts';
import type { HearingIo } from './hearing-io.ts';
import { IndicatorPanel } from './indicator-panel.ts';
import { machineDelays } from './machine-delays.ts';
import type { DevicePorts } from './ports.ts';

/** Failures of the models in a row that vision bears by reloading them. */
const modelFailuresAllowed = 3;
/** Boots in a row that did not last, after which the device stays safe. */
const badBootsAllowed = 5;

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
}

/** Gives the machines their hands: the one place where machines meet ports. Starts nothing. */
export function buildDevice(ports: DevicePorts, config: VigilConfig, trace: TraceRecorder): BuiltDevice {
  const io = new DeviceIo(ports, config, trace);
  const panel = new IndicatorPanel(ports.indicator, ports.clock, trace);
  const delays = machineDelays(config, ports.draw);

  const output = outputMachine.provide({
    actors: {
      'switch on': fromPromise<void, { grant: Grant | null }>(({ input, signal }) =>
        io.switchOn(input.grant, signal),
      ),
      'watch the line': fromPromise<void>(() => io.watchLine()),
      'switch off': fromPromise<void>(() => io.switchOff()),
    },
    actions: {
      'show granted': () => panel.show({ granted: true }),
      'show nobody granted': () => panel.show({ granted: false }),
    },
    delays: delays.output,
  });

  const vision = visionMachine.provide({
    actors: {
      'open camera': fromPromise<void>(({ signal }) => io.openCamera(signal)),
      look: fromCallback<LookCommand>(({ sendBack, receive }) => {
        const looking = io.look(sendBack);
        receive((command) => looking.setPace(command.type === 'LOOK.SLOWLY'));
        return () => looking.stop();
      }),
      'reload models': fromPromise<void>(({ signal }) => io.reloadModels(signal)),
      'watch for the camera': fromCallback(({ sendBack }) => {
        const watch = new AbortController();
        ports.watchCamera(() => sendBack({ type: 'CAMERA.APPEARED' }), watch.signal);
        return () => watch.abort();
      }),
      visit: visitMachine.provide({ delays: delays.visit }),
    },
    delays: delays.vision,
  });

  const hearing = hearingMachine.provide({
    actors: {
      'open microphone': fromPromise<void>(({ signal }) => hearingIo(io).openMicrophone(signal)),
      listen: fromCallback(({ sendBack }) => hearingIo(io).listen(sendBack)),
      'name the voice': fromPromise<VoiceEvidence>(({ signal }) => hearingIo(io).nameVoice(signal)),
      'reload models': fromPromise<void>(({ signal }) => io.reloadVoices(signal)),
      'watch for the microphone': fromCallback(({ sendBack }) => {
        const watch = new AbortController();
        ports.hearing?.watchMicrophone(() => sendBack({ type: 'MICROPHONE.APPEARED' }), watch.signal);
        return () => watch.abort();
      }),
    },
    delays: delays.hearing,
  });

  const device = deviceMachine.provide({
    actors: {
      start: fromPromise(({ signal }) => io.start(signal)),
      'self-test': fromPromise<void>(({ signal }) => io.selfTest(signal)),
      recover: fromPromise<void>(({ signal }) => io.recover(signal)),
      stop: fromPromise<void>(async () => {
        await Promise.all([io.stop(), panel.close()]);
      }),
      'make safe': fromPromise<void>(() => io.makeSafe()),
      vision,
      hearing,
      access: accessMachine.provide({ delays: delays.access }),
      output,
      watchdog: watchdogMachine.provide({
        actors: { feed: fromPromise<void>(() => io.feed()) },
        delays: delays.watchdog,
      }),
    },
    actions: {
      'show nominal': () => panel.show({ health: 'nominal' }),
      'show degraded': () => panel.show({ health: 'degraded' }),
      // The output machine ends with operation, so that it cannot take back what it showed.
      'show fault': () => panel.show({ health: 'fault', granted: false }),
      'show safe': () => panel.show({ health: 'safe', granted: false }),
      'count this boot as good': () => {
        ports.boots.good().catch(() => trace.note('boot-counter-failed'));
      },
    },
    delays: delays.device,
  });

  const tracer = new ActorTracer(trace, 'device');
  const actor = createActor(tracer.machine(device), {
    clock: tracer.clock(ports.clock),
    inspect: tracer.inspect,
    input: {
      vision: { votesNeeded: config.vision.votes, modelFailuresAllowed },
      access: {
        policy: { ...lampPolicy, evidenceMaxAgeMs: config.vision.evidenceMaxAgeMs },
        attemptsAllowed: config.access.attemptsAllowed ?? null,
      },
      hears: ports.hearing !== null,
      faultsAllowed: config.device.faultsPerWindow,
      faultWindowMs: config.device.windowMs,
      badBootsAllowed,
      operatorLeavesSafe: false,
      nowMs: () => ports.clock.nowMs(),
    },
  });
  const died = new Promise<Error>((resolve) => {
    actor.subscribe({
      error: (thrown) => {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        trace.note('root-died', { error });
        const closed = new AbortController();
        void Promise.allSettled([io.abandon(), panel.close()]).then(() => closed.abort());
        const ended = () => resolve(error);
        ports.clock.sleep(delays.device['stop limit'], closed.signal).then(ended, ended);
      },
    });
  });
  return { actor, io, died };
}

/** The hearing machine runs only where the device hears. */
function hearingIo(io: DeviceIo): HearingIo {
  if (io.hearing === null) throw new HalError('unsupported', 'microphone', 'there is none');
  return io.hearing;
}
