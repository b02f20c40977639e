import { z } from 'zod';
import { ms } from './fields.ts';

const sound = (when: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({
      allowed: '`default` or a sound file',
      description: `What sounds when ${when}: \`default\` is a sound of Vigil’s own. Without it: nothing.`,
    });

/** Sounds that say what was decided. */
export const chime = z.strictObject({
  granted: sound('somebody is granted'),
  refused: sound('somebody who is known is not let in, once a visit'),
  unknown: sound('somebody is there whom nobody knows, once a visit'),
  exit: sound('the exit button is pressed'),
  forced: sound('the door is forced'),
  held_open: sound('the door is held open'),
  player: z
    .enum(['auto', 'pw-play', 'paplay', 'aplay'])
    .default('auto')
    .describe('The program that plays; `auto` takes the first of them that is installed.'),
  limit_ms: ms(100, 30_000).default(5_000).describe('A sound that is longer is cut off.'),
});

export const chimePathKeys = ['granted', 'refused', 'unknown', 'exit', 'forced', 'held_open'].map(
  (sounded) => `chime.${sounded}`,
);
