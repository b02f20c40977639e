import { z } from 'zod';
import { halErrorKinds } from '../contract/errors.ts';

/**
 * What the firmware and its native co-processor say to each other, each way on a descriptor of its own: messages of a
 * length (4 bytes, little endian), a kind (1 byte) and that many bytes. Whoever breaks the rules is cut off.
 */
export const protocolVersion = 1;

/** The co-processor reads here and writes there; its stdout is for libraries that print. */
export const controlFd = 4;
export const dataFd = 3;

/** Each side tells that it lives so often, and takes the other for dead after so long. */
export const aliveIntervalMs = 500;
export const silenceMs = 3_000;
/** Loading an addon and opening a camera keep the co-processor from saying anything; on a small board for long. */
export const startMs = 30_000;

/** So many messages with frames may be under way; the co-processor drops what is more, so that none is old. */
export const creditsAtStart = 2;

export const kinds = {
  /** To the co-processor: what to open, as JSON; answered by `ready` or `failed`. */
  task: 1,
  /** One more frame may be sent. */
  credit: 2,
  /** Switch the output: one byte, 0 or 1; answered by `level`. */
  set: 3,
  /** Read the line; answered by `level`. */
  read: 4,
  /** From the co-processor: it is open; JSON. */
  ready: 16,
  /** A frame, RGB, or sound, 16-bit little endian. */
  data: 17,
  /** The line is on or off: one byte. */
  level: 18,
  /** An input has changed: one byte. */
  edge: 19,
  /** Sound was lost. */
  lost: 20,
  /** The end: JSON. */
  failed: 21,
  /** Both ways. */
  alive: 32,
} as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

/** The longest message of each kind but `data`, whose limit is the device's. */
const longestBytes: Readonly<Record<number, number>> = {
  [kinds.task]: 16_384,
  [kinds.credit]: 0,
  [kinds.set]: 1,
  [kinds.read]: 0,
  [kinds.ready]: 16_384,
  [kinds.level]: 1,
  [kinds.edge]: 1,
  [kinds.lost]: 0,
  [kinds.failed]: 16_384,
  [kinds.alive]: 0,
};

const version = z.int();
const line = {
  version,
  /** The label of the chip. */
  chip: z.string().min(1),
  offset: z.int().min(0),
  activeLow: z.boolean(),
};

/** What the co-processor is to open: one device for its whole life. */
export const taskSchema = z.discriminatedUnion('device', [
  z.object({
    device: z.literal('camera'),
    version,
    source: z.string().min(1),
    widthPx: z.int().min(1).max(16_384),
    heightPx: z.int().min(1).max(16_384),
    fps: z.number().gt(0),
  }),
  z.object({
    device: z.literal('microphone'),
    version,
    /** A part of its name; empty for the system's own choice. */
    named: z.string(),
    sampleRateHz: z.number().gt(0),
    channels: z.int().min(1),
  }),
  z.object({ device: z.literal('output'), ...line }),
  z.object({ device: z.literal('input'), ...line }),
]);
export type Task = z.output<typeof taskSchema>;

export const readySchema = z.object({
  version,
  /** Of a microphone. */
  sampleRateHz: z.number().gt(0).optional(),
  channels: z.int().min(1).optional(),
});
export type Ready = z.output<typeof readySchema>;

export const failedSchema = z.object({
  kind: z.enum(halErrorKinds),
  /** Whether the device failed, or the co-processor itself. */
  of: z.enum(['device', 'co-processor']),
  message: z.string().max(4_000),
});
export type Failed = z.output<typeof failedSchema>;

const headerBytes = 5;

/** The header of a message; its payload follows. */
export function header(kind: Kind, payloadBytes: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  new DataView(bytes.buffer).setUint32(0, payloadBytes, true);
  bytes[4] = kind;
  return bytes;
}

export function message(kind: Kind, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(headerBytes + payload.length);
  bytes.set(header(kind, payload.length));
  bytes.set(payload, headerBytes);
  return bytes;
}

export function jsonMessage(kind: Kind, value: Task | Ready | Failed): Uint8Array {
  return message(kind, new TextEncoder().encode(JSON.stringify(value)));
}

/** The value of a JSON payload, unchecked. Throws ProtocolError. */
export function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new ProtocolError('a message is no JSON');
  }
}

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** A piece of a message. `data` comes in pieces as they arrive, so that a frame is not copied; others come whole. */
export interface Piece {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly ends: boolean;
}

/** Cuts a stream of bytes into messages, however it is cut into pieces. */
export class MessageReader {
  readonly #longestDataBytes: number;
  readonly #header = new Uint8Array(headerBytes);
  #headerFilled = 0;
  #kind = 0;
  #remaining = 0;
  #whole: Uint8Array | undefined;

  constructor(longestDataBytes: number) {
    this.#longestDataBytes = longestDataBytes;
  }

  /** Throws ProtocolError for a kind that there is not or a message that is too long; of no use afterwards. */
  *push(chunk: Uint8Array): Generator<Piece, void> {
    for (let offset = 0; offset < chunk.length; ) {
      if (this.#headerFilled < headerBytes) {
        this.#header[this.#headerFilled++] = chunk[offset++] ?? 0;
        if (this.#headerFilled < headerBytes) continue;
        this.#begin();
        if (this.#remaining > 0) continue;
      }
      const bytes = chunk.subarray(offset, offset + this.#remaining);
      offset += bytes.length;
      yield* this.#take(bytes);
    }
  }

  #begin(): void {
    this.#kind = this.#header[4] ?? 0;
    this.#remaining = new DataView(this.#header.buffer).getUint32(0, true);
    const longest = this.#kind === kinds.data ? this.#longestDataBytes : longestBytes[this.#kind];
    if (longest === undefined) throw new ProtocolError(`there is no message of kind ${this.#kind}`);
    if (this.#remaining > longest) {
      throw new ProtocolError(
        `a message of kind ${this.#kind} has ${this.#remaining} bytes, more than ${longest}`,
      );
    }
    this.#whole = this.#kind === kinds.data ? undefined : new Uint8Array(this.#remaining);
  }

  *#take(bytes: Uint8Array): Generator<Piece, void> {
    const { length } = bytes;
    this.#whole?.set(bytes, this.#whole.length - this.#remaining);
    this.#remaining -= length;
    const ends = this.#remaining === 0;
    if (ends) this.#headerFilled = 0;
    if (this.#whole === undefined) yield { kind: this.#kind, bytes, ends };
    else if (ends) yield { kind: this.#kind, bytes: this.#whole, ends };
  }
}
