import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import { withoutPasswords } from './redact.ts';

/** After SIGTERM a child has this long to end before it is killed. */
const defaultKillAfterMs = 1000;

/** How much of the child's stderr is kept for messages. */
const stderrTailChars = 4096;

export interface ChildOptions {
  /** Program and arguments; no shell is involved. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly clock: Clock;
  /** What the person can do when the program is not installed: the install line. */
  readonly installHint: string;
  readonly killAfterMs?: number;
  /** Where it is started; by default where this process was. */
  readonly directory?: string;
  /** What the kernel sends when this process dies; SIGTERM for a child that has something to make safe first. */
  readonly deathSignal?: 'SIGKILL' | 'SIGTERM';
  /** Variables beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * For a program whose libraries print on stdout: what it writes to descriptor 3 is its `stdout` here, and what it
   * prints goes to `stderr`.
   */
  readonly dataOnFd3?: boolean;
  /** Together with `dataOnFd3`: what `writeControl` is given, the program reads from descriptor 4. */
  readonly controlOnFd4?: boolean;
  /** Hears what the child writes on stderr, as it comes. */
  readonly onStderr?: (text: string) => void;
}

export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A child whose stdout is the stream of a device. */
export type PipedChild = Pick<Child, 'name' | 'stdout' | 'stop' | 'stderr' | 'signal'>;

/** How such a child ended. */
export interface PipeEnd extends ChildEnd {
  readonly stderr: string;
  /** Tells an end from a failure to begin. */
  readonly gaveData: boolean;
}

/**
 * A child process that cannot outlive its use: it leads a process group of its own (a Ctrl-C at the terminal does
 * not reach it, its own children go with it), is ended by SIGTERM and then SIGKILL (which also ends one that is
 * stopped), is reaped, and is killed when this process ends, where the system can do that (see `deathWrapper`).
 * It has no stdin and no descriptor but its own stdout and stderr.
 */
export class Child {
  readonly name: string;
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Settles when the process has ended and is reaped, whoever ended it. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  readonly #control: Bun.FileSink | undefined;
  readonly #clock: Clock;
  readonly #killAfterMs: number;
  readonly #stderrDone: Promise<void>;
  #stderrTail = '';
  #running = true;

  /** Starts the program. Throws HalError `not-found` with the install line when it is not on the PATH. */
  constructor(options: ChildOptions) {
    const [program, ...args] = options.command;
    // The PATH as it is now: Bun's own default is that of its start.
    const path = Bun.which(program, { PATH: process.env.PATH ?? '' });
    if (path === null) {
      throw new HalError('not-found', program, `is not installed. ${options.installHint}`, {
        retryable: false,
      });
    }
    const control = options.controlOnFd4 === true ? ' 4<&0 0</dev/null' : '';
    const redirect =
      options.dataOnFd3 === true ? ['/bin/sh', '-c', `exec "$0" "$@" 3>&1 1>&2${control}`] : [];
    const child = Bun.spawn([...deathWrapper(options.deathSignal ?? 'SIGKILL'), ...redirect, path, ...args], {
      stdin: control === '' ? 'ignore' : 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      detached: true,
      ...(options.directory === undefined ? {} : { cwd: options.directory }),
      env: { ...process.env, ...options.environment },
    });
    this.name = program;
    this.pid = child.pid;
    this.stdout = child.stdout;
    this.#control = child.stdin;
    this.#clock = options.clock;
    this.#killAfterMs = options.killAfterMs ?? defaultKillAfterMs;
    this.#stderrDone = this.#keepTail(child.stderr, options.onStderr);
    running.add(this);
    killAllOnExit();
    this.ended = child.exited.then(() => {
      this.#running = false;
      running.delete(this);
      signalGroup(this.pid, 'SIGKILL'); // whatever the child left behind in its group
      return {
        exitCode: child.exitCode,
        signal: child.signalCode === null ? null : String(child.signalCode),
      };
    });
  }

  /** The end of what the child wrote on stderr, without passwords. Whole once the child has ended. */
  async stderr(): Promise<string> {
    if (!this.#running) await this.#stderrDone;
    return withoutPasswords(this.#stderrTail).trim();
  }

  /** Sends bytes to descriptor 4; lost when the child has ended. */
  writeControl(bytes: Uint8Array): void {
    if (this.#control === undefined || !this.#running) return;
    try {
      this.#control.write(bytes);
      Promise.resolve(this.#control.flush()).catch(() => undefined);
    } catch {
      // It has just ended; whoever reads its stdout learns that.
    }
  }

  /** The child reads the end of file on descriptor 4. */
  endControl(): void {
    if (this.#running) Promise.resolve(this.#control?.end()).catch(() => undefined);
  }

  /** Ends the child; resolves when it is reaped. */
  async stop(): Promise<ChildEnd> {
    if (!this.#running) return this.ended;
    this.signal('SIGTERM');
    const killTimer = this.#clock.setTimeout(() => this.signal('SIGKILL'), this.#killAfterMs);
    const end = await this.ended;
    this.#clock.clearTimeout(killTimer);
    return end;
  }

  /** Sends a signal to the child's whole process group; does nothing when it has ended. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#running) signalGroup(this.pid, name);
  }

  async #keepTail(stream: ReadableStream<Uint8Array>, onText: ChildOptions['onStderr']): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      onText?.(text);
      this.#stderrTail = (this.#stderrTail + text).slice(-stderrTailChars);
    }
  }
}

/** Children of this process that have not ended. */
const running = new Set<Child>();
let exitHooked = false;

/** An orderly exit takes the children along, also where the system has no parent-death signal. */
function killAllOnExit(): void {
  if (exitHooked) return;
  exitHooked = true;
  process.on('exit', () => {
    for (const child of running) child.signal('SIGKILL');
  });
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is gone already.
  }
}

let setpriv: string | null | undefined;

/**
 * `setpriv --pdeathsig KILL`: the kernel kills the child when this process dies, even by kill -9. In util-linux
 * since 2.33; on older systems a child that writes to us dies of the broken pipe instead.
 */
function deathWrapper(signal: 'SIGKILL' | 'SIGTERM'): readonly string[] {
  if (setpriv === undefined) {
    setpriv = Bun.which('setpriv');
    const help = setpriv === null ? undefined : Bun.spawnSync([setpriv, '--help'], { stderr: 'ignore' });
    if (help?.stdout.includes('--pdeathsig') !== true) setpriv = null;
  }
  return setpriv === null ? [] : [setpriv, '--pdeathsig', signal.slice('SIG'.length), '--'];
}
