import { HalError, halErrorKinds } from '../contract/errors.ts';
import {
  flag,
  listOf,
  natural,
  nullOr,
  numberFrom,
  object,
  oneOf,
  oneOfBy,
  positive,
  type Shape,
  type Shaped,
  text,
  textOf,
  whole,
} from './shape.ts';

/**
 * What a client and the keeper say to each other over a Unix socket: one JSON object a line, UTF-8, each request
 * answered once under its `id`. Both sides check every message; whoever breaks the rules is cut off, and the lines
 * go safe.
 */
export const protocolVersion = 1;

/** A longer line is a violation: the longest honest one is a greeting with some dozens of lines. */
export const maxMessageBytes = 16 * 1024;

const line = textOf(64);
const id = natural;
const leased = { id, line, leaseMs: positive };

const requestShapes = {
  hello: object({ op: oneOf('hello'), id, version: whole }),
  heartbeat: object({ op: oneOf('heartbeat'), id }),
  grant: object({ op: oneOf('grant'), ...leased }),
  renew: object({ op: oneOf('renew'), ...leased }),
  release: object({ op: oneOf('release'), id, line }),
  read: object({ op: oneOf('read'), id, line }),
};

/** The first request is `hello`; afterwards every one, `heartbeat` above all, shows that the client lives. */
export type Request = Shaped<(typeof requestShapes)[keyof typeof requestShapes]>;

const requestShape: Shape<Request> = oneOfBy<'op', Request>('op', requestShapes);

/** The fields of an actuator line as it is written in the keeper's file and told to the client. */
export const actuatorLineFields = {
  required: { name: line, safeOn: flag, maxOnMs: positive },
  optional: { interlock: textOf(64), lostOn: flag, rearmMs: numberFrom(0) },
};

const accepted = object(
  { ok: oneOf(true), id },
  {
    /** The answer to `read`. */
    on: flag,
    /** The answer to `hello`: the lines, and how long the keeper bears silence. */
    lines: listOf(object(actuatorLineFields.required, actuatorLineFields.optional)),
    silenceMs: positive,
  },
);
const failed = object({
  ok: oneOf(false),
  /** Null when the failure belongs to no request; the connection is closed after it. */
  id: nullOr(id),
  kind: oneOf(...halErrorKinds),
  device: text,
  message: text,
});

export type Reply = Shaped<typeof accepted> | Shaped<typeof failed>;

const replyShape: Shape<Reply> = oneOfBy<'ok', Reply>('ok', { true: accepted, false: failed });

export function encode(message: Request | Reply): string {
  return `${JSON.stringify(message)}\n`;
}

/** Throws HalError `invalid-argument` for what is no request. */
export function parseRequest(text: string): Request {
  return parse(requestShape, text, 'request');
}

/** Throws HalError `invalid-argument` for what is no reply. */
export function parseReply(text: string): Reply {
  return parse(replyShape, text, 'reply');
}

function parse<T>(shape: Shape<T>, text: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HalError('invalid-argument', 'line keeper', `a ${what} is no JSON`, { cause: error });
  }
  try {
    return shape(value, '');
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new HalError('invalid-argument', 'line keeper', `a ${what} is malformed: ${said}`, {
      cause: error,
    });
  }
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
