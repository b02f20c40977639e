/**
 * What the kernel's GPIO character device is told and answers, byte by byte: version 2 (Linux 5.10 and later) and
 * version 1 (4.8 and later, a Jetson Nano's 4.9 among them). Numbers and offsets are those of the kernel's own header,
 * include/uapi/linux/gpio.h; a C compiler gave them, on 64-bit. All lines here are requested one by one. Every machine
 * that has such a device is little-endian.
 */

/** One ioctl: its number, and the structure that goes in and comes out. */
export interface GpioCall {
  readonly request: number;
  readonly bytes: Uint8Array;
}

/** A request for a line; the kernel puts the line's own descriptor at `fdOffset` of the structure. */
export interface LineRequest extends GpioCall {
  readonly fdOffset: number;
}

export interface OutputWish {
  readonly offset: number;
  readonly activeLow: boolean;
  /** The level, logical, that the line has from the moment it is an output. */
  readonly on: boolean;
}

export interface InputWish {
  readonly offset: number;
  readonly activeLow: boolean;
}

/** What an event says: the level after the edge, and its number among the line's edges where the kernel counts them. */
export interface LineEvent {
  readonly on: boolean;
  readonly sequence: number | undefined;
}

/** One version of the interface. Levels are logical: the kernel knows the line's polarity from the request. */
export interface GpioAbi {
  readonly version: 1 | 2;
  /** Size of an event that is read from the descriptor of an input. */
  readonly eventBytes: number;
  output(wish: OutputWish): LineRequest;
  /** An input whose both edges are told. */
  input(wish: InputWish): LineRequest;
  setLevel(on: boolean): GpioCall;
  getLevel(): GpioCall;
  level(answer: Uint8Array): boolean;
  event(bytes: Uint8Array): LineEvent;
  lineInfo(offset: number): GpioCall;
  usage(answer: Uint8Array): LineUsage;
}

/** Who has a line. */
export interface LineUsage {
  readonly used: boolean;
  /** What the holder calls itself; often empty. */
  readonly consumer: string;
  /** The line's name in the device tree; often empty. */
  readonly name: string;
}

/** By this name the kernel's tools list the lines that are held here. */
const consumer = new TextEncoder().encode('vigil');

const chipInfoBytes = 68;

export function chipInfoCall(): GpioCall {
  return { request: 0x8044b401, bytes: new Uint8Array(chipInfoBytes) };
}

export function chipInfo(answer: Uint8Array): { label: string; lines: number } {
  return { label: text(answer.subarray(32, 64)), lines: view(answer).getUint32(64, true) };
}

const v2Flag = {
  used: 1n,
  activeLow: 2n,
  input: 4n,
  output: 8n,
  edgeRising: 16n,
  edgeFalling: 32n,
};
const risingEdge = 1;
/** Of the attribute that gives the outputs their first levels. */
const outputValues = 2;

export const gpioV2: GpioAbi = {
  version: 2,
  eventBytes: 48,

  output({ offset, activeLow, on }) {
    const call = v2Line(offset, v2Flag.output | (activeLow ? v2Flag.activeLow : 0n));
    const fields = view(call.bytes);
    fields.setUint32(296, 1, true);
    fields.setUint32(320, outputValues, true);
    fields.setBigUint64(328, on ? 1n : 0n, true);
    fields.setBigUint64(336, 1n, true);
    return call;
  },

  input: ({ offset, activeLow }) =>
    v2Line(
      offset,
      v2Flag.input | v2Flag.edgeRising | v2Flag.edgeFalling | (activeLow ? v2Flag.activeLow : 0n),
    ),

  setLevel: (on) => v2Values(0xc010b40f, on),
  getLevel: () => v2Values(0xc010b40e, false),
  level: (answer) => (view(answer).getBigUint64(0, true) & 1n) === 1n,

  event(bytes) {
    const fields = view(bytes);
    return { on: fields.getUint32(8, true) === risingEdge, sequence: fields.getUint32(20, true) };
  },

  lineInfo(offset) {
    const bytes = new Uint8Array(256);
    view(bytes).setUint32(64, offset, true);
    return { request: 0xc100b405, bytes };
  },

  usage: (answer) => ({
    used: (view(answer).getBigUint64(72, true) & v2Flag.used) !== 0n,
    consumer: text(answer.subarray(32, 64)),
    name: text(answer.subarray(0, 32)),
  }),
};

/** struct gpio_v2_line_request for one line. */
function v2Line(offset: number, flags: bigint): LineRequest {
  const bytes = new Uint8Array(592);
  const fields = view(bytes);
  fields.setUint32(0, offset, true);
  bytes.set(consumer, 256);
  fields.setBigUint64(288, flags, true);
  fields.setUint32(560, 1, true);
  return { request: 0xc250b407, bytes, fdOffset: 588 };
}

/** struct gpio_v2_line_values: the bits, and which of them are meant. */
function v2Values(request: number, on: boolean): GpioCall {
  const bytes = new Uint8Array(16);
  const fields = view(bytes);
  fields.setBigUint64(0, on ? 1n : 0n, true);
  fields.setBigUint64(8, 1n, true);
  return { request, bytes };
}

const v1Flag = { kernel: 1, input: 1, output: 2, activeLow: 4 };
const bothEdges = 3;

export const gpioV1: GpioAbi = {
  version: 1,
  eventBytes: 16,

  output({ offset, activeLow, on }) {
    const bytes = new Uint8Array(364);
    const fields = view(bytes);
    fields.setUint32(0, offset, true);
    fields.setUint32(256, v1Flag.output | (activeLow ? v1Flag.activeLow : 0), true);
    bytes[260] = on ? 1 : 0;
    bytes.set(consumer, 324);
    fields.setUint32(356, 1, true);
    return { request: 0xc16cb403, bytes, fdOffset: 360 };
  },

  input({ offset, activeLow }) {
    const bytes = new Uint8Array(48);
    const fields = view(bytes);
    fields.setUint32(0, offset, true);
    fields.setUint32(4, v1Flag.input | (activeLow ? v1Flag.activeLow : 0), true);
    fields.setUint32(8, bothEdges, true);
    bytes.set(consumer, 12);
    return { request: 0xc030b404, bytes, fdOffset: 44 };
  },

  setLevel: (on) => v1Values(0xc040b409, on),
  getLevel: () => v1Values(0xc040b408, false),
  level: (answer) => answer[0] === 1,

  event: (bytes) => ({ on: view(bytes).getUint32(8, true) === risingEdge, sequence: undefined }),

  lineInfo(offset) {
    const bytes = new Uint8Array(72);
    view(bytes).setUint32(0, offset, true);
    return { request: 0xc048b402, bytes };
  },

  usage: (answer) => ({
    used: (view(answer).getUint32(4, true) & v1Flag.kernel) !== 0,
    consumer: text(answer.subarray(40, 72)),
    name: text(answer.subarray(8, 40)),
  }),
};

/** struct gpiohandle_data: a byte a line. */
function v1Values(request: number, on: boolean): GpioCall {
  const bytes = new Uint8Array(64);
  bytes[0] = on ? 1 : 0;
  return { request, bytes };
}

/** The descriptor that the kernel put into a request. */
export function lineDescriptor({ bytes, fdOffset }: LineRequest): number {
  return view(bytes).getInt32(fdOffset, true);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Text in an array of fixed size, ended by a zero unless it fills it. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}
