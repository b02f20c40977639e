import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, TimerId } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import { Child, type PipedChild, type PipeEnd } from '../linux/child.ts';
import {
  aliveIntervalMs,
  failedSchema,
  jsonMessage,
  jsonOf,
  type Kind,
  kinds,
  MessageReader,
  message,
  type Piece,
  ProtocolError,
  protocolVersion,
  type Ready,
  readySchema,
  silenceMs,
  startMs,
  type Task,
} from './protocol.ts';

/** The device of an error that is the co-processor's own, and not that of the camera or line that it holds. */
export const coProcessorName = 'native co-processor';

export function isCoProcessorFault(error: unknown): error is HalError {
  return error instanceof HalError && error.device === coProcessorName;
}

/** The program in the folder that `vigil setup native` makes. */
export const programName = 'co-processor.mjs';

export const nodeInstallHint = 'Install Node 18 or newer: https://nodejs.org/en/download';

/** Where the co-processor is installed, and on what time it is watched. */
export interface CoProcessorPlace {
  readonly directory: string;
  readonly clock: Clock;
}

export interface CoProcessorOptions extends CoProcessorPlace {
  readonly task: TaskOf<Task>;
  /** What its device is called in errors. */
  readonly device: string;
  /** A longer message with data is a violation. */
  readonly longestDataBytes: number;
  /** Hears what is neither data nor housekeeping. */
  onMessage?(kind: number, payload: Uint8Array): void;
}

type TaskOf<T> = T extends Task ? Omit<T, 'version'> : never;

/**
 * A Node process that holds one device through an addon that cannot live in this process: its crash ends the device
 * and nothing else. It dies with this process, is killed when it falls silent, and ends by itself, outputs off, when
 * this process does.
 *
 * It is not started again here: whoever opened the device decides when to try again, after a growing wait.
 */
export class CoProcessor implements PipedChild {
  readonly name = coProcessorName;
  /** The payloads of all messages with data, one after the other. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** What it says when the device is open. Rejects with HalError. */
  readonly ready: Promise<Ready>;
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<PipeEnd>;
  readonly #options: CoProcessorOptions;
  readonly #child: Child;
  readonly #ready = Promise.withResolvers<Ready>();
  /** Why it will end, where that is known. */
  #failure: HalError | undefined;
  #nobodyReads = false;
  #heard = false;
  #isReady = false;
  #quietLooks = 0;
  #tick: TimerId | undefined;

  /** Starts it. Throws HalError `unsupported` when it is not installed, `not-found` when Node is not. */
  constructor(options: CoProcessorOptions) {
    this.#options = options;
    const program = join(options.directory, programName);
    if (!existsSync(program)) {
      throw new HalError('unsupported', coProcessorName, 'is not installed. Run: vigil setup native');
    }
    if (Bun.which('node', { PATH: process.env.PATH ?? '' }) === null) {
      const what = `needs Node, which is not installed. ${nodeInstallHint}`;
      throw new HalError('not-found', coProcessorName, what, { retryable: false });
    }
    this.#child = new Child({
      command: ['node', program],
      clock: options.clock,
      installHint: nodeInstallHint,
      dataOnFd3: true,
      controlOnFd4: true,
      // A line is switched off before it is let go; whatever else is held needs nothing, and may be stuck.
      deathSignal: options.task.device === 'output' ? 'SIGTERM' : 'SIGKILL',
    });
    this.ready = this.#ready.promise;
    this.ready.catch(() => undefined); // whoever awaits it hears; it may be nobody
    const data = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
    this.stdout = new ReadableStream<Uint8Array>({
      start: data.resolve,
      cancel: () => {
        this.#nobodyReads = true;
      },
    });
    this.#send(jsonMessage(kinds.task, { ...options.task, version: protocolVersion }));
    this.#look();
    this.ended = data.promise.then((controller) => this.#pump(controller));
  }

  send(kind: Kind, payload?: Uint8Array): void {
    this.#send(message(kind, payload));
  }

  async stop(): Promise<PipeEnd> {
    this.#child.endControl();
    await this.#child.stop();
    return this.ended;
  }

  stderr(): Promise<string> {
    return this.#child.stderr();
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.signal(name);
  }

  /** Why it has ended without being asked to. */
  failure({ exitCode, signal, stderr }: PipeEnd): HalError {
    if (this.#failure !== undefined) return this.#failure;
    const how = signal === null ? `ended with code ${exitCode}` : `crashed (${signal})`;
    const said = stderr.split('\n').at(-1)?.slice(-200) ?? '';
    return new HalError('disconnected', coProcessorName, `${how}${said === '' ? '' : `: ${said}`}`);
  }

  #send(bytes: Uint8Array): void {
    this.#child.writeControl(bytes);
  }

  async #pump(data: ReadableStreamDefaultController<Uint8Array>): Promise<PipeEnd> {
    const reader = this.#child.stdout.getReader();
    const messages = new MessageReader(this.#options.longestDataBytes);
    let gaveData = false;
    try {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        this.#heard = true;
        for (const part of messages.push(piece.value)) {
          if (part.kind !== kinds.data) {
            this.#take(part);
            continue;
          }
          gaveData = true;
          if (!this.#nobodyReads) data.enqueue(part.bytes);
          if (part.ends) this.send(kinds.credit);
        }
      }
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      this.#failWith(new HalError('io', coProcessorName, `broke the protocol: ${what}`, { cause: error }));
      this.signal('SIGKILL');
    }
    const ended = await this.#child.ended;
    if (this.#tick !== undefined) this.#options.clock.clearTimeout(this.#tick);
    await reader.cancel().catch(() => undefined);
    const end = { ...ended, stderr: await this.stderr(), gaveData };
    this.#ready.reject(this.failure(end));
    if (!this.#nobodyReads) data.close();
    return end;
  }

  #take({ kind, bytes }: Piece): void {
    switch (kind) {
      case kinds.alive:
        return;
      case kinds.ready: {
        const ready = readySchema.parse(jsonOf(bytes));
        if (ready.version !== protocolVersion) throw new ProtocolError('it is of another version');
        this.#isReady = true;
        this.#ready.resolve(ready);
        return;
      }
      case kinds.failed: {
        const failed = failedSchema.parse(jsonOf(bytes));
        const device = failed.of === 'device' ? this.#options.device : coProcessorName;
        this.#failWith(new HalError(failed.kind, device, failed.message));
        return;
      }
      default:
        this.#options.onMessage?.(kind, bytes);
    }
  }

  #failWith(error: HalError): void {
    this.#failure ??= error;
  }

  /** Tells that we live, and sees whether it does. */
  #look(): void {
    this.#tick = this.#options.clock.setTimeout(() => {
      this.send(kinds.alive);
      this.#quietLooks = this.#heard ? 0 : this.#quietLooks + 1;
      this.#heard = false;
      const limitMs = this.#isReady ? silenceMs : startMs;
      if (this.#quietLooks * aliveIntervalMs < limitMs) return this.#look();
      this.#failWith(new HalError('timeout', coProcessorName, 'does not answer any more'));
      this.signal('SIGKILL'); // it may be stopped or stuck in the kernel: no use in asking
    }, aliveIntervalMs);
  }
}
