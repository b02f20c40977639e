import type { GpioKernel } from '../../../hal/linux/gpio-kernel.ts';

/**
 * A GPIO kernel without hardware, for one line's worth of what the driver does: it reads and writes the same bytes
 * at the offsets of linux/gpio.h, written down here a second time, and answers with errno as Linux 6.1 does.
 * It is no proof of what a real chip does.
 */
export interface FakeChip {
  readonly label: string;
  readonly lines: number;
}

interface FakeLine {
  fd: number | undefined;
  version: 1 | 2;
  direction: 'in' | 'out';
  activeLow: boolean;
  consumer: string;
  edges: boolean;
  events: Uint8Array[];
  sequence: number;
  wake: (() => void) | undefined;
  cancelled: boolean;
}

const [EPERM, ENOENT, EBADF, EAGAIN, EACCES, EBUSY, ENODEV, EINVAL, ENOTTY] = [
  1, 2, 9, 11, 13, 16, 19, 22, 25,
];

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replace(/\0.*$/s, '');

export class FakeGpio implements GpioKernel {
  /** Which versions of the interface the kernel has. */
  versions: readonly (1 | 2)[] = [1, 2];
  /** What an unknown ioctl of a chip gets: EINVAL to Linux 5.9, ENOTTY in some drivers. */
  unknownCall = EINVAL;
  denied = false;
  gone = false;
  /** Answers the next request for a line with this. */
  refusal: number | undefined;
  /** Electrical levels, by `label:offset`; what a meter would show. */
  readonly levels = new Map<string, boolean>();
  /** Every electrical level a line was given, in order, and `let go`. */
  readonly history: string[] = [];
  /** Every request for a line, as it came. */
  readonly requests: { request: number; bytes: Uint8Array }[] = [];
  readonly #chips: readonly FakeChip[];
  readonly #lines = new Map<string, FakeLine>();
  readonly #open = new Map<number, { chip: FakeChip } | { key: string }>();
  readonly #unblocked = new Set<number>();
  #nextFd = 100;

  constructor(...chips: FakeChip[]) {
    this.#chips = chips;
  }

  chipPaths(): string[] {
    return this.gone ? [] : this.#chips.map((_, i) => `/dev/gpiochip${i}`);
  }

  open(path: string): number {
    const chip = this.#chips[Number(path.replace('/dev/gpiochip', ''))];
    if (chip === undefined || this.gone) return -ENOENT;
    if (this.denied) return -EACCES;
    const fd = this.#nextFd++;
    this.#open.set(fd, { chip });
    return fd;
  }

  close(fd: number): void {
    const opened = this.#open.get(fd);
    if (opened === undefined) throw new Error(`descriptor ${fd} is closed twice`);
    this.#open.delete(fd);
    if (!('key' in opened)) return;
    this.#lines.delete(opened.key);
    this.history.push(`${opened.key} let go`);
  }

  /** Descriptors that are open now. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Drives a line from outside. */
  drive(key: string, high: boolean): void {
    if ((this.levels.get(key) ?? false) === high) return;
    this.levels.set(key, high);
    const line = this.#lines.get(key);
    if (line?.edges !== true) return;
    line.sequence++;
    line.events.push(event(line, high !== line.activeLow));
    line.wake?.();
  }

  /** Another program takes a line. */
  occupy(key: string, consumer: string): void {
    this.#lines.set(key, newLine(2, 'out', false, consumer));
  }

  /** Loses the oldest event of a line, as a full buffer does. */
  dropOldestEvent(key: string): void {
    this.#lines.get(key)?.events.shift();
  }

