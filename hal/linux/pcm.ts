/** Channels of numbers, full scale at 1, as interleaved 16-bit samples; what is louder than full scale is clipped. */
export function interleave(channels: readonly Float32Array[]): Int16Array {
  const frames = channels[0]?.length ?? 0;
  const samples = new Int16Array(frames * channels.length);
  for (const [channel, block] of channels.entries()) {
    for (let i = 0; i < frames; i++) {
      const value = Math.round(block[i]! * 32_768);
      samples[i * channels.length + channel] = Math.max(-32_768, Math.min(32_767, value));
    }
  }
  return samples;
}

/** Where a sample of a raw little-endian stream has its value. */
export interface RawLayout {
  readonly bytes: 2 | 3 | 4;
  /** Offset of its upper 16 bits. */
  readonly upperAt: 0 | 1 | 2;
}

/** Samples of a raw stream as 16-bit ones: wider ones lose their lowest bits. */
export function samplesFromBytes(raw: Uint8Array, { bytes, upperAt }: RawLayout): Int16Array {
  const count = Math.floor(raw.length / bytes);
  const samples = new Int16Array(count);
  const view = new DataView(raw.buffer, raw.byteOffset, count * bytes);
  for (let i = 0; i < count; i++) samples[i] = view.getInt16(i * bytes + upperAt, true);
  return samples;
}
