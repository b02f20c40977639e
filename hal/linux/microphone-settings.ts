import { HalError } from '../contract/errors.ts';
import type { MicrophoneSettings } from '../contract/microphone.ts';

/** Throws HalError `invalid-argument` for what no microphone has. */
export function checkMicrophoneSettings(name: string, { sampleRateHz, channels }: MicrophoneSettings): void {
  if (sampleRateHz > 0 && channels >= 1) return;
  throw new HalError(
    'invalid-argument',
    name,
    `${sampleRateHz} Hz with ${channels} channels: both must be greater than 0`,
  );
}