  /** The chip is unplugged, under whoever holds its lines; `silently` as before Linux 6.7, which wakes nobody then. */
  unplug({ silently = false } = {}): void {
    this.gone = true;
    if (silently) return;
    for (const line of this.#lines.values()) line.wake?.();
  }

  plugIn(): void {
    this.gone = false;
  }

  holder(key: string): FakeLine | undefined {
    return this.#lines.get(key);
  }

  neverBlock(fd: number): number {
    this.#unblocked.add(fd);
    return 0;
  }

  read(fd: number, bytes: Uint8Array): number {
    const line = this.#lineOf(fd);
    if (line === undefined) return -EBADF;
    if (!this.#unblocked.has(fd)) throw new Error('this read would block');
    const [first] = line.events.splice(0, 1);
    if (first === undefined) return -EAGAIN;
    bytes.set(first);
    return first.length;
  }

  events(fd: number) {
    const line = this.#lineOf(fd);
    if (line === undefined) throw new Error(`descriptor ${fd} is not open`);
    if (!this.#unblocked.has(fd)) throw new Error('reading this descriptor would stop the event loop');
    line.cancelled = false;
    return {
      next: async () => {
        for (;;) {
          if (line.cancelled) return undefined;
          if (this.gone) throw new Error('ENODEV: no such device, read');
          const waiting = line.events.splice(0);
          if (waiting.length > 0) return Buffer.concat(waiting);
          await new Promise<void>((resolve) => {
            line.wake = resolve;
          });
        }
      },
      cancel: async () => {
        line.cancelled = true;
        line.wake?.();
      },
    };
  }

  ioctl(fd: number, request: number, bytes: Uint8Array): number {
    const opened = this.#open.get(fd);
    if (opened === undefined) return -EBADF;
    if (this.gone) return -ENODEV;
    return 'chip' in opened
      ? this.#chipCall(opened.chip, request, bytes)
      : this.#lineCall(opened.key, request, bytes);
  }

  #chipCall(chip: FakeChip, request: number, bytes: Uint8Array): number {
    const fields = new DataView(bytes.buffer);
    const [v1, v2] = [this.versions.includes(1), this.versions.includes(2)];
    switch (request) {
      case 0x8044b401:
        check(bytes, 68);
        bytes.set(new TextEncoder().encode(chip.label), 32);
        fields.setUint32(64, chip.lines, true);
        return 0;
      case 0xc250b407: {
        if (!v2) return -this.unknownCall;
        check(bytes, 592);
        const flags = Number(fields.getBigUint64(288, true));
        const on =
          fields.getUint32(296, true) === 1 && fields.getUint32(320, true) === 2
            ? fields.getBigUint64(328, true) === 1n && fields.getBigUint64(336, true) === 1n
            : undefined;
        if (fields.getUint32(560, true) !== 1) return -EINVAL;
        const consumer = decode(bytes.subarray(256, 288));
        const want = { activeLow: (flags & 2) !== 0, edges: (flags & 0x30) === 0x30, on, consumer };
        const direction =
          (flags & 8) !== 0 ? ('out' as const) : (flags & 4) !== 0 ? ('in' as const) : undefined;
        return this.#take(chip, 2, request, bytes, fields.getUint32(0, true), direction, want, 588);
      }
      case 0xc16cb403: {
        if (!v1) return -this.unknownCall;
        check(bytes, 364);
        const flags = fields.getUint32(256, true);
        if (fields.getUint32(356, true) !== 1) return -EINVAL;
        const consumer = decode(bytes.subarray(324, 356));
        const want = { activeLow: (flags & 4) !== 0, edges: false, on: bytes[260] === 1, consumer };
        const direction = (flags & 2) !== 0 ? ('out' as const) : ('in' as const);
        return this.#take(chip, 1, request, bytes, fields.getUint32(0, true), direction, want, 360);
      }
      case 0xc030b404: {
        if (!v1) return -this.unknownCall;
        check(bytes, 48);
        const flags = fields.getUint32(4, true);
        if (flags & 2) return -EINVAL;
        const consumer = decode(bytes.subarray(12, 44));
        const edges = fields.getUint32(8, true) === 3;
        const want = { activeLow: (flags & 4) !== 0, edges, on: undefined, consumer };
        return this.#take(chip, 1, request, bytes, fields.getUint32(0, true), 'in', want, 44);
      }
      case 0xc100b405: {
        if (!v2) return -this.unknownCall;
        check(bytes, 256);
        const line = this.#lines.get(`${chip.label}:${fields.getUint32(64, true)}`);
        bytes.set(new TextEncoder().encode(line?.consumer ?? ''), 32);
        fields.setBigUint64(72, line === undefined ? 0n : 1n, true);
        return 0;
      }
      case 0xc048b402: {
        if (!v1) return -this.unknownCall;
        check(bytes, 72);
        const line = this.#lines.get(`${chip.label}:${fields.getUint32(0, true)}`);
        bytes.set(new TextEncoder().encode(line?.consumer ?? ''), 40);
        fields.setUint32(4, line === undefined ? 0 : 1, true);
        return 0;
      }
      default:
        return -ENOTTY;
    }
  }

  #take(
    chip: FakeChip,
    version: 1 | 2,
    request: number,
    bytes: Uint8Array,
    offset: number,
    direction: 'in' | 'out' | undefined,
    want: { activeLow: boolean; edges: boolean; on: boolean | undefined; consumer: string },
    fdAt: number,
  ): number {
    this.requests.push({ request, bytes: bytes.slice() });
    if (this.refusal !== undefined) return -this.refusal;
    if (offset >= chip.lines || direction === undefined) return -EINVAL;
    const key = `${chip.label}:${offset}`;
    if (this.#lines.has(key)) return -EBUSY;
    const line = newLine(version, direction, want.activeLow, want.consumer);
    line.edges = want.edges;
    line.fd = this.#nextFd++;
    this.#lines.set(key, line);
    this.#open.set(line.fd, { key });
    if (direction === 'out') this.#put(key, (want.on ?? false) !== want.activeLow);
    new DataView(bytes.buffer).setInt32(fdAt, line.fd, true);
    return 0;
  }

  #lineCall(key: string, request: number, bytes: Uint8Array): number {
    const line = this.#lines.get(key);
    if (line === undefined) return -EBADF;
    const fields = new DataView(bytes.buffer);
    const level = (this.levels.get(key) ?? false) !== line.activeLow;
    switch (request) {
      case 0xc010b40f:
        if (line.version !== 2) return -EINVAL;
        check(bytes, 16);
        if (line.direction !== 'out') return -EPERM;
        if (fields.getBigUint64(8, true) !== 1n) return -EINVAL;
        this.#put(key, (fields.getBigUint64(0, true) === 1n) !== line.activeLow);
        return 0;
      case 0xc010b40e:
        if (line.version !== 2) return -EINVAL;
        check(bytes, 16);
        if (fields.getBigUint64(8, true) !== 1n) return -EINVAL;
        fields.setBigUint64(0, level ? 1n : 0n, true);
        return 0;
      case 0xc040b409:
        if (line.version !== 1) return -EINVAL;
        check(bytes, 64);
        if (line.direction !== 'out') return -EPERM;
        this.#put(key, (bytes[0] === 1) !== line.activeLow);
        return 0;
      case 0xc040b408:
        if (line.version !== 1) return -EINVAL;
        check(bytes, 64);
        bytes[0] = level ? 1 : 0;
        return 0;
      default:
        return -EINVAL;
    }
  }

  /** Held at a level, whatever is written. */
  readonly stuck = new Map<string, boolean>();

  #put(key: string, high: boolean): void {
    this.levels.set(key, this.stuck.get(key) ?? high);
    this.history.push(`${key} ${high ? 'high' : 'low'}`);
  }

  #lineOf(fd: number): FakeLine | undefined {
    const opened = this.#open.get(fd);
    return opened !== undefined && 'key' in opened ? this.#lines.get(opened.key) : undefined;
  }
}

function newLine(version: 1 | 2, direction: 'in' | 'out', activeLow: boolean, consumer: string): FakeLine {
  return {
    ...{ fd: undefined, version, direction, activeLow, consumer, edges: false, events: [] },
    ...{ sequence: 0, wake: undefined, cancelled: false },
  };
}

/** struct gpio_v2_line_event, or gpioevent_data. */
function event(line: FakeLine, on: boolean): Uint8Array {
  const bytes = new Uint8Array(line.version === 2 ? 48 : 16);
  const fields = new DataView(bytes.buffer);
  fields.setUint32(8, on ? 1 : 2, true);
  if (line.version === 2) {
    fields.setUint32(16, line.sequence, true);
    fields.setUint32(20, line.sequence, true);
  }
  return bytes;
}

/** The kernel copies as much as the number of the call says; a shorter structure would be somebody else's memory. */
function check(bytes: Uint8Array, size: number): void {
  if (bytes.length !== size)
    throw new Error(`a structure of ${bytes.length} bytes where the kernel takes ${size}`);
}
