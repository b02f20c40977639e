import { z } from 'zod';
import { HalError, halErrorKinds } from '../contract/errors.ts';

/**
 * What a client and the keeper say to each other over a Unix socket: one JSON object a line, UTF-8, each request
 * answered once under its `id`. Both sides check every message; whoever breaks the rules is cut off, and the lines
 * go safe.
 */
export const protocolVersion = 1;

/** A longer line is a violation: the longest honest one is a greeting with some dozens of lines. */
export const maxMessageBytes = 16 * 1024;

const line = z.string().min(1).max(64);
const leaseMs = z.number().positive().finite();
const id = z.int().nonnegative();

const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('hello'), id, version: z.int() }),
  z.strictObject({ op: z.literal('heartbeat'), id }),
  z.strictObject({ op: z.literal('grant'), id, line, leaseMs }),
  z.strictObject({ op: z.literal('renew'), id, line, leaseMs }),
  z.strictObject({ op: z.literal('release'), id, line }),
  z.strictObject({ op: z.literal('read'), id, line }),
]);

/** The first request is `hello`; afterwards every one, `heartbeat` above all, shows that the client lives. */
export type Request = z.infer<typeof requestSchema>;

/** An actuator line as it is written in the keeper's file and told to the client. */
export const actuatorLineSchema = z.strictObject({
  name: line,
  safeOn: z.boolean(),
  maxOnMs: z.number().positive().finite(),
  interlock: z.string().min(1).exactOptional(),
});

const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    id,
    /** The answer to `read`. */
    on: z.boolean().exactOptional(),
    /** The answer to `hello`: the lines, and how long the keeper bears silence. */
    lines: z.array(actuatorLineSchema).exactOptional(),
    silenceMs: z.number().positive().exactOptional(),
  }),
  z.strictObject({
    ok: z.literal(false),
    /** Null when the failure belongs to no request; the connection is closed after it. */
    id: id.nullable(),
    kind: z.enum(halErrorKinds),
    device: z.string(),
    message: z.string(),
  }),
]);

export type Reply = z.infer<typeof replySchema>;

export function encode(message: Request | Reply): string {
  return `${JSON.stringify(message)}\n`;
}

/** Throws HalError `invalid-argument` for what is no request. */
export function parseRequest(text: string): Request {
  return parse(requestSchema, text, 'request');
}

/** Throws HalError `invalid-argument` for what is no reply. */
export function parseReply(text: string): Reply {
  return parse(replySchema, text, 'reply');
}

function parse<T>(schema: z.ZodType<T>, text: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HalError('invalid-argument', 'line keeper', `a ${what} is no JSON`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new HalError(
    'invalid-argument',
    'line keeper',
    `a ${what} is malformed: ${z.prettifyError(result.error)}`,
  );
}

/** The error of a failed reply, as the keeper threw it. */
export function replyError(reply: Extract<Reply, { ok: false }>): HalError {
  const prefix = `${reply.device}: `;
  const message = reply.message.startsWith(prefix) ? reply.message.slice(prefix.length) : reply.message;
  return new HalError(reply.kind, reply.device, message);
}

/** Cuts a stream of bytes into lines, however the stream is cut into pieces. */
export class MessageReader {
  #pending = new Uint8Array(0);

  /**
   * The lines that are whole now, without their line ends. Throws HalError `invalid-argument` when one is longer
   * than `maxMessageBytes` or is no UTF-8; the reader is of no use afterwards.
   */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      lines.push(this.#text(chunk.subarray(start, end)));
      start = end + 1;
    }
    this.#pending = this.#joined(chunk.subarray(start));
    return lines;
  }

  /** Bytes of a message whose end has not come. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  #text(rest: Uint8Array): string {
    const bytes = this.#joined(rest);
    this.#pending = new Uint8Array(0);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (error) {
      throw new HalError('invalid-argument', 'line keeper', 'a message is no UTF-8', { cause: error });
    }
  }

  #joined(rest: Uint8Array): Uint8Array<ArrayBuffer> {
    const length = this.#pending.length + rest.length;
    if (length > maxMessageBytes) {
      throw new HalError(
        'invalid-argument',
        'line keeper',
        `a message is longer than ${maxMessageBytes} bytes`,
      );
    }
    const joined = new Uint8Array(length);
    joined.set(this.#pending);
    joined.set(rest, this.#pending.length);
    return joined;
  }
}

const newline = 10;
