import type { StartReport } from '../../../machines/device.ts';
import type { InputEvent } from '../../../machines/door.ts';
import type { BoardEased, BoardStrained, LineGrant } from '../../../machines/events.ts';
import type { ListenEvent } from '../../../machines/hearing.ts';
import type { VoiceEvidence } from '../../decide/evidence.ts';
import { fieldAt } from '../../trace/fields.ts';
import type { TraceRecord, TraceRecordOf } from '../../trace/record.ts';
import type { TraceRecorder } from '../../trace/recorder.ts';
import type { Hands, LookingHands } from '../hands.ts';
import type { LookEvent } from '../looking.ts';
import {
  boardEventOf,
  errorOf,
  inputEventOf,
  listenEventOf,
  lookEventOf,
  startReportOf,
  voiceEvidenceOf,
} from './inputs.ts';

type Event = TraceRecordOf<'event'>;

/** Something the machines wait for. */
interface Pending {
  resolve(output: Event['data'][string] | undefined): void;
  reject(error: unknown): void;
}

const done = 'xstate.done.actor.';
const failed = 'xstate.error.actor.';

/**
 * Hands that do nothing: they answer what a recording has, when it has it. What the machines tell the lines and the
 * watchdog is recorded as a device records it, at the moment of the telling.
 */
export class RecordedHands implements Hands {
  readonly #trace: Pick<TraceRecorder, 'halOut'>;
  readonly #watchdog: boolean;
  /** The lines by their names in the trace, in the order in which a device tells them; the lamp first. */
  readonly #outputs: readonly string[];
  /** The record that comes next: what happens within a start has its records there. */
  readonly #next: () => TraceRecord | undefined;
  /** By the actor's parent and logic, of which there is one at a time: `device/output switch on`. */
  readonly #pending = new Map<string, Pending>();
  readonly #senders = new Map<string, (event: Event) => void>();
  /** The logic of every actor that runs, by its path. */
  readonly #logics = new Map<string, string>();
  #linesOpen = false;
  /** Everything is being closed: the lines are let go at a moment of the device's own. */
  #closing = false;
  #releasing = false;

  constructor(
    trace: Pick<TraceRecorder, 'halOut'>,
    { watchdog, outputs }: { readonly watchdog: boolean; readonly outputs: readonly string[] },
    next: () => TraceRecord | undefined,
  ) {
    this.#trace = trace;
    this.#watchdog = watchdog;
    this.#outputs = outputs;
    this.#next = next;
  }

