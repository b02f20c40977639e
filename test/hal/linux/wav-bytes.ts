/** What a WAV file made for a test is like; see `wavBytes`. */
export interface WavShape {
  readonly sampleRateHz?: number;
  readonly bits?: 8 | 16 | 24 | 32 | 64;
  readonly float?: boolean;
  readonly extensible?: boolean;
  /** Chunks before the sound: id and length. */
  readonly before?: readonly (readonly [id: string, bytes: number])[];
  /** What the header says of the length of the sound, instead of the truth. */
  readonly saidBytes?: number;
}

/** A WAV file with these channels, full scale at 1, written byte by byte and by nobody's library. */
export function wavBytes(channels: readonly ArrayLike<number>[], shape: WavShape = {}): Uint8Array {
  const { sampleRateHz = 16_000, bits = 16, float = false, extensible = false, before = [] } = shape;
  const frames = channels[0]?.length ?? 0;
  const frameBytes = (channels.length * bits) / 8;
  const data = new DataView(new ArrayBuffer(frames * frameBytes));
  let offset = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (const channel of channels) {
      writeSample(data, offset, channel[frame]!, bits, float);
      offset += bits / 8;
    }
  }
  const format = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  format.setUint16(0, extensible ? 0xfffe : float ? 3 : 1, true);
  format.setUint16(2, channels.length, true);
  format.setUint32(4, sampleRateHz, true);
  format.setUint32(8, sampleRateHz * frameBytes, true);
  format.setUint16(12, frameBytes, true);
  format.setUint16(14, bits, true);
  if (extensible) {
    format.setUint16(16, 22, true);
    format.setUint16(18, bits, true);
    format.setUint16(24, float ? 3 : 1, true);
  }
  const chunks = [
    chunk('fmt ', new Uint8Array(format.buffer)),
    ...before.map(([id, bytes]) => chunk(id, new Uint8Array(bytes).fill(7))),
    chunk('data', new Uint8Array(data.buffer), shape.saidBytes),
  ];
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return chunk('RIFF', body);
}

function chunk(id: string, body: Uint8Array, saidBytes = body.length): Uint8Array {
  const head = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 4; i++) head.setUint8(i, id.charCodeAt(i));
  head.setUint32(4, saidBytes, true);
  return Buffer.concat([new Uint8Array(head.buffer), body, new Uint8Array(body.length % 2)]);
}

function writeSample(view: DataView, offset: number, value: number, bits: number, float: boolean): void {
  if (float) {
    if (bits === 32) view.setFloat32(offset, value, true);
    else view.setFloat64(offset, value, true);
    return;
  }
  const fullScale = 2 ** (bits - 1);
  const whole = Math.max(-fullScale, Math.min(fullScale - 1, Math.round(value * fullScale)));
  if (bits === 8) view.setUint8(offset, whole + 128);
  else if (bits === 16) view.setInt16(offset, whole, true);
  else if (bits === 32) view.setInt32(offset, whole, true);
  else {
    view.setUint16(offset, whole & 0xffff, true);
    view.setInt8(offset + 2, whole >> 16);
  }
}
