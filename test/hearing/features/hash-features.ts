import { features193 } from '../../../src/hearing/features/features193.ts';
import { portableSound } from './golden.ts';

declare const self: Worker;

/** The bytes of the features of one signal; to whoever started this thread, or printed by a process of its own. */
export function hashFeatures(): string {
  return Bun.SHA256.hash(features193(portableSound()).vector, 'hex');
}

if (Bun.isMainThread) {
  if (import.meta.main) console.log(hashFeatures());
} else {
  self.postMessage(hashFeatures());
}
