import { z } from 'zod';
import type { Clock } from '../contract/clock.ts';
import { HalError, halErrorKinds } from '../contract/errors.ts';

/** The ports of the simulated device, as a fault names them. */
export const simulatedPorts = [
  'camera',
  'models',
  'microphone',
  'voice-models',
  'speaker',
  'store',
  'watchdog',
  'board',
  'keeper',
  'output',
  'input',
] as const;
export type SimulatedPort = (typeof simulatedPorts)[number];

/** What a call does with its device. */
export const faultCalls = ['open', 'read', 'write'] as const;
export type FaultCall = (typeof faultCalls)[number];

const milliseconds = z.number().nonnegative();
const line = z.string().optional();

/** Each fault, and what it takes beside its times. Without `line` or `name` it strikes every device of its port. */
const faultKinds = [
  // Any port: calls reject with this HalError; a stream ends with it.
  z.strictObject({
    fault: z.literal('error'),
    port: z.enum(simulatedPorts),
    name: z.string().optional(),
    call: z.enum(faultCalls).optional(),
    error: z.enum(halErrorKinds),
  }),
  z.strictObject({ fault: z.literal('camera-stalled') }), // open, but no frame comes
  z.strictObject({ fault: z.literal('camera-frozen') }), // the same picture again and again
  z.strictObject({ fault: z.literal('camera-black') }),
  z.strictObject({ fault: z.literal('camera-garbled') }),
  z.strictObject({ fault: z.literal('camera-slow'), fps: z.number().positive() }),
  z.strictObject({ fault: z.literal('models-hang') }), // no answer until the limit of the call
  z.strictObject({ fault: z.literal('models-slow'), extraMs: milliseconds }),
  z.strictObject({ fault: z.literal('models-blind') }), // no face is found
  z.strictObject({ fault: z.literal('models-phantom') }), // a face is found where none is
  z.strictObject({ fault: z.literal('models-mistaken'), forSubject: z.string() }), // everybody looks like this one
  z.strictObject({ fault: z.literal('models-nan') }), // embeddings that are not numbers
  z.strictObject({ fault: z.literal('line-stuck'), line, on: z.boolean() }), // outputs and keeper lines
  z.strictObject({ fault: z.literal('input-stuck'), line, on: z.boolean() }),
  z.strictObject({ fault: z.literal('keeper-gone') }), // the process has died; its lines are safe
  z.strictObject({ fault: z.literal('keeper-client-silent') }), // nothing from the firmware reaches it
  z.strictObject({ fault: z.literal('store-full') }),
  z.strictObject({ fault: z.literal('store-read-only') }),
  z.strictObject({ fault: z.literal('store-slow'), extraMs: milliseconds }),
  z.strictObject({ fault: z.literal('microphone-stalled') }), // open, but no sound comes
  z.strictObject({ fault: z.literal('microphone-zeros') }),
  z.strictObject({ fault: z.literal('microphone-stuck') }), // one level, always
  z.strictObject({ fault: z.literal('microphone-clipped') }), // overdriven: everything is at full scale
  z.strictObject({ fault: z.literal('microphone-overrun') }), // sound is lost while it lasts
  z.strictObject({ fault: z.literal('voice-models-hang') }),
  z.strictObject({ fault: z.literal('voice-models-slow'), extraMs: milliseconds }),
  z.strictObject({ fault: z.literal('voice-models-deaf') }), // no speech is found
  z.strictObject({ fault: z.literal('voice-models-mistaken'), forSubject: z.string() }), // everybody sounds like this one
  z.strictObject({ fault: z.literal('voice-models-nan') }), // embeddings and shares that are not numbers
  z.strictObject({ fault: z.literal('board-hot'), celsius: z.number() }), // it is slowed down from 95 on
  z.strictObject({ fault: z.literal('board-memory-low'), availableMib: z.number().nonnegative() }),
  z.strictObject({ fault: z.literal('wall-clock-jump'), byMs: z.number() }), // once, at its start
  z.strictObject({ fault: z.literal('wall-clock-untrusted') }),
] as const;

export const faultSchema = z.discriminatedUnion('fault', faultKinds);
export type Fault = z.infer<typeof faultSchema>;
export type FaultKind = Fault['fault'];
type FaultOf<Kind extends FaultKind> = Extract<Fault, { fault: Kind }>;

/** An entry of a scene's timeline: a fault with its times; without `untilMs` it stays. */
export const timedFaultSchema = faultSchema
  .and(z.strictObject({ fromMs: milliseconds, untilMs: milliseconds.optional() }))
  .refine(({ fromMs, untilMs }) => untilMs === undefined || untilMs > fromMs, {
    path: ['untilMs'],
    message: 'must be later than fromMs',
  });
export type TimedFault = z.infer<typeof timedFaultSchema>;

/** Hears of every fault that begins (`active` true) and ends. */
export type FaultListener = (fault: Fault, active: boolean) => void;

/**
 * The one place where the faults of a simulated device stand; every twin asks it. Faults come and go by the
 * timeline, on the injected clock, or by `begin`, for tests.
 */
export class FaultBoard {
  #active: Fault[] = [];
  #listeners = new Set<FaultListener>();

  /** The timeline's timers are set here, so a fault comes before whatever else is due at the same time. */
  constructor(clock: Clock, timeline: readonly TimedFault[] = []) {
    const nowMs = clock.nowMs();
    for (const fault of timeline) {
      let end = () => {};
      clock.setTimeout(() => {
        end = this.begin(fault);
      }, fault.fromMs - nowMs);
      if (fault.untilMs !== undefined) clock.setTimeout(() => end(), fault.untilMs - nowMs);
    }
  }

  /** Starts a fault now; the returned function ends it. */
  begin(fault: Fault): () => void {
    this.#active.push(fault);
    this.#tell(fault, true);
    return () => {
      const index = this.#active.indexOf(fault);
      if (index < 0) return;
      this.#active.splice(index, 1);
      this.#tell(fault, false);
    };
  }

  /** The fault of this kind that strikes the line (or every line); the latest where there are several. */
  find<Kind extends FaultKind>(kind: Kind, line?: string): FaultOf<Kind> | undefined {
    return this.#active.findLast(
      (fault): fault is FaultOf<Kind> =>
        fault.fault === kind && (!('line' in fault) || fault.line === undefined || fault.line === line),
    );
  }

  /** Throws the HalError that a fault of kind `error` puts in the place of this call. */
  check(port: SimulatedPort, device: string, call: FaultCall): void {
    if (this.#active.length === 0) return;
    for (const fault of this.#active) {
      if (fault.fault !== 'error' || fault.port !== port) continue;
      if (fault.name !== undefined && fault.name !== device) continue;
      if (fault.call !== undefined && fault.call !== call) continue;
      throw new HalError(fault.error, device, `simulated fault: ${call} fails (${fault.error})`);
    }
  }

  /** For twins that must act when a fault begins or ends, not only when they are called. */
  subscribe(listener: FaultListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(fault: Fault, active: boolean): void {
    for (const listener of this.#listeners) listener(fault, active);
  }
}
