import { join } from 'node:path';
import type { Clock, TimerId } from '../contract/clock.ts';
import { asHalError, HalError } from '../contract/errors.ts';
import type { ActuatorLine, LineKeeper } from '../contract/keeper.ts';
import {
  encode,
  MessageReader,
  parseReply,
  protocolVersion,
  type Reply,
  type Request,
  replyError,
} from './protocol.ts';

export interface KeeperConnectOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  /** An answer that takes longer means that the keeper hangs; 1 s by default. */
  readonly replyTimeoutMs?: number;
  /** Told once when the connection is lost without `close`: the keeper died, hangs, or cut us off. */
  readonly onLost?: (error: HalError) => void;
}

export interface KeeperStartOptions extends KeeperConnectOptions {
  readonly linesPath: string;
  /** How long the keeper may take until it listens; 5 s by default. */
  readonly startTimeoutMs?: number;
}

/** A request without its number. */
type Ask = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

type Accepted = Extract<Reply, { ok: true }>;

interface Waiting {
  readonly resolve: (reply: Accepted) => void;
  readonly reject: (error: HalError) => void;
  readonly timer: TimerId;
}

/** A keeper that was started for one client ends when that client has been gone for this long. */
const exitWhenIdleMs = 2000;

/** A keeper that does not end on SIGTERM within this time hangs; it lets go of unsafe lines sooner. */
const killAfterMs = 3000;

/** The keeper's exit code when another one holds its lines or its socket. */
const heldElsewhere = 3;

/** Longer than `exitWhenIdleMs`: the keeper of a client that died just now ends by itself, lines safe. */
const waitForLinesMs = 2500;

/** Heartbeats for each time of silence that the keeper bears: two may be late. */
const heartbeatsPerSilence = 3;

/**
 * The firmware's end of the keeper process. Heartbeats come from the event loop: when it is blocked or stopped,
 * they stop, and the keeper brings the lines to their safe level. A lost connection is not made again; whoever
 * owns the client opens a new one.
 */
