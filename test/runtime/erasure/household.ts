import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../../../src/journal/journal.ts';
import { type ErasurePlan, planErasure } from '../../../src/runtime/erasure/plan.ts';
import { name, path, searches, storeWithPerson } from '../../people/erasure-search.ts';

/** A whole place in one folder: state directory, pictures, recordings, a trained network, a backup. */
export const folders = { state: 'state', dataset: 'dataset', audios: 'audios', trained: 'trained' } as const;

/** Puts the person into every corner of it. Gives what to look for, and the plan of erasing her. */
export async function householdIn(root: string): Promise<{
  readonly wanted: Record<string, Buffer>;
  readonly subjectId: string;
}> {
  const state = join(root, folders.state);
  const { store, sample } = storeWithPerson(state);
  const { subjectId } = sample;
  using journal = Journal.open({ directory: state });
  for (let i = 0; i < 40; i++) {
    journal.append([
      { kind: 'visit', utcMs: i, facts: { phase: 'granted', durationMs: i }, personal: { subjectId } },
      { kind: 'output', utcMs: i, facts: { device: 'green', on: true, grantId: null } },
    ]);
  }
  const put = (folder: string, file: string, text: string) => {
    const full = join(root, folder, file);
    mkdirSync(join(full, '..'), { recursive: true });
    writeFileSync(full, text);
  };
  put(folders.dataset, path, 'birthday');
  put(folders.dataset, 'Other 1.jpg', 'another person');
  put(folders.audios, `train/${name}1.wav`, 'her voice');
  put(folders.trained, 'voices.json', JSON.stringify({ labels: [name] }));
  put(folders.trained, 'voices.onnx', 'weights');
  put(folders.state, 'trace/last.ndjson', `{"subjectId":"${subjectId}"}\n`);
  put('recordings/tagged', 'sound.wav', `the voice of ${name}`);
  put('recordings/untagged', 'sound.wav', 'somebody');
  put('backups', 'old.vigil', `sealed bytes of ${name}`);
  store.noteMadeFile('recording', join(root, 'recordings/tagged'), [subjectId]);
  store.noteMadeFile('recording', join(root, 'recordings/untagged'), []);
  store.noteMadeFile('backup', join(root, 'backups/old.vigil'), []);
  const wanted = { ...searches(state, sample), 'her voice': Buffer.from('her voice') };
  store.close();
  return { wanted, subjectId };
}

/** The plan of erasing her from the place in `root`. */
export function planOf(
  root: string,
  store: Parameters<typeof planErasure>[0],
  signal: AbortSignal,
): Promise<ErasurePlan> {
  const places = {
    stateDirectory: join(root, folders.state),
    dataset: join(root, folders.dataset),
    audios: join(root, folders.audios),
    trained: join(root, folders.trained),
    traceFile: undefined,
    keepFiles: false,
  };
  return planErasure(store, name, places, signal);
}
