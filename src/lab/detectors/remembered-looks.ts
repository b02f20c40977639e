import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };
import { shippedModelsDir } from '../../models/folders.ts';
import { codeHash } from '../cache/code-hash.ts';
import { type ResultCache, resultKey } from '../cache/result-cache.ts';
import type { NamedDetector } from './catalogue.ts';
import { detectorLineSchema } from './detector-messages.ts';
import { type DetectorRun, type Looked, type LookFailed, runDetector } from './run-detector.ts';

const peakSchema = z.number().nonnegative();

/**
 * Looks at pictures with one detector as `runDetector` does, but only at those that it has not looked at before on this
 * machine. A run that was interrupted goes on where it was; times and memory are those of the runs in which they were
 * measured. `progress` is told how many looks are there.
 */
export async function runRemembered(
  detector: NamedDetector,
  pictures: readonly { readonly path: string; readonly sha256: string }[],
  cache: ResultCache | undefined,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<DetectorRun> {
  const detectorKey = keyOf(detector);
  const keys = pictures.map(({ sha256 }) => resultKey('look', detectorKey, sha256));
  const looks: (Looked | LookFailed | undefined)[] = keys.map((key) => rememberedLook(cache, key));
  const missing = [...looks.keys()].filter((at) => looks[at] === undefined);
  const knownPeakBytes = cache?.get(detectorKey, peakSchema) ?? 0;
  progress(pictures.length - missing.length);
  if (missing.length === 0 && knownPeakBytes > 0)
    return { looks: looks.filter(isThere), peakMemoryBytes: knownPeakBytes };

  let looked = 0;
  const run = await runDetector(
    { detector: detector.choice, pictures: missing.map((at) => pictures[at]?.path ?? '') },
    (look) => {
      const at = missing[looked++] ?? 0;
      looks[at] = look;
      // A file that could not be read may be mended.
      if (look.kind === 'looked') cache?.set(keys[at] ?? '', look);
      progress(pictures.length - missing.length + looked);
    },
    signal,
  );
  const peakMemoryBytes = Math.max(knownPeakBytes, run.peakMemoryBytes);
  cache?.set(detectorKey, peakMemoryBytes);
  return { looks: looks.filter(isThere), peakMemoryBytes };
}

function rememberedLook(cache: ResultCache | undefined, key: string): Looked | undefined {
  const line = cache?.get(key, detectorLineSchema);
  return line?.kind === 'looked' ? line : undefined;
}

function isThere(look: Looked | LookFailed | undefined): look is Looked | LookFailed {
  return look !== undefined;
}

/** Everything besides the picture that a look depends on: networks, the entries that describe them, code, libraries. */
function keyOf({ choice, models }: NamedDetector): string {
  const manifests = choice.kind === 'pipeline' ? [shippedModelsDir, choice.addedModelsDir] : [];
  const { dependencies } = packageJson;
  return resultKey(
    'detector',
    JSON.stringify({ choice, models }),
    ...manifests
      .map((folder) => join(folder, 'manifest.json'))
      .map((path) => (existsSync(path) ? readFileSync(path) : '')),
    JSON.stringify([
      dependencies['onnxruntime-node'],
      dependencies['@techstark/opencv-js'],
      dependencies.sharp,
    ]),
    codeHash('vision', 'models', 'lab/detectors'),
  );
}
