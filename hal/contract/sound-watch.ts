import type { PcmChunk } from './microphone.ts';

/** `zeros` and `stuck` are a microphone that is dead or muted; `clipped` one that is overdriven. */
export type SoundState = 'good' | 'zeros' | 'stuck' | 'clipped';

/** What one chunk sounds like, as far as cheap arithmetic can tell. */
export interface SoundGlance {
  /** Mean power relative to full scale; -Infinity for digital silence. */
  readonly levelDbfs: number;
  /** How much of the chunk is speech. */
  readonly speechMs: number;
  readonly state: SoundState;
}

/** Listens to every chunk, in order, before any network does. One for each opened microphone. */
export interface SoundWatch {
  glance(chunk: PcmChunk): SoundGlance;
}
