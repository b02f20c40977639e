/**
 * One channel of interleaved 16-bit samples: the arithmetic mean of the channels, full scale at 1 (32,768). The same
 * numbers as a sound file gives, so that what is trained on files is heard alike.
 */
export function mixToMono(samples: Int16Array, channels: number, into: Float32Array, offset: number): void {
  const frames = samples.length / channels;
  const scale = 1 / (channels * 32_768);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[frame * channels + channel]!;
    into[offset + frame] = sum * scale;
  }
}
