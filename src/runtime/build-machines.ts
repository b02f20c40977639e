import { type Actor, createActor, fromCallback, fromPromise } from 'xstate';
import type { Clock } from '../../hal/contract/clock.ts';
import { Random } from '../../hal/sim/random.ts';
import { accessMachine } from '../../machines/access.ts';
import { challengeMachine } from '../../machines/challenge.ts';
import { deviceMachine } from '../../machines/device.ts';
import { doorMachine } from '../../machines/door.ts';
import type { LineGrant } from '../../machines/events.ts';
import { hearingMachine } from '../../machines/hearing.ts';
import { type LineInput, outputMachine } from '../../machines/output.ts';
import { outputsMachine } from '../../machines/outputs.ts';
import { type LookCommand, visionMachine } from '../../machines/vision.ts';
import { visitMachine } from '../../machines/visit.ts';
import { watchdogMachine } from '../../machines/watchdog.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { DoorEvidence } from '../decide/calibration.ts';
import type { VoiceEvidence } from '../decide/evidence.ts';
import type { AccessPolicy } from '../decide/policy.ts';
import { roundedForTrace } from '../trace/data.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { ActorTracer } from '../trace/xstate.ts';
import { budgetOf, policyOf, presetOf } from './access-settings.ts';
import type { Hands } from './hands.ts';
import type { IndicatorPanel } from './indicator-panel.ts';
import { machineDelays } from './machine-delays.ts';
import { outputLines } from './output-lines.ts';

/** Failures of the models in a row that vision bears by reloading them. */
const modelFailuresAllowed = 3;
/** Boots in a row that did not last, after which the device stays safe. */
const badBootsAllowed = 5;

/** What the machines are told once, at the beginning. */
export interface MachineSettings {
  readonly config: VigilConfig;
  /** Whether there is a microphone at all. */
  readonly hears: boolean;
  /** Of the jitter of every wait. */
  readonly seed: number;
  /** Whether what was measured on this device is enough to open a door by. */
  readonly evidence: DoorEvidence;
  /** `policyOf` unless somebody asks what another one would have done. */
  readonly policy?: AccessPolicy;
}

/**
 * The device's machines with their hands: the one place where machines meet what they work with, in a device and in
 * a replay alike. Starts nothing.
 */