  /** Keeps account of a record that was made or taken over. */
  see(record: TraceRecord): void {
    if (record.kind === 'actor') {
      if (record.op === 'started') this.#logics.set(record.actor, record.logic);
      else this.#logics.delete(record.actor);
    } else if (record.kind === 'hal.in' && record.device === 'output' && record.op === 'opened') {
      this.#linesOpen = true;
      this.#closing = false;
    } else if (
      record.kind === 'hal.out' &&
      record.device === this.#outputs.at(-1) &&
      record.op === 'release'
    ) {
      // The last of them: they are let go one after the other.
      if (!this.#releasing) this.#linesOpen = false;
    } else if (record.kind === 'note' && record.note === 'root-died') this.#closing = true;
  }

  /** Whether a device lets the lines go about now, at a moment of its own. */
  get mayLetGo(): boolean {
    return this.#closing && this.#linesOpen;
  }

  /**
   * Gives the machines what the record says came from outside. False when nobody waits for it. Throws BadInput for
   * what cannot have come.
   */
  deliver(event: Event): boolean {
    const key = this.#keyOf(event.from);
    if (key === undefined) return false;
    if (event.event.startsWith(done) || event.event.startsWith(failed)) {
      const pending = this.#pending.get(key);
      this.#pending.delete(key);
      if (event.event.startsWith(done)) pending?.resolve(fieldAt(event.data, 'output'));
      else pending?.reject(errorOf(event.data));
      return pending !== undefined;
    }
    const send = this.#senders.get(key);
    send?.(event);
    return send !== undefined;
  }

  async start(): Promise<StartReport> {
    return startReportOf(await this.#answer('device start'));
  }

  async selfTest(): Promise<void> {
    this.#release();
    await this.#answer('device self-test');
  }

  async recover(): Promise<void> {
    this.#closing = true;
    await this.#answer('device recover');
  }

  async stop(): Promise<void> {
    this.#closing = true;
    this.#release();
    this.#linesOpen = false;
    await this.#answer('device stop');
  }

  async makeSafe(): Promise<void> {
    this.#release();
    await this.#answer('device make safe');
  }

  /** The root has died: a device lets its lines go at once. */
  abandon(): void {
    this.#closing = true;
    this.#release();
    this.#linesOpen = false;
  }

  bootIsGood(): void {}

  async switchOn(device: string, grant: LineGrant | null): Promise<void> {
    if (this.#linesOpen && grant !== null) {
      this.#trace.halOut(device, 'grant', { on: true, grantId: grant.grantId });
    }
    await this.#answer(`${this.#machineOf(device)} switch on`);
  }

  async watchLine(device: string): Promise<void> {
    await this.#answer(`${this.#machineOf(device)} watch the line`);
  }

  async switchOff(device: string): Promise<void> {
    this.#release([device]);
    await this.#answer(`${this.#machineOf(device)} switch off`);
  }

  #machineOf(device: string): string {
    return device === this.#outputs[0] ? 'device/output' : `device/outputs/output:${device}`;
  }

  watchInputs(send: (event: InputEvent) => void): () => void {
    this.#listenTo('device/door watch the inputs', (event) => send(inputEventOf(event)));
    return () => undefined;
  }

  sound(): void {}

  async feed(): Promise<void> {
    if (this.#watchdog) this.#trace.halOut('watchdog', 'feed');
    await this.#answer('device/watchdog feed');
  }

  async openCamera(): Promise<void> {
    await this.#answer('device/vision open camera');
  }

  look(send: (event: LookEvent) => void): LookingHands {
    this.#listenTo('device/vision look', (event) => send(lookEventOf(event)));
    return { setPace: () => undefined, spare: () => undefined, stop: () => undefined };
  }

  watchBoard(tell: (event: BoardStrained | BoardEased) => void): void {
    this.#listenTo('device watch the board', (event) => tell(boardEventOf(event)));
  }

  async reloadModels(): Promise<void> {
    await this.#answer('device/vision reload models');
  }

  watchCamera(appeared: () => void): void {
    this.#listenTo('device/vision watch for the camera', appeared);
  }

  async openMicrophone(): Promise<void> {
    await this.#answer('device/hearing open microphone');
  }

  listen(send: (event: ListenEvent) => void): () => void {
    this.#listenTo('device/hearing listen', (event) => send(listenEventOf(event)));
    return () => undefined;
  }

  async nameVoice(): Promise<VoiceEvidence> {
    return voiceEvidenceOf(await this.#answer('device/hearing name the voice'));
  }

  async reloadVoices(): Promise<void> {
    await this.#answer('device/hearing reload models');
  }

  watchMicrophone(appeared: () => void): void {
    this.#listenTo('device/hearing watch for the microphone', appeared);
  }

  #release(devices = this.#outputs): void {
    if (!this.#linesOpen) return;
    this.#releasing = true;
    for (const device of devices) this.#trace.halOut(device, 'release', { on: false });
    this.#releasing = false;
  }

  #answer(key: string): Promise<Event['data'][string] | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Event['data'][string] | undefined>();
    this.#pending.set(key, { resolve, reject });
    return promise;
  }

  /** What was sent, or thrown, while it was being started is next in the recording. */
  #listenTo(key: string, send: (event: Event) => void): void {
    this.#senders.set(key, send);
    for (let next = this.#next(); next?.kind === 'event'; next = this.#next()) {
      if (this.#keyOf(next.from) !== key) return;
      if (next.event.startsWith(failed)) throw errorOf(next.data);
      send(next);
      if (this.#next() === next) return;
    }
  }

  #keyOf(path: string | null): string | undefined {
    const logic = path === null ? undefined : this.#logics.get(path);
    return logic === undefined ? undefined : `${path?.slice(0, path.lastIndexOf('/'))} ${logic}`;
  }
}
