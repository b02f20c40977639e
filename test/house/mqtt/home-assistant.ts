import { z } from 'zod';

/**
 * What Home Assistant takes as an announcement of an MQTT entity, as its documentation says (the pages of the MQTT
 * integration: "MQTT discovery", "MQTT sensor", "MQTT binary sensor", "MQTT event") and its own validation does
 * (homeassistant/components/mqtt: schemas.py, sensor.py, binary_sensor.py, event.py; sensor/const.py for what may be
 * combined). Fields that this device does not use are left out, so that a misspelt one is an error here, where Home
 * Assistant would pass over it.
 */

/** `<prefix>/<component>/[<node>/]<object>/config`; node and object of letters, digits, `_` and `-`. */
export const discoveryTopic =
  /^(?<prefix>[^/]+)\/(?<component>sensor|binary_sensor|event)\/(?:(?<node>[a-zA-Z0-9_-]+)\/)?(?<object>[a-zA-Z0-9_-]+)\/config$/;

/** MQTT 5, section 4.7: not empty, no wildcard, no NUL, at most 65,535 bytes. */
const topic = z.string().regex(/^[^+#\0]{1,65535}$/);
const template = z.string().regex(/^\{\{.+\}\}$/);
const icon = z.string().regex(/^[a-z]+:[a-z0-9-]+$/);

const entity = {
  name: z.string().nullable(),
  unique_id: z.string().min(1),
  state_topic: topic,
  availability_topic: topic,
  value_template: template.optional(),
  json_attributes_topic: topic.optional(),
  icon: icon.optional(),
  /** A device needs an identifier or a connection. */
  device: z.strictObject({
    identifiers: z.array(z.string().min(1)).min(1),
    name: z.string(),
    manufacturer: z.string(),
    sw_version: z.string(),
  }),
  origin: z.strictObject({ name: z.string(), sw_version: z.string() }),
  /** Of what can only be read, `config` is not allowed. */
  entity_category: z.literal('diagnostic').optional(),
};

const sensor = z
  .strictObject({
    ...entity,
    device_class: z.enum(['enum', 'timestamp']).optional(),
    options: z.array(z.string()).min(1).optional(),
    state_class: z.enum(['measurement', 'total', 'total_increasing']).optional(),
    suggested_display_precision: z.int().nonnegative().optional(),
  })
  .refine(({ options, device_class }) => (options !== undefined) === (device_class === 'enum'), {
    error: '`options` goes with the device class `enum`, and with no other',
  })
  .refine(({ state_class, device_class }) => state_class === undefined || device_class === undefined, {
    error: 'neither an `enum` nor a `timestamp` has a state class',
  });

const binarySensor = z.strictObject({
  ...entity,
  device_class: z.enum(['door', 'problem']).optional(),
  payload_on: z.string().optional(),
  payload_off: z.string().optional(),
  off_delay: z.int().positive().optional(),
});

const event = z.strictObject({ ...entity, event_types: z.array(z.string()).min(1) });

export const discoverySchemas = { sensor, binary_sensor: binarySensor, event };

/** What an event entity takes on its topic: JSON with one of its types; these names it fills itself. */
export const eventPayload = (types: readonly string[]) =>
  z.looseObject({ event_type: z.enum([...types]), event_types: z.undefined().optional() });
