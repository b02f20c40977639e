import { z } from 'zod';

const file = (what: string) => z.string().min(1).optional().describe(what);

/** Telling a broker in the house what happens. */
export const mqtt = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether a broker is told what happens.'),
  url: z
    .string()
    .regex(/^mqtts?:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/)
    .default('mqtt://127.0.0.1:1883')
    .meta({
      allowed: 'mqtt://HOST:PORT or mqtts://HOST:PORT, without a user or a password in it',
      description: 'Where the broker is; `mqtts` is encrypted.',
    }),
  version: z.enum(['5', '3.1.1']).default('5').describe('The version of MQTT that is spoken.'),
  topic: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}(\/[A-Za-z0-9_-]{1,32}){0,3}$/)
    .default('vigil')
    .meta({
      allowed: 'letters, digits, `_` and `-`, in at most four parts with / between them',
      description: 'What every topic begins with. Each device on a broker needs its own.',
    }),
  username: z.string().min(1).max(200).optional().describe('Who the broker is told that this is.'),
  password_file: file(
    'A file with the password, readable by its owner alone. Without it: the systemd credential `mqtt-password`, where there is one.',
  ),
  ca_file: file('Certificates (PEM) that the broker’s is checked by, in place of the system’s.'),
  cert_file: file('The certificate (PEM) that this device shows, for a broker that asks for one.'),
  key_file: file('The private key (PEM) of `cert_file`.'),
  names: z
    .boolean()
    .default(false)
    .describe('Whether the broker is told people’s names; otherwise only the ids that stand for them.'),
  discovery: z
    .boolean()
    .default(true)
    .describe('Whether the device and its sensors are announced to Home Assistant.'),
  discovery_prefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('homeassistant')
    .meta({
      allowed: 'letters, digits, `_` and `-`',
      description: 'The topic that Home Assistant listens to for announcements.',
    }),
});

export const mqttPathKeys = [
  'mqtt.password_file',
  'mqtt.ca_file',
  'mqtt.cert_file',
  'mqtt.key_file',
] as const;
