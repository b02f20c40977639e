import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HalError } from '../../hal/contract/errors.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { FileStore } from '../../hal/linux/file-store.ts';
import { lockFor } from '../../hal/linux/process-lock.ts';
import { type SystemdService, systemdService } from '../../hal/linux/systemd.ts';
import { watchdogDelays } from '../../machines/delays.ts';
import { createStateDirectory } from '../people/state-directory.ts';

/** How the process before this one ended. */
export type LastEnd =
  | 'first-start'
  | 'stopped'
  /** The board lost its power, or was reset. */
  | 'power-lost'
  /** The process did not show that it lives. */
  | 'watchdog'
  | 'out-of-memory'
  | 'killed'
  | 'crashed';

/** In words, for a log; undefined where there is nothing to tell. */
export const lastEndWords: Readonly<Record<LastEnd, string | undefined>> = {
  'first-start': undefined,
  stopped: undefined,
  'power-lost': 'the last run ended without a stop: the power was cut, or the board was reset',
  watchdog: 'the last run hung, and was ended by the watchdog',
  'out-of-memory': 'the last run was ended by the system: memory ran out',
  killed: 'the last run was killed',
  crashed: 'the last run crashed',
};

/** In the state directory: the boot of the system that a process runs in, and how far it has come. */
const lifeKey = 'life';
/** The unit writes systemd's $SERVICE_RESULT there when a process has ended. */
const serviceResultKey = 'service-result';
const pidFile = 'run.pid';

/**
 * What is known of the end before. `life` is what the process before wrote, `bootId` names this boot of the system,
 * `serviceResult` is systemd's word.
 */
export function lastEndOf(
  life: string | undefined,
  bootId: string,
  serviceResult: string | undefined,
): LastEnd {
  if (life === undefined) return 'first-start';
  const [state, boot] = life.trim().split(' ');
  if (state === 'stopped') return 'stopped';
  if (boot !== bootId) return 'power-lost';
  switch (serviceResult?.trim()) {
    case 'watchdog':
      return 'watchdog';
    case 'oom-kill':
      return 'out-of-memory';
    case 'exit-code':
    case 'core-dump':
      return 'crashed';
    default:
      return 'killed';
  }
}

/**
 * This process as the one that runs the device of a state directory: there is no second one, and how it ended is known
 * to the next.
 */
export class ProcessLife implements AsyncDisposable {
  readonly lastEnd: LastEnd;
  /** The manager that started this process; null where none did. */
  readonly service: SystemdService | null;
  readonly #store: FileStore;
  readonly #bootId: string;

  private constructor(
    store: FileStore,
    bootId: string,
    { lastEnd, service }: Pick<ProcessLife, 'lastEnd' | 'service'>,
  ) {
    this.service = service;
    this.#store = store;
    this.#bootId = bootId;
    this.lastEnd = lastEnd;
  }

  /**
   * Rejects with HalError: `busy` names the process which runs already, `invalid-argument` says that the unit's
   * watchdog is too quick. `signal` is the order to end, which the manager hears of. A state directory that cannot be written
   * is no reason not to run: the people's store says what is wrong with it.
   */
  static async begin(directory: string, signal: AbortSignal): Promise<ProcessLife> {
    const clock = new SystemClock();
    const service = systemdService(clock);
    checkWatchdog(service?.watchdogMs);
    createStateDirectory(directory);
    const pidPath = join(directory, pidFile);
    try {
      await lockFor('device', pidPath, clock, clock.nowMs());
    } catch (error) {
      if (!(error instanceof HalError) || error.kind !== 'busy') throw error;
      const who = `process ${pidIn(pidPath) ?? 'unknown'}`;
      const what = `${who} runs the device of ${directory} already: end it, or give this one a place of its own with --state`;
      throw new HalError('busy', 'vigil run', what, { cause: error });
    }
    const store = new FileStore(directory);
    const bootId = bootIdOfSystem();
    const lastEnd = lastEndOf(await textOf(store, lifeKey), bootId, await textOf(store, serviceResultKey));
    const life = new ProcessLife(store, bootId, { lastEnd, service });
    signal.addEventListener('abort', () => service?.stopping(), { once: true });
    try {
      writeFileSync(pidPath, `${process.pid}\n`);
      await store.remove(serviceResultKey);
    } catch {
      // as above
    }
    await life.#write('running');
    return life;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.service?.stopping();
    await this.#write('stopped');
  }

  async #write(state: 'running' | 'stopped'): Promise<void> {
    await this.#store
      .write(lifeKey, new TextEncoder().encode(`${state} ${this.#bootId}\n`))
      .catch(() => undefined);
  }
}

/** A device that would be ended between two feeds would never get anywhere. */
function checkWatchdog(timeoutMs: number | undefined): void {
  const leastMs = 2 * watchdogDelays['feed interval'];
  if (timeoutMs === undefined || timeoutMs >= leastMs) return;
  const what = `WatchdogSec is ${timeoutMs / 1000} s; at least ${leastMs / 1000} s are needed (vigil service install sets 30)`;
  throw new HalError('invalid-argument', 'systemd', what);
}

async function textOf(store: FileStore, key: string): Promise<string | undefined> {
  const bytes = await store.read(key).catch(() => undefined);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** Another one after each start of the system; the same for ever where there is no Linux. */
function bootIdOfSystem(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

function pidIn(path: string): string | undefined {
  try {
    return /^\d+/.exec(readFileSync(path, 'utf8'))?.[0];
  } catch {
    return undefined;
  }
}
