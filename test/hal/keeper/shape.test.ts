import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { z } from 'zod';
import { halErrorKinds } from '../../../hal/contract/errors.ts';
import { parseReply, parseRequest } from '../../../hal/keeper/protocol.ts';
import { listOf, object, positive, ShapeError } from '../../../hal/keeper/shape.ts';

/** The protocol once more, by a library that everybody trusts: the keeper's own checks must agree with it. */
const line = z.string().min(1).max(64);
const leaseMs = z.number().positive();
const id = z.int().nonnegative();
const request = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('hello'), id, version: z.int() }),
  z.strictObject({ op: z.literal('heartbeat'), id }),
  z.strictObject({ op: z.literal('grant'), id, line, leaseMs }),
  z.strictObject({ op: z.literal('renew'), id, line, leaseMs }),
  z.strictObject({ op: z.literal('release'), id, line }),
  z.strictObject({ op: z.literal('read'), id, line }),
]);
const actuatorLine = z.strictObject({
  name: line,
  safeOn: z.boolean(),
  maxOnMs: z.number().positive(),
  interlock: line.exactOptional(),
});
const reply = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    id,
    on: z.boolean().exactOptional(),
    lines: z.array(actuatorLine).exactOptional(),
    silenceMs: z.number().positive().exactOptional(),
  }),
  z.strictObject({
    ok: z.literal(false),
    id: id.nullable(),
    kind: z.enum(halErrorKinds),
    device: z.string(),
    message: z.string(),
  }),
]);

const value = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    1,
    -1,
    0.5,
    1e-300,
    2 ** 53,
    '',
    'lamp',
    'x'.repeat(65),
    'busy',
    {},
    [],
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string(),
);
const lineObject = fc.record(
  { name: value, safeOn: value, maxOnMs: value, interlock: value, extra: value },
  { requiredKeys: [] },
);
const ops = fc.constantFrom(
  'hello',
  'heartbeat',
  'grant',
  'renew',
  'release',
  'read',
  'open',
  'constructor',
  null,
);
const natural = fc.oneof(fc.nat(), value);
const likeRequest = fc.record(
  { op: ops, id: natural, line: value, leaseMs: value, version: value, extra: value },
  { requiredKeys: [] },
);
const likeReply = fc.record(
  {
    ...{
      ok: fc.constantFrom(true, false, 'true', null),
      id: natural,
      on: value,
      silenceMs: value,
      kind: value,
    },
    ...{ device: value, message: value, lines: fc.oneof(value, fc.array(lineObject, { maxLength: 2 })) },
  },
  { requiredKeys: [] },
);

function agrees(parse: (text: string) => unknown, schema: z.ZodType) {
  return (message: unknown) => {
    const wanted = schema.safeParse(JSON.parse(JSON.stringify(message)));
    let got: unknown;
    try {
      got = parse(JSON.stringify(message));
    } catch {
      got = undefined;
    }
    expect(got !== undefined).toBe(wanted.success);
    if (wanted.success) expect(got).toEqual(wanted.data);
  };
}

test('a request is accepted exactly when the protocol says so', () => {
  fc.assert(fc.property(fc.oneof(likeRequest, value), agrees(parseRequest, request)), { numRuns: 2_000 });
});

test('a reply is accepted exactly when the protocol says so', () => {
  fc.assert(fc.property(fc.oneof(likeReply, value), agrees(parseReply, reply)), { numRuns: 2_000 });
});

test('what is wrong is named with its place', () => {
  const shape = object({ lines: listOf(object({ maxOnMs: positive }), 1) });
  const wrong = (given: unknown) => {
    try {
      shape(given, '');
    } catch (error) {
      if (error instanceof ShapeError) return error.message;
    }
    return 'accepted';
  };
  expect(wrong({ lines: [{ maxOnMs: 5 }, { maxOnMs: 0 }] })).toBe('lines.1.maxOnMs must be a number above 0');
  expect(wrong({ lines: [] })).toBe('lines must be a list of at least 1');
  expect(wrong({ lines: [{}] })).toBe('lines.0.maxOnMs must be there');
  expect(wrong({ lines: [{ maxOnMs: 5, safe: 1 }] })).toBe(
    'lines.0.safe must be left out: nothing has that name',
  );
  expect(wrong(7)).toBe('it must be an object');
});
