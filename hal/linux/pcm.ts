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

/** Little-endian samples of a raw stream as 16-bit ones: wider ones lose their lowest bits. */
export function samplesFromBytes(bytes: Uint8Array, bytesPerSample: 2 | 3 | 4): Int16Array {
  const count = Math.floor(bytes.length / bytesPerSample);
  const samples = new Int16Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, count * bytesPerSample);
  for (let i = 0; i < count; i++) samples[i] = view.getInt16((i + 1) * bytesPerSample - 2, true);
  return samples;
}
