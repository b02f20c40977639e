import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../hal/linux/clock.ts';
import { readConfig } from '../../src/config/read.ts';
import type { PeopleStore } from '../../src/people/store.ts';
import { embedFaceAnew, embedVoiceAnew } from '../../src/runtime/embed-anew.ts';
import { openFaceWorkers } from '../../src/runtime/face-workers.ts';
import { openVoiceModels } from '../../src/runtime/real-voice-models.ts';
import { distanceBetween } from '../../src/vision/match.ts';
import { demoFolder, vigilFaces } from '../cli/faces-run.ts';
import { clip, vigilVoices } from '../cli/voices-run.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';

setDefaultTimeout(60_000);
afterEach(removeTemporary);

const never = new AbortController().signal;

function keeping(): string {
  const config = join(temporaryFolder(), 'vigil.toml');
  writeFileSync(config, '[people]\nkeep_originals = true\n');
  return config;
}

/** The one sample in the store, as a model that never saw it finds it. */
function only(store: PeopleStore, kind: 'face' | 'voice') {
  const [wanted, ...more] = store.samplesToReembed(kind, 'another pipeline');
  if (wanted === undefined || more.length > 0) throw new Error('one sample was expected');
  return wanted;
}

test('of a face that was kept the same models make nearly the same when its file is gone; nothing of one that was not kept', async () => {
  const [state, folder] = [temporaryFolder(), temporaryFolder()];
  const input = join(folder, 'ana.jpg');
  copyFileSync(join(demoFolder, 'people/Ana.jpg'), input);
  const words = ['--input', input, '--state', state, '--consent'];
  const ran = await vigilFaces('enrol', 'Ana', ...words, '--config', keeping());
  expect(ran.exitCode).toBe(0);
  const store = openStore(state);
  expect(store.people()[0]?.consent?.textVersion).toBe('1-kept');

  const { config } = await readConfig({ file: undefined, flags: [] });
  await using workers = await openFaceWorkers(config, state, 1, never);
  const [models] = workers.models;
  if (models === undefined) throw new Error('no models');
  const wanted = only(store, 'face');
  const fromFile = await embedFaceAnew(store, models, wanted, never);
  expect(distanceBetween(wanted.sample.embedding, fromFile!.embedding)).toBeLessThan(1e-6);
  rmSync(input);
  const fromKept = await embedFaceAnew(store, models, wanted, never);
  // Two pictures of one person taken on different days are some 0.05 apart.
  expect(distanceBetween(wanted.sample.embedding, fromKept!.embedding)).toBeLessThan(0.02);
  const without = { ...wanted, original: undefined };
  expect(await embedFaceAnew(store, models, without, never)).toBeUndefined();
});

test('of a voice that was kept the same model makes nearly the same', async () => {
  const [state, folder] = [temporaryFolder(), temporaryFolder()];
  const input = join(folder, 'ana.flac');
  copyFileSync(clip('train/Ana1'), input);
  const words = ['--input', input, '--state', state, '--consent', '--config', keeping()];
  expect((await vigilVoices('enrol', 'Ana', ...words)).exitCode).toBe(0);
  rmSync(input);
  const store = openStore(state);
  const { config } = await readConfig({ file: undefined, flags: [] });
  const models = await openVoiceModels(config, state, new SystemClock(), { callLimitMs: 60_000 }, never);
  const wanted = only(store, 'voice');
  const anew = await embedVoiceAnew(store, models, wanted, never);
  await models.close();
  const length = models.embeddingLength;
  const clean = (embedding: Float32Array) => embedding.subarray(0, length);
  expect(distanceBetween(clean(wanted.sample.embedding), clean(anew!.embedding))).toBeLessThan(0.01);
});
