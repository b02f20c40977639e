// The operations' gradients: without this import training finds none.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { setBackend } from '@tensorflow/tfjs-core';

/** What multiplies the matrices: TensorFlow's own library where it is installed, WebAssembly elsewhere. */
export type TensorBackend = 'tensorflow' | 'wasm';

/** Optional, with a native library of its own; not in package.json, so that nobody has to fetch it. */
const nativePackage: string = '@tensorflow/tfjs-node';

/** Starts TensorFlow.js; more than once is harmless. Each backend gives the same numbers each time, not the other's. */
export async function startTensors(): Promise<TensorBackend> {
  if ((await hasNative()) && (await setBackend('tensorflow'))) return 'tensorflow';
  setWasmPaths(
    join(dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm'))), '/').replaceAll(
      '\\',
      '/',
    ),
  );
  // One thread everywhere: where the sums are cut for several, their rounding may depend on how many there are.
  setThreadsCount(1);
  if (!(await setBackend('wasm'))) throw new Error('the WebAssembly backend of TensorFlow.js does not start');
  return 'wasm';
}

async function hasNative(): Promise<boolean> {
  try {
    await import(nativePackage);
    return true;
  } catch {
    return false;
  }
}
