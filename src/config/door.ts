import { z } from 'zod';
import { lineKeys, ms } from './fields.ts';

const inputPins = z.strictObject({
  ...lineKeys,
  active_low: z
    .boolean()
    .default(true)
    .describe(
      'Whether a low level on the wire means on, as of a contact to ground with a resistor to 3.3 V.',
    ),
});

/** What is wired to the device to be read. */
export const input = z.strictObject({
  exit_button: inputPins.prefault({}).describe('A button inside the door; on while it is pressed.'),
  door_contact: inputPins
    .prefault({})
    .describe('A contact at the door; on while the door is closed, so that a broken wire reads as open.'),
});

/** The times of a door with a button or a contact. */
export const door = z.strictObject({
  open_within_ms: ms(500, 600_000)
    .default(10_000)
    .describe(
      'So long after somebody was granted, or pressed the exit button, the door may be opened; later it is `forced`.',
    ),
  held_open_ms: ms(500, 3_600_000).default(60_000).describe('Open for this long, it is `held open`.'),
  settle_ms: ms(1, 1_000)
    .default(50)
    .describe('A level of the button or the contact counts when it has lasted so long.'),
  stuck_ms: ms(1_000, 3_600_000)
    .default(30_000)
    .describe('An exit button that is pressed for this long is stuck.'),
});
