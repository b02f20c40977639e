import { z } from 'zod';

/** A wait or an age, in whole milliseconds. */
export const ms = (min: number, max: number) => z.int().min(min).max(max);

export const headerPin = z.int().min(1).max(40);

/** Where something is wired; `pin` is the place on the header. */
export const pinKeys = <P extends z.ZodType>(pin: P) => ({
  pin: pin.describe('The pin of the board’s 40-pin header that it is wired to, by its place on the header.'),
  bcm: z
    .int()
    .min(0)
    .max(27)
    .optional()
    .describe('The pin by its Broadcom number instead (`GPIO17` is 17); wins over `pin`.'),
  line: z
    .string()
    .regex(/^.+:\d{1,5}$/)
    .optional()
    .meta({
      allowed: 'the label of a GPIO chip, a colon and the line’s offset, as in "tegra-gpio:50"',
      description: 'The line itself instead, on any board with a GPIO chip; wins over `bcm` and `pin`.',
    }),
});

/** Of something that is wired nowhere unless it is said. */
export const lineKeys = pinKeys(headerPin.optional());
