import { z } from 'zod';

/** Telling a program over HTTP what happens. */
export const webhook = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether each event is sent to `url`.'),
  url: z
    .string()
    .regex(/^https?:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(\/[^\s@]*)?$/)
    .default('http://127.0.0.1:8080/vigil')
    .meta({
      allowed: 'http://… or https://…, without a user or a password in it',
      description: 'Where events are sent, as POST with JSON.',
    }),
  secret_file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A file with the secret that events are signed with, readable by its owner alone. Without it: the systemd credential `webhook-secret`. One of the two is needed.',
    ),
  ca_file: z
    .string()
    .min(1)
    .optional()
    .describe('Certificates (PEM) that the receiver’s is checked by, in place of the system’s.'),
  names: z
    .boolean()
    .default(false)
    .describe('Whether events say people’s names; otherwise only the ids that stand for them.'),
});

export const webhookPathKeys = ['webhook.secret_file', 'webhook.ca_file'] as const;
