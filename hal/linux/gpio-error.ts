import { HalError } from '../contract/errors.ts';

/** The error numbers that a GPIO driver tells apart, as Linux numbers them on every 64-bit machine. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  ENXIO: 6,
  EACCES: 13,
  EBUSY: 16,
  ENODEV: 19,
  EINVAL: 22,
  ENOTTY: 25,
} as const;

/** The rule that lets a group use the chips; Debian has neither rule nor group, a Jetson and a Raspberry Pi have both. */
export const gpioUdevRule = 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"';

/** How this user gets leave to use the chips. */
export const gpioPermissionHint =
  `put '${gpioUdevRule}' into /etc/udev/rules.d/60-gpio.rules, then: sudo groupadd -f gpio; ` +
  'sudo usermod -aG gpio "$(id -un)"; sudo udevadm control --reload; sudo udevadm trigger -s gpio; and log in again';

const pinmuxHint =
  'the pin may have another function, or be one-way on this board. On JetPack 6 nothing switches a pin to GPIO by ' +
  'itself: set it in the device tree (pinmux), bidirectional, E_IO_HV off';

/** A chip's device could not be opened. */
export function chipError(path: string, code: number): HalError {
  if (code === errno.EACCES || code === errno.EPERM) {
    return new HalError('permission', path, `may not be opened by this user: ${gpioPermissionHint}`);
  }
  if (code === errno.ENOENT || code === errno.ENODEV || code === errno.ENXIO) {
    return new HalError('not-found', path, 'has gone');
  }
  return new HalError('io', path, `cannot be opened (errno ${code})`);
}

/** A line was not given. `holder` is what its consumer calls itself, where the kernel says. */
export function requestError(
  name: string,
  line: string,
  direction: 'output' | 'input',
  code: number,
  holder: string,
): HalError {
  switch (code) {
    case errno.EBUSY: {
      const who = holder === '' ? 'another program or driver' : `'${holder}'`;
      return new HalError(
        'busy',
        name,
        `${line} is held by ${who}: end it, unexport it (sysfs), or take another pin; gpioinfo shows every holder`,
      );
    }
    case errno.EACCES:
    case errno.EPERM:
      return new HalError('permission', name, `${line} may not be used: ${gpioPermissionHint}`);
    case errno.ENOTTY:
      return new HalError(
        'unsupported',
        name,
        'the kernel has no GPIO character device of version 1 or 2: Linux 4.8 or later, with CONFIG_GPIO_CDEV',
      );
    default: {
      const what =
        direction === 'output' ? 'cannot be made an output' : 'cannot be made an input that tells its edges';
      return new HalError('unsupported', name, `${line} ${what} (errno ${code}): ${pinmuxHint}`);
    }
  }
}

/** A call on a line that is held has failed. */
export function lineError(name: string, line: string, call: string, code: number): HalError {
  if (code === errno.ENODEV) {
    return new HalError(
      'disconnected',
      name,
      `the chip of ${line} has gone; the line is taken again when it is back`,
    );
  }
  if (code === errno.EPERM) {
    return new HalError('unsupported', name, `${line} is not an output any more (wrong direction)`);
  }
  return new HalError('io', name, `${call} of ${line} failed (errno ${code})`);
}
