import type { ActuatorLine } from '../../hal/contract/keeper.ts';
import type { OutputCause, OutputSpec } from '../../machines/outputs.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { RuledActuator } from '../trace/rules.ts';

/** The name of the lamp's line. */
export const greenLine = 'green';
/** The lamp in a trace, whatever it is wired to. A further output has its own name there. */
const lampInTrace = 'output';

/** An actuator line, and what it is switched for. */
export interface OutputLine {
  readonly line: ActuatorLine;
  readonly spec: OutputSpec;
  /** A file that stands for it. */
  readonly file: string | undefined;
}

/** Every output of the configuration that is held under a grant, the lamp first. */
export function outputLines({ output: { green }, outputs }: VigilConfig): [OutputLine, ...OutputLine[]] {
  const lamp: OutputLine = {
    line: { name: greenLine, safeOn: false, maxOnMs: green.maxOnMs, rearmMs: green.rearmMs },
    spec: {
      device: lampInTrace,
      holdMs: green.holdMs,
      rearmMs: green.rearmMs,
      prolongs: true,
      causes: ['granted'],
      endsWhenOpened: false,
    },
    file: green.file,
  };
  const further = Object.entries(outputs).map(([name, output]): OutputLine => {
    const { holdMs, maxOnMs, rearmMs, mode, fails, interlockGroup, endsWhenOpened, file } = output;
    return {
      line: {
        name,
        safeOn: false,
        maxOnMs,
        rearmMs,
        ...(fails === 'safe' ? { lostOn: true } : {}),
        ...(interlockGroup === undefined ? {} : { interlock: String(interlockGroup) }),
      },
      spec: {
        device: name,
        holdMs,
        rearmMs,
        prolongs: mode === 'hold',
        causes: causesOf(output),
        endsWhenOpened,
      },
      file,
    };
  });
  return [lamp, ...further];
}

type CauseKey = Extract<keyof VigilConfig['outputs'][string], `on${string}`>;

const causes: Readonly<Record<CauseKey, OutputCause>> = {
  onGranted: 'granted',
  onRefused: 'refused',
  onUnknown: 'unknown',
  onExit: 'exit',
  onForced: 'forced',
  onHeldOpen: 'held-open',
};
const causeKeys = Object.keys(causes) as readonly CauseKey[];

function causesOf(output: VigilConfig['outputs'][string]): OutputCause[] {
  return causeKeys.filter((key) => output[key]).map((key) => causes[key]);
}

/** The event by which each cause is known in a trace. */
const eventOfCause: Readonly<Record<OutputCause, string>> = {
  granted: 'ACCESS.GRANTED',
  refused: 'ACCESS.REFUSED',
  unknown: 'ACCESS.REFUSED',
  exit: 'EXIT.REQUESTED',
  forced: 'DOOR.FORCED',
  'held-open': 'DOOR.HELD_OPEN',
};

/** The actuator lines of the configuration. */
export function actuatorLines(config: VigilConfig): ActuatorLine[] {
  return outputLines(config).map(({ line }) => line);
}

/** The names that the trace has for them, the lamp's first. */
export function outputDevices(config: VigilConfig): string[] {
  return outputLines(config).map(({ spec }) => spec.device);
}

/** The actuator lines as the rules over the trace know them. */
export function ruledActuators(config: VigilConfig): RuledActuator[] {
  return outputLines(config).map(({ spec: { device, causes }, line: { maxOnMs, interlock } }) => ({
    device,
    maxOnMs,
    causes: causes.map((cause) => eventOfCause[cause]),
    ...(interlock === undefined ? {} : { interlock }),
  }));
}
