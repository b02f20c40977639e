import { HalError } from '../contract/errors.ts';
import type { LineAddress } from '../contract/gpio.ts';
import {
  chipInfo,
  chipInfoCall,
  type GpioAbi,
  gpioV1,
  gpioV2,
  type LineRequest,
  type LineUsage,
  lineDescriptor,
} from './gpio-abi.ts';
import { chipError, errno, requestError } from './gpio-error.ts';
import type { GpioKernel } from './gpio-kernel.ts';

/** A chip that answered. */
export interface GpioChip {
  readonly path: string;
  readonly label: string;
  readonly lines: number;
}

/** A line that is held: its own descriptor, and the version of the interface that it speaks. Closing it lets it go. */
export interface HeldLine {
  readonly fd: number;
  readonly abi: GpioAbi;
}

/** The newer one first; a kernel that lacks it says EINVAL or ENOTTY. */
const versions = [gpioV2, gpioV1] as const;

/** How a line is written: `tegra-gpio:50`. */
export function lineText({ chip, offset }: LineAddress): string {
  return `${chip}:${offset}`;
}

/** The chips of this machine, and why others cannot be looked into. No line is touched. */
export function listGpioChips(kernel: GpioKernel): { chips: GpioChip[]; errors: HalError[] } {
  const chips: GpioChip[] = [];
  const errors: HalError[] = [];
  for (const path of kernel.chipPaths()) {
    const fd = kernel.open(path);
    if (fd < 0) {
      errors.push(chipError(path, -fd));
      continue;
    }
    try {
      chips.push({ path, ...infoOf(kernel, path, fd) });
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      errors.push(error);
    } finally {
      kernel.close(fd);
    }
  }
  return { chips, errors };
}

/**
 * The chip with this label. Throws HalError: `not-found` when no chip has it, `permission` when it may be one that
 * this user must not open, `invalid-argument` when two chips share the label.
 */
function findGpioChip(kernel: GpioKernel, name: string, label: string): GpioChip {
  const { chips, errors } = listGpioChips(kernel);
  const [chip, other] = chips.filter((candidate) => candidate.label === label);
  if (other !== undefined && chip !== undefined) {
    const where = `${chip.path} and ${other.path}`;
    throw new HalError('invalid-argument', name, `two chips have the label '${label}': ${where}`);
  }
  if (chip !== undefined) return chip;
  const [denied] = errors;
  if (denied !== undefined) throw new HalError(denied.kind, name, denied.message, { cause: denied });
  const there =
    chips.length === 0
      ? 'this machine has no GPIO chip (no /dev/gpiochip*)'
      : `there are: ${chips.map((candidate) => `'${candidate.label}'`).join(', ')}`;
  throw new HalError('not-found', name, `no GPIO chip has the label '${label}'; ${there}`);
}

/** Who has the line now; undefined when the kernel does not say. */
export function usageOf(kernel: GpioKernel, address: LineAddress): LineUsage | undefined {
  return withChip(kernel, 'gpio', address, (fd) => usage(kernel, fd, address.offset));
}

/**
 * Takes a line: as an output it has its first level from the request itself, as an input it tells both edges.
 * Throws HalError: what `findGpioChip` throws, `invalid-argument` for an offset that the chip lacks, `busy` when the
 * line has another owner, `unsupported` when it cannot have this direction or the kernel is too old.
 */
export function takeLine(
  kernel: GpioKernel,
  name: string,
  address: LineAddress,
  direction: 'output' | 'input',
  request: (abi: GpioAbi) => LineRequest,
): HeldLine {
  return withChip(kernel, name, address, (chipFd) => {
    let code = 0;
    for (const abi of versions) {
      const call = request(abi);
      const answer = kernel.ioctl(chipFd, call.request, call.bytes);
      if (answer >= 0) return { fd: lineDescriptor(call), abi };
      // What version 1 says counts only where it exists.
      if (code === 0 || -answer !== errno.ENOTTY) code = -answer;
      if (code !== errno.EINVAL && code !== errno.ENOTTY) break;
    }
    const holder = code === errno.EBUSY ? (usage(kernel, chipFd, address.offset)?.consumer ?? '') : '';
    throw requestError(name, lineText(address), direction, code, holder);
  });
}

function withChip<T>(kernel: GpioKernel, name: string, address: LineAddress, work: (chipFd: number) => T): T {
  const chip = findGpioChip(kernel, name, address.chip);
  if (address.offset >= chip.lines) {
    const last = `'${chip.label}' has lines 0 to ${chip.lines - 1}`;
    throw new HalError('invalid-argument', name, `there is no line ${lineText(address)}: ${last}`);
  }
  const fd = kernel.open(chip.path);
  if (fd < 0) throw chipError(chip.path, -fd);
  try {
    return work(fd);
  } finally {
    kernel.close(fd);
  }
}

function infoOf(kernel: GpioKernel, path: string, fd: number): { label: string; lines: number } {
  const call = chipInfoCall();
  const answer = kernel.ioctl(fd, call.request, call.bytes);
  if (answer < 0) throw new HalError('io', path, `is no GPIO chip (errno ${-answer})`);
  return chipInfo(call.bytes);
}

function usage(kernel: GpioKernel, chipFd: number, offset: number): LineUsage | undefined {
  for (const abi of versions) {
    const call = abi.lineInfo(offset);
    if (kernel.ioctl(chipFd, call.request, call.bytes) >= 0) return abi.usage(call.bytes);
  }
  return undefined;
}
