import { z } from 'zod';
import { requirements } from '../decide/policy.ts';
import { presetNames } from '../decide/presets.ts';

const ms = (min: number, max: number) => z.int().min(min).max(max);
const senses = requirements.filter((each) => each !== 'nobody');

/** A span of the day, over midnight where the second time is not later than the first. */
const nightPattern = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;

const ofPreset = 'Without it: the preset’s';

export const access = z.strictObject({
  preset: z
    .enum(presetNames)
    .default('lamp')
    .describe(
      'What the device is for. `lamp`: whoever is named lights it. `doorbell`: the same, and no output may be a strike. `door`: face and voice of one person that weigh 4.5 together, no stranger in view, five attempts, no covered faces, only a person lets it leave `safe`, and nothing is opened before the device was calibrated. Keys that say something else are told at each start and by `vigil doctor`.',
    ),
  require: z
    .enum(senses)
    .optional()
    .describe(
      `What lets a person in: \`either\` their face or their voice, one of the two alone, or \`both\`, of the same person. ${ofPreset}, \`both\` of door, else \`either\`.`,
    ),
  both_within_ms: ms(4_000, 60_000)
    .default(10_000)
    .describe(
      'So long after one sense has named a person the other may follow, where both are demanded or one alone says too little. Somebody who stands in view is named anew every three to four seconds.',
    ),
  needed_evidence: z
    .number()
    .min(0)
    .max(12)
    .optional()
    .describe(
      'The weight of evidence that lets a person in, in bans (decimal log-likelihood ratio: 2 is a hundred to one against a stranger); what face and voice say adds up. With the default models a face alone says at most 4.8 and a voice 2.5, less the more people are enrolled. Without it: 4.5 of door, else whoever was named is let in.',
    ),
  night: z.string().regex(nightPattern).optional().meta({
    allowed: 'a span of the day, as "22:00-06:00"',
    description:
      'When it is night where the device is (`device.time_zone`). While the clock was not set it counts as night.',
  }),
  require_at_night: z
    .enum(requirements)
    .optional()
    .describe(
      'What is demanded at night besides `require`: it tightens, and never loosens. Without it: `both`, where `night` is set.',
    ),
  require_degraded: z
    .enum(requirements)
    .optional()
    .describe(
      'What is demanded besides `require` while something of the device is impaired, as a camera or a microphone that is away: it tightens, and never loosens. Without it: `both` of door, else nothing.',
    ),
  tailgating: z
    .enum(['ignore', 'block'])
    .optional()
    .describe(
      'Whether a face in view that was not named, beside the one that asks, keeps everything shut; faces that are too far away count for nothing. Without it: `block` of door, else `ignore`.',
    ),
  challenge: z
    .enum(['off', 'turn'])
    .default('off')
    .describe(
      '`turn`: a face is let in when the head turns to both sides in the order that is asked for, or with the voice of the same person; where both senses are demanded either will do. `off`: a good photograph of somebody known is let in like them.',
    ),
  attempts_allowed: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(
      'This many visitors whom nobody knows within `attempts_within_ms` and without a grant between, and nobody is let in for `lockout_ms`. Without it: 5 of door, else no limit.',
    ),
  attempts_within_ms: ms(10_000, 86_400_000).default(600_000).describe('See `attempts_allowed`.'),
  lockout_ms: ms(1000, 3_600_000)
    .default(30_000)
    .describe('See `attempts_allowed`. Each further lockout is twice as long, until somebody is granted.'),
  lockout_max_ms: ms(1000, 86_400_000)
    .default(3_600_000)
    .describe('The longest such lockout; not below `lockout_ms`.'),
});
