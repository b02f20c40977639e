/** A rule that one implementation of a port cannot be tried on, and why. */
export interface ExpectedSkip {
  readonly port: string;
  readonly implementation: string;
  readonly rule: string;
  readonly reason: string;
}

/** Every rule of a contract that is skipped anywhere. A rule that is not listed here is tried, or fails. */
export const expectedSkips: readonly ExpectedSkip[] = [
  {
    port: 'microphone',
    implementation: 'arecord',
    rule: 'a slow reader loses the oldest sound, and the loss is counted',
    reason: 'it would take ten real seconds; test/hal/linux/arecord-microphone tries it in two',
  },
  {
    port: 'microphone',
    implementation: 'portaudio',
    rule: 'a slow reader loses the oldest sound, and the loss is counted',
    reason: 'it would take ten real seconds; the code is that of arecord, which is tried in two',
  },
  {
    port: 'microphone',
    implementation: 'sound file',
    rule: 'a slow reader loses the oldest sound, and the loss is counted',
    reason: 'a file waits for its reader: nothing is lost',
  },
  {
    port: 'microphone',
    implementation: 'sound file',
    rule: 'ends with a HalError when the device fails, and can be closed',
    reason: 'an open file cannot be unplugged',
  },
  {
    port: 'face models',
    implementation: 'worker',
    rule: 'a call that hangs ends with timeout, and the next one works',
    reason: 'sound networks do not hang; test/vision tries it with a Worker that does',
  },
  {
    port: 'store',
    implementation: 'files',
    rule: 'says io when it is full, and keeps what it had',
    reason:
      'a full disk still appends into a half-filled block; test/hal/linux/file-store tries larger values',
  },
];
