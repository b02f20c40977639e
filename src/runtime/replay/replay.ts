import { halErrorKinds } from '../../../hal/contract/errors.ts';
import type { DigitalOutput } from '../../../hal/contract/gpio.ts';
import { eventLoopTurned, runMicrotasks } from '../../../hal/sim/real-time.ts';
import type { TraceEntry } from '../../trace/lines.ts';
import { TraceFileError } from '../../trace/read.ts';
import type { TraceRecord } from '../../trace/record.ts';
import { isBoot, type RecordedBoot, readBoot } from '../boot-record.ts';
import { buildId } from '../build-id.ts';
import { buildMachines } from '../build-machines.ts';
import { IndicatorPanel } from '../indicator-panel.ts';
import { outputDevices } from '../output-lines.ts';
import { ComparingRecorder, type Divergence } from './comparing-recorder.ts';
import { RecordedHands } from './hands.ts';
import { BadInput, outsideEventOf } from './inputs.ts';
import { Recording } from './recording.ts';

export interface Replayed {
  /** Records that are the same in the recording and in the replay. */
  readonly records: number;
  /** Null when all are. */
  readonly divergence: Divergence | null;
  readonly boot: RecordedBoot;
}

/** The event loop turns after so many inputs, so that a long replay can be interrupted. */
const inputsPerTurn = 1_000;

/**
 * Runs the machines anew on what a recording says they were told, and holds every record that they make against the
 * recording's, byte for byte.
 *
 * Input, and taken from the recording: its times; timers that fire; answers of whatever was started (opening,
 * switching, naming a voice); what looking and listening sent; stops and releases from outside; and the records
 * about devices and models that no machine makes (`hal.in`, `model`, `note`, `invariant`, and of `hal.out` opening
 * and closing). Everything else must come out of the machines: their events, states, guards, transitions, timers
 * and actors, and every command to a lamp and to the watchdog.
 *
 * Throws TraceFileError for a recording that this program cannot replay, and rejects with the signal's reason.
 */
export async function replay(entries: Iterable<TraceEntry>, signal: AbortSignal): Promise<Replayed> {
  const recording = new Recording(entries);
  const boot = bootOf(recording.head);
  const recorder: ComparingRecorder = new ComparingRecorder(
    recording,
    (record) => isOutside(record, hands, boot.lamp),
    (record) => hands.see(record),
  );
  const outputs = outputDevices(boot.config);
  const hands = new RecordedHands(
    recorder,
    { watchdog: boot.watchdog, outputs },
    () => recording.head?.record,
  );
  recorder.takeOver(); // the boot
  const panelTimer = new PanelTimer();
  const lamp = boot.lamp === null ? null : deafLamp(boot.lamp);
  const panel = new IndicatorPanel(lamp, panelTimer, recorder);
  const timers = new MachineTimers();
  const actor = buildMachines(hands, panel, boot, timers, recorder);
  actor.subscribe({
    error: (error) => {
      recorder.note('root-died', { error });
      hands.abandon();
      void panel.close();
    },
  });
  let started = false;

  /** Gives the machines what the record says; false when it says nothing that can come from outside. */
  function deliver(record: TraceRecord): boolean {
    if (record.kind === 'hal.in' && record.device === boot.lamp && record.op === 'failed') {
      panel.noteFailure(halErrorKinds.find((kind) => kind === record.error) ?? 'io');
      return true;
    }
    if (isOutside(record, hands, boot.lamp)) {
      recorder.takeOver();
      return true;
    }
    if (!started) {
      started = true;
      actor.start();
      return true;
    }
    if (record.kind === 'timer' && record.op === 'fired') return timers.fire(record.timer);
    if (record.kind === 'hal.out' && record.device === boot.lamp) return panelTimer.fire();
    if (record.kind !== 'event') return false;
    if (record.from !== null) return hands.deliver(record);
    actor.send(outsideEventOf(record));
    return true;
  }

  for (let inputs = 1; recording.head !== undefined && recorder.divergence === null; inputs++) {
    if (inputs % inputsPerTurn === 0) await eventLoopTurned();
    signal.throwIfAborted();
    const before = recording.passed;
    try {
      const delivered = deliver(recording.head.record);
      runMicrotasks();
      if (recording.passed > before) continue;
      recorder.diverge(null, delivered ? null : 'it cannot have come from outside');
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      recorder.diverge(null, error.message);
    }
  }
  return { records: recording.passed, divergence: recorder.divergence, boot };
}

/** The boot that a recording begins with. Throws TraceFileError when there is none, or none of this build. */
export function bootOf(head: TraceEntry | undefined): RecordedBoot {
  if (head === undefined) throw new TraceFileError('the trace', 1, 'there are no records');
  const { record, file, line } = head;
  if (!isBoot(record)) {
    const problem = `a replay starts at a boot, and the first record here is number ${record.seq}`;
    throw new TraceFileError(file, line, `${problem}; the part with the boot is gone, or is an older file`);
  }
  let boot: RecordedBoot;
  try {
    boot = readBoot(record);
  } catch (error) {
    throw new TraceFileError(file, line, error instanceof Error ? error.message : String(error));
  }
  const { version, commit, sha256 } = boot.build;
  const own = buildId();
  if (sha256 !== own.sha256) {
    const other = `version ${version}, ${commit === null ? 'commit unknown' : `commit ${commit}`}`;
    const problem = `recorded by a program (${other}) whose machines are not this one's (version ${own.version})`;
    throw new TraceFileError(file, line, `${problem}; replay it with that one`);
  }
  return boot;
}

/** Whether a record tells of what no machine does or commands. */
function isOutside(record: TraceRecord, hands: RecordedHands, lamp: string | null): boolean {
  switch (record.kind) {
    case 'model':
    case 'note':
    case 'invariant':
      return true;
    case 'hal.in':
      return record.device !== lamp || record.op !== 'failed';
    case 'hal.out':
      if (record.op === 'release') return record.on === false && hands.mayLetGo;
      return record.op !== 'set' && record.op !== 'grant' && record.op !== 'feed';
    default:
      return false;
  }
}

/** A lamp that takes every level; what it failed at is told to the panel when the recording has it. */
function deafLamp(name: string): DigitalOutput {
  return {
    name,
    commanded: false,
    set: async () => undefined,
    read: async () => false,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The machines' timers, by the number that a trace gives them: they fire when the recording says so. */
class MachineTimers {
  readonly #callbacks = new Map<number, () => void>();
  #set = 0;

  setTimeout(callback: () => void): number {
    this.#callbacks.set(++this.#set, callback);
    return this.#set;
  }

  clearTimeout(timer: number): void {
    this.#callbacks.delete(timer);
  }

  fire(timer: number): boolean {
    const callback = this.#callbacks.get(timer);
    this.#callbacks.delete(timer);
    callback?.();
    return callback !== undefined;
  }
}

/** The one timer of the lamp's blinking: it fires when the recording has the lamp change by itself. */
class PanelTimer {
  #callback: (() => void) | undefined;

  setTimeout(callback: () => void): number {
    this.#callback = callback;
    return 1;
  }

  clearTimeout(): void {
    this.#callback = undefined;
  }

  fire(): boolean {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
    return callback !== undefined;
  }
}
