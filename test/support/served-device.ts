import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/read.ts';
import { DeviceLives } from '../../src/runtime/device-lives.ts';
import { serveInterface } from '../../src/runtime/interface/serve.ts';

/** A device's own interface in this process. The device has no life of its own: it boots for tests alone. */
export interface ServedDevice extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly tokenPath: string;
  readonly stateDirectory: string;
  readonly lives: DeviceLives;
}

export async function serveDevice(options: { readonly testDoors: boolean }): Promise<ServedDevice> {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'vigil-interface-'));
  const read = parseConfig('', undefined);
  const ended = new AbortController();
  const lives = new DeviceLives({
    config: read.config,
    stateDirectory,
    simulate: true,
    signal: ended.signal,
    importing: () => ({ onProgress: () => {}, onReport: () => {}, onError: () => {} }),
    reembedding: { onBegin: () => {}, onReport: () => {}, onError: () => {} },
    onDevice: () => {},
    onNote: () => {},
    service: null,
  });
  const configure = async (values: Readonly<Record<string, string | number | boolean>>) => {
    const flags = Object.entries(values).map(([key, value]) => ({ key, value, flag: key }));
    return parseConfig('', undefined, flags).config;
  };
  const testDoors = options.testDoors ? { configure } : null;
  const served = await serveInterface({ lives, read, stateDirectory, simulate: true, testDoors }, 0);
  return {
    url: served.url,
    token: readFileSync(served.tokenPath, 'utf8').trim(),
    tokenPath: served.tokenPath,
    stateDirectory,
    lives,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