export function buildMachines(
  hands: Hands,
  panel: IndicatorPanel,
  settings: MachineSettings,
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
  trace: TraceRecorder,
): Actor<typeof deviceMachine> {
  const { config } = settings;
  const jitter = Random.seeded(settings.seed).child('jitter');
  const sides = Random.seeded(settings.seed).child('challenge');
  const drawSide = () => (sides.uniform() < 0.5 ? 'left' : 'right');
  const delays = machineDelays(config, () => jitter.uniform());

  const [lamp, ...further] = outputLines(config);
  const output = outputMachine.provide({
    actors: {
      'switch on': fromPromise<void, LineInput & { readonly grant: LineGrant | null }>(({ input, signal }) =>
        hands.switchOn(input.device, input.grant, signal),
      ),
      'watch the line': fromPromise<void, LineInput>(({ input }) => hands.watchLine(input.device)),
      'switch off': fromPromise<void, LineInput>(({ input }) => hands.switchOff(input.device)),
    },
  });

  const vision = visionMachine.provide({
    actors: {
      'open camera': fromPromise<void>(({ signal }) => hands.openCamera(signal)),
      look: fromCallback<LookCommand>(({ sendBack, receive }) => {
        const looking = hands.look((event) => sendBack(roundedForTrace(event)));
        receive((command) => {
          if (command.type === 'LOOK.SPARINGLY') looking.spare(command.sparingly);
          else looking.setPace(command.type === 'LOOK.SLOWLY');
        });
        return () => looking.stop();
      }),
      'reload models': fromPromise<void>(({ signal }) => hands.reloadModels(signal)),
      'watch for the camera': fromCallback(({ sendBack }) => {
        const watch = new AbortController();
        hands.watchCamera(() => sendBack({ type: 'CAMERA.APPEARED' }), watch.signal);
        return () => watch.abort();
      }),
      visit: visitMachine.provide({
        actors: { challenge: challengeMachine.provide({ delays: delays.challenge }) },
        delays: delays.visit,
      }),
    },
    delays: delays.vision,
  });

  const hearing = hearingMachine.provide({
    actors: {
      'open microphone': fromPromise<void>(({ signal }) => hands.openMicrophone(signal)),
      listen: fromCallback(({ sendBack }) => hands.listen((event) => sendBack(roundedForTrace(event)))),
      'name the voice': fromPromise<VoiceEvidence>(async ({ signal }) =>
        roundedForTrace(await hands.nameVoice(signal)),
      ),
      'reload models': fromPromise<void>(({ signal }) => hands.reloadVoices(signal)),
      'watch for the microphone': fromCallback(({ sendBack }) => {
        const watch = new AbortController();
        hands.watchMicrophone(() => sendBack({ type: 'MICROPHONE.APPEARED' }), watch.signal);
        return () => watch.abort();
      }),
    },
    delays: delays.hearing,
  });

  const device = deviceMachine.provide({
    actors: {
      start: fromPromise(({ signal }) => hands.start(signal)),
      'self-test': fromPromise<void>(({ signal }) => hands.selfTest(signal)),
      recover: fromPromise<void>(({ signal }) => hands.recover(signal)),
      stop: fromPromise<void>(async () => {
        await Promise.all([hands.stop(), panel.close()]);
      }),
      'make safe': fromPromise<void>(() => hands.makeSafe()),
      'watch the board': fromCallback(({ sendBack }) => {
        const watch = new AbortController();
        hands.watchBoard((event) => sendBack(event), watch.signal);
        return () => watch.abort();
      }),
      vision,
      hearing,
      access: accessMachine.provide({ delays: delays.access }),
      output: output.provide({
        actions: {
          'show granted': () => panel.show({ granted: true }),
          'show nobody granted': () => panel.show({ granted: false }),
        },
      }),
      outputs: outputsMachine.provide({
        actors: { output },
        actions: {
          'sound it': (_, { cause }) => {
            if (cause !== null) hands.sound(cause);
          },
        },
      }),
      door: doorMachine.provide({
        actors: { 'watch the inputs': fromCallback(({ sendBack }) => hands.watchInputs(sendBack)) },
        delays: delays.door,
      }),
      watchdog: watchdogMachine.provide({
        actors: { feed: fromPromise<void>(() => hands.feed()) },
        delays: delays.watchdog,
      }),
    },
    actions: {
      'show nominal': () => panel.show({ health: 'nominal' }),
      'show degraded': () => panel.show({ health: 'degraded' }),
      // The output machine ends with operation, so that it cannot take back what it showed.
      'show fault': () => panel.show({ health: 'fault', granted: false }),
      'show safe': () => panel.show({ health: 'safe', granted: false }),
      'count this boot as good': () => hands.bootIsGood(),
    },
    delays: delays.device,
  });

  const tracer = new ActorTracer(trace, 'device');
  return createActor(tracer.machine(device), {
    clock: tracer.clock(clock),
    inspect: tracer.inspect,
    input: {
      vision: { votesNeeded: config.vision.votes, modelFailuresAllowed, drawSide },
      access: {
        policy: settings.policy ?? policyOf(config, settings.evidence),
        budget: budgetOf(config),
      },
      output: lamp.spec,
      outputs: { outputs: further.map(({ spec }) => spec), nowMs: () => trace.lastMs },
      door: { nowMs: () => trace.lastMs },
      hears: settings.hears,
      faultsAllowed: config.device.faultsPerWindow,
      faultWindowMs: config.device.windowMs,
      badBootsAllowed,
      operatorLeavesSafe: presetOf(config).operatorLeavesSafe,
      nowMs: () => trace.lastMs,
    },
  });
}
