import type { Clock, TimerId } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { HardwareWatchdog } from '../contract/watchdog.ts';
import { openLibc } from './libc.ts';

/** A third of the time that the watchdog waits: two feeds may be late. */
const feedsPerTimeout = 3;

/**
 * The service manager that started this process: it is told when the service is ready, how it is, and, where the unit
 * has a watchdog, that it lives (sd_notify(3)).
 */
export class SystemdService {
  readonly #send: (text: string) => void;
  readonly #clock: Clock;
  /** How long the watchdog waits; undefined where the unit has none. */
  readonly watchdogMs: number | undefined;
  #status = '';
  #between: TimerId | undefined;
  #stopping = false;

  /** Use `systemdService`. */
  constructor(send: (text: string) => void, clock: Clock, watchdogMs: number | undefined) {
    this.#send = send;
    this.#clock = clock;
    this.watchdogMs = watchdogMs;
  }

  /** The service runs. Throws HalError when systemd cannot be told. */
  ready(): void {
    this.#send('READY=1');
  }

  /** One line for `systemctl status`; one that cannot be told is lost, which harms nothing. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    try {
      this.#send(`STATUS=${text.replaceAll('\n', ' ')}`);
    } catch {
      // the next one may get through
    }
  }

  /** The service ends: from now on the unit's own time for stopping counts and no watchdog. */
  stopping(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#rest();
    try {
      this.#send('STOPPING=1');
    } catch {
      // it sees the end of the process
    }
  }

  /**
   * The watchdog for one life of a device; null where the unit has none. When it is closed the process goes on feeding
   * until the next life feeds: nothing runs then that could hang. One that is not closed and not fed means a hang,
   * and systemd ends the process.
   */
  watchdog(): HardwareWatchdog | null {
    const timeoutMs = this.watchdogMs;
    if (timeoutMs === undefined) return null;
    let closed = false;
    const close = async () => {
      if (!closed) this.#feedMeanwhile(timeoutMs / feedsPerTimeout);
      closed = true;
    };
    return {
      name: 'watchdog',
      timeoutMs,
      feed: async () => {
        if (closed) throw new HalError('closed', 'watchdog', 'it was closed');
        this.#rest();
        this.#send('WATCHDOG=1');
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  #feedMeanwhile(intervalMs: number): void {
    this.#rest();
    if (this.#stopping) return;
    const feed = () => {
      this.#between = this.#clock.setTimeout(feed, intervalMs);
      try {
        this.#send('WATCHDOG=1');
      } catch {
        // the next one may get through
      }
    };
    feed();
  }

  #rest(): void {
    if (this.#between !== undefined) this.#clock.clearTimeout(this.#between);
    this.#between = undefined;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The manager of this process; null where it is no service that notifies. Throws HalError `unsupported` where the
 * system cannot be called, `io` when the socket that the environment names cannot be used.
 */
export function systemdService(
  clock: Clock,
  environment: Environment = process.env,
  pid = process.pid,
): SystemdService | null {
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched } = environment;
  if (path === undefined || path === '') return null;
  const timeoutMs = Number(microseconds ?? Number.NaN) / 1000;
  const mine = watched === undefined || Number(watched) === pid;
  return new SystemdService(openNotifySocket(path), clock, mine && timeoutMs > 0 ? timeoutMs : undefined);
}

const family = { unix: 1 };
/** SOCK_DGRAM, and SOCK_CLOEXEC: children must not speak for us. Neither Bun nor Node has such sockets. */
const datagram = 2 | 0x8_0000;
/** MSG_NOSIGNAL and MSG_DONTWAIT: a manager that does not read must not stop the event loop. */
const sendFlags = 0x4000 | 0x40;
const longestPath = 107;

/** Gives how to send a text to the Unix datagram socket at `path`; a leading `@` means Linux's abstract namespace. */
function openNotifySocket(path: string): (text: string) => void {
  const { symbols, result } = openLibc('systemd', {
    socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    sendto: { args: ['i32', 'ptr', 'u64', 'i32', 'ptr', 'u32'], returns: 'i32' },
  });
  const place = Buffer.from(path.replace(/^@/, '\0'), 'utf8');
  if (place.length > longestPath) throw new HalError('io', 'systemd', 'the path of its socket is too long');
  // struct sockaddr_un: the family in two bytes, then the path; an abstract name has no zero after it.
  const address = Buffer.alloc(2 + place.length + (path.startsWith('@') ? 0 : 1));
  address.writeUInt16LE(family.unix, 0);
  place.copy(address, 2);
  const fd = result(symbols.socket(family.unix, datagram, 0));
  if (fd < 0) throw new HalError('io', 'systemd', `no socket could be made (errno ${-fd})`);
  return (text) => {
    const bytes = Buffer.from(text, 'utf8');
    const sent = result(symbols.sendto(fd, bytes, bytes.length, sendFlags, address, address.length));
    if (sent < 0) throw new HalError('io', 'systemd', `it could not be told (errno ${-sent})`);
  };
}