export class KeeperClient implements LineKeeper {
  readonly name = 'line keeper';
  readonly lines: readonly ActuatorLine[];
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #process: Bun.Subprocess | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    clock: Clock,
    link: Link,
    lines: readonly ActuatorLine[],
    process: Bun.Subprocess | undefined,
  ) {
    this.#clock = clock;
    this.#link = link;
    this.lines = lines;
    this.#process = process;
  }

  /**
   * Connects to a running keeper. Rejects with HalError: `not-found` when none listens, `busy` when it has a
   * client, `unsupported` when it speaks another version, `timeout` when it does not answer.
   */
  static async connect(options: KeeperConnectOptions, signal: AbortSignal): Promise<KeeperClient> {
    return KeeperClient.#connect(options, signal, undefined);
  }

  /**
   * Starts a keeper process of our own and connects to it. The process is in a session of its own and outlives
   * this one by some seconds, lines safe. Rejects with HalError: `busy` when another keeper goes on holding the
   * lines, `timeout` when it does not start, `invalid-argument` for a bad file of lines, or as `connect` does.
   */
  static async start(options: KeeperStartOptions, signal: AbortSignal): Promise<KeeperClient> {
    signal.throwIfAborted();
    const { clock, linesPath, startTimeoutMs = 5000 } = options;
    const deadline = new AbortController();
    const timer = clock.setTimeout(() => deadline.abort(), startTimeoutMs);
    const process = spawnKeeper(options);
    try {
      const exitCode = await readyOrExit(process, AbortSignal.any([signal, deadline.signal]));
      if (exitCode === undefined) return await KeeperClient.#connect(options, signal, process);
      if (exitCode === heldElsewhere) {
        throw new HalError('busy', 'line keeper', `another keeper holds the lines of ${linesPath}`);
      }
      const what = `did not start (exit code ${exitCode}); it says why on stderr`;
      throw new HalError('invalid-argument', 'line keeper', what);
    } catch (error) {
      process.kill('SIGTERM');
      signal.throwIfAborted();
      if (!deadline.signal.aborted) throw error;
      throw new HalError('timeout', 'line keeper', `did not start within ${startTimeoutMs} ms`);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  static async #connect(
    options: KeeperConnectOptions,
    signal: AbortSignal,
    process: Bun.Subprocess | undefined,
  ): Promise<KeeperClient> {
    signal.throwIfAborted();
    const link = await Link.open(options);
    const onAbort = () => link.lose(new HalError('closed', 'line keeper', 'connecting was given up'));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const { lines = [], silenceMs = 1500 } = await link.ask({ op: 'hello', version: protocolVersion });
      link.established(silenceMs / heartbeatsPerSilence);
      return new KeeperClient(options.clock, link, lines, process);
    } catch (error) {
      link.lose(asHalError(error, 'line keeper'));
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async grant(line: string, leaseMs: number): Promise<void> {
    checkLeaseMs(line, leaseMs);
    await this.#link.ask({ op: 'grant', line, leaseMs });
  }

  async renew(line: string, leaseMs: number): Promise<void> {
    checkLeaseMs(line, leaseMs);
    await this.#link.ask({ op: 'renew', line, leaseMs });
  }

  async release(line: string): Promise<void> {
    await this.#link.ask({ op: 'release', line });
  }

  async read(line: string): Promise<boolean> {
    const { on } = await this.#link.ask({ op: 'read', line });
    if (on === undefined) throw new HalError('io', line, 'the keeper answered without a level');
    return on;
  }

  /** Lets go: the keeper makes every line safe. One that was started by us is ended, and waited for. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.allSettled(this.lines.map((line) => this.release(line.name)));
      this.#link.lose(new HalError('closed', this.name, 'the client was closed'));
      if (this.#process !== undefined) await this.#endProcess(this.#process);
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #endProcess(process: Bun.Subprocess): Promise<void> {
    process.kill('SIGTERM');
    const kill = this.#clock.setTimeout(() => process.kill('SIGKILL'), killAfterMs);
    await process.exited;
    this.#clock.clearTimeout(kill);
  }
}

/** A connection: numbers the requests, matches the answers, sends the heartbeats. */
class Link {
  readonly #clock: Clock;
  readonly #replyTimeoutMs: number;
  readonly #onLost: ((error: HalError) => void) | undefined;
  readonly #reader = new MessageReader();
  readonly #waiting = new Map<number, Waiting>();
  #socket: { write(text: string): number; end(): unknown } | undefined;
  #nextId = 1;
  #lost: HalError | undefined;
  #established = false;
  #heartbeat: TimerId | undefined;

  private constructor(options: KeeperConnectOptions) {
    this.#clock = options.clock;
    this.#replyTimeoutMs = options.replyTimeoutMs ?? 1000;
    this.#onLost = options.onLost;
  }

  static async open(options: KeeperConnectOptions): Promise<Link> {
    const link = new Link(options);
    const gone = () => link.lose(new HalError('disconnected', 'line keeper', 'the keeper has gone'));
    try {
      link.#socket = await Bun.connect({
        unix: options.socketPath,
        socket: { data: (_socket, chunk) => link.#receive(chunk), close: gone, end: gone, error: gone },
      });
    } catch (error) {
      throw new HalError('not-found', 'line keeper', `no keeper listens at ${options.socketPath}`, {
        cause: error,
      });
    }
    return link;
  }

  /** The keeper has accepted us: from now on it hears from us, and a loss is told. */
  established(heartbeatMs: number): void {
    this.#established = true;
    const beat = () => {
      this.#heartbeat = this.#clock.setTimeout(beat, heartbeatMs);
      this.ask({ op: 'heartbeat' }).catch(() => undefined); // its failure is the loss, told by `lose`
    };
    this.#heartbeat = this.#clock.setTimeout(beat, heartbeatMs);
  }

  ask(request: Ask): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) return reject(this.#lost);
      const id = this.#nextId++;
      const timer = this.#clock.setTimeout(
        () =>
          this.lose(
            new HalError('timeout', 'line keeper', `gave no answer within ${this.#replyTimeoutMs} ms`),
          ),
        this.#replyTimeoutMs,
      );
      this.#waiting.set(id, { resolve, reject, timer });
      const text = encode({ ...request, id });
      if (this.#socket?.write(text) !== Buffer.byteLength(text)) {
        this.lose(new HalError('timeout', 'line keeper', 'the keeper does not read what it is sent'));
      }
    });
  }

  /** Closes the connection, which makes the lines safe; every request that waits, and every later one, fails. */
  lose(error: HalError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    if (this.#heartbeat !== undefined) this.#clock.clearTimeout(this.#heartbeat);
    for (const { reject, timer } of this.#waiting.values()) {
      this.#clock.clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
    this.#socket?.end();
    if (this.#established && error.kind !== 'closed') this.#onLost?.(error);
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const text of this.#reader.push(chunk)) this.#settle(parseReply(text));
    } catch (error) {
      this.lose(new HalError('io', 'line keeper', 'the keeper breaks the protocol', { cause: error }));
    }
  }

  #settle(reply: Reply): void {
    if (!reply.ok && reply.id === null) {
      this.lose(replyError(reply));
      return;
    }
    const waiting = reply.id === null ? undefined : this.#waiting.get(reply.id);
    if (waiting === undefined || reply.id === null) return;
    this.#waiting.delete(reply.id);
    this.#clock.clearTimeout(waiting.timer);
    if (reply.ok) waiting.resolve(reply);
    else waiting.reject(replyError(reply));
  }
}

function checkLeaseMs(line: string, leaseMs: number): void {
  if (Number.isFinite(leaseMs) && leaseMs > 0) return;
  throw new HalError('invalid-argument', line, `a lease of ${leaseMs} ms; it must be more than 0`);
}

/**
 * How Bun runs a keeper: it does little and lives long, so it does without the compilers that make much fast. That is
 * 8 MB less. One of them must stay, or bun:ffi could not call the kernel.
 */
export const keeperRuntime = { flags: ['--smol'], environment: { BUN_JSC_useBaselineJIT: '0' } } as const;

/** Starts the process in a session of its own, so that what ends us (Ctrl-C, a closed terminal) does not end it. */
function spawnKeeper({ socketPath, linesPath }: KeeperStartOptions) {
  const entry = join(import.meta.dir, 'main.ts');
  const keeper = Bun.spawn(
    [
      ...[process.execPath, ...keeperRuntime.flags, entry, '--socket', socketPath, '--lines', linesPath],
      ...['--wait-ms', String(waitForLinesMs), '--exit-when-idle-ms', String(exitWhenIdleMs)],
    ],
    {
      ...{ stdin: 'ignore', stdout: 'pipe', stderr: 'inherit', detached: true },
      env: { ...process.env, ...keeperRuntime.environment },
    },
  );
  keeper.unref();
  return keeper;
}

/** Undefined as soon as the keeper says on stdout that it listens; its exit code when it ends before. */
async function readyOrExit(
  keeper: Bun.Subprocess<'ignore', 'pipe', 'inherit'>,
  signal: AbortSignal,
): Promise<number | undefined> {
  const reader = keeper.stdout.getReader();
  const onAbort = () => void reader.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  const { done } = await reader.read();
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
  await reader.cancel();
  return done ? keeper.exited : undefined;
}
