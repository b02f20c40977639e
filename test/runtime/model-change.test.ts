import { afterEach, expect, test } from 'bun:test';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { buildGallery } from '../../src/people/gallery.ts';
import type { SampleToReembed } from '../../src/people/reembedding.ts';
import type { PeopleStore } from '../../src/people/store.ts';
import { ModelChange, type ReembeddingReport } from '../../src/runtime/model-change.ts';
import { consent, faceSample, unitEmbedding } from '../people/samples.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';

afterEach(removeTemporary);

const never = new AbortController().signal;
const quality = { score: 0.9 };

/** Models by the names in the configuration; `old` gives pipe-1, which the samples are of. */
const pipelines: Readonly<Record<string, string>> = { old: 'pipe-1', new: 'pipe-2', lost: 'pipe-9' };

interface Bench {
  readonly change: ModelChange<{ pipelineId: string; close(): Promise<void> }>;
  readonly reports: ReembeddingReport[];
  readonly begun: number[];
  readonly closed: string[];
  readonly errors: unknown[];
}

function bench(
  store: PeopleStore,
  embedder: string,
  embed: (wanted: SampleToReembed) => Promise<number | undefined> = async () => 7,
  clock = new VirtualClock(),
): Bench {
  const reports: ReembeddingReport[] = [];
  const begun: number[] = [];
  const closed: string[] = [];
  const errors: unknown[] = [];
  const change = new ModelChange({
    ...{ kind: 'face', store, clock, choice: { embedder } },
    async open({ embedder: name = '' }) {
      const pipelineId = pipelines[name];
      if (pipelineId === undefined || name === 'lost') throw new Error(`no model ${name}`);
      return { pipelineId, close: async () => void closed.push(pipelineId) };
    },
    async embed(_, wanted) {
      const seed = await embed(wanted);
      return seed === undefined ? undefined : { embedding: unitEmbedding(seed), quality };
    },
    onBegin: (_, samples) => begun.push(samples),
    onReport: (report) => reports.push(report),
    onError: (error) => errors.push(error),
  });
  return { change, reports, begun, closed, errors };
}

/** Two people known by the old models, which are in force. */
function household(): PeopleStore {
  const store = openStore(temporaryFolder());
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1), faceSample(2)] });
  store.enrol({ name: 'Eva', consent, samples: [faceSample(3)] });
  store.setModelsInForce('face', { pipelineId: 'pipe-1', choice: { embedder: 'old' } });
  return store;
}

const until = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
const known = (store: PeopleStore, pipelineId: string) => buildGallery(store, pipelineId).subjectIds.length;

test('the models before stay in force until everybody is embedded anew, then the new ones are', async () => {
  const store = household();
  const gate = Promise.withResolvers<void>();
  const { change, reports, begun } = bench(store, 'new', async () => {
    await gate.promise;
    return 7;
  });
  const first = await change.open(never);
  expect(first.models.pipelineId).toBe('pipe-1');
  expect(change.newest?.pipelineId).toBe('pipe-2');
  expect([begun, first.replaced.aborted, store.modelsInForce('face')?.pipelineId]).toEqual([
    [3],
    false,
    'pipe-1',
  ]);
  expect(known(store, 'pipe-1')).toBe(2);
  gate.resolve();
  await until(first.replaced);
  expect(reports).toEqual([{ kind: 'face', embedded: 3, without: new Map() }]);
  const second = await change.open(never);
  expect([second.models.pipelineId, second.replaced.aborted]).toEqual(['pipe-2', false]);
  expect([known(store, 'pipe-1'), known(store, 'pipe-2')]).toEqual([0, 2]);
  expect(store.pipelines('face')).toEqual([{ pipelineId: 'pipe-2', samples: 3 }]);
  await change.close();
});

test('what was embedded before an interruption is not embedded again', async () => {
  const store = household();
  const looked: string[] = [];
  const first = bench(store, 'new', async ({ sample }) => {
    if (looked.length === 2) return await new Promise<never>(() => {});
    looked.push(sample.sampleId);
    return 7;
  });
  await first.change.open(never);
  while (looked.length < 2) await Bun.sleep(1);
  // The process ends here.
  const second = bench(store, 'new', async ({ sample }) => {
    looked.push(sample.sampleId);
    return 7;
  });
  const opened = await second.change.open(never);
  expect(opened.models.pipelineId).toBe('pipe-1');
  await until(opened.replaced);
  expect([second.begun, new Set(looked).size, looked.length]).toEqual([[1], 3, 3]);
});

test('people of whom nothing is left to embed are named, keep their old samples, and are known again with the old models', async () => {
  const store = household();
  const eva = store.find('Eva')?.subjectId ?? '';
  const { change, reports } = bench(store, 'new', async ({ sample }) =>
    sample.subjectId === eva ? undefined : 7,
  );
  await until((await change.open(never)).replaced);
  expect(reports).toMatchObject([{ embedded: 2, without: new Map([[eva, 1]]) }]);
  expect(store.unknownTo(eva)).toEqual(['face']);
  expect(store.unknownTo(store.find('Ana')?.subjectId ?? '')).toEqual([]);
  expect(store.samples(eva)).toHaveLength(1);
  await change.close();

  const back = bench(store, 'old');
  const opened = await back.change.open(never);
  await until(opened.replaced);
  expect((await back.change.open(never)).models.pipelineId).toBe('pipe-1');
  expect(known(store, 'pipe-1')).toBe(2);
});

test('where the models before cannot be opened any more the new ones are in force at once, and people come back one by one', async () => {
  const store = household();
  store.setModelsInForce('face', { pipelineId: 'pipe-1', choice: { embedder: 'lost' } });
  const { change, reports } = bench(store, 'new');
  const { models } = await change.open(never);
  expect([models.pipelineId, store.modelsInForce('face')?.pipelineId]).toEqual(['pipe-2', 'pipe-2']);
  while (reports.length === 0) await Bun.sleep(1);
  expect(known(store, 'pipe-2')).toBe(2);
});

test('models that stay the same embed nothing, and nothing is told', async () => {
  const store = household();
  const { change, begun, reports } = bench(store, 'old');
  const { models, replaced } = await change.open(never);
  await change.close();
  expect([models.pipelineId, replaced.aborted, begun, reports]).toEqual(['pipe-1', false, [], []]);
});

test('models that fail in the background are tried again, and those in force go on', async () => {
  const store = household();
  const clock = new VirtualClock();
  let failures = 2;
  const { change, errors, reports } = bench(
    store,
    'new',
    async () => {
      if (failures-- > 0) throw new Error('no answer in 5 s');
      return 7;
    },
    clock,
  );
  const { replaced } = await change.open(never);
  await clock.runUntil(29_000);
  expect([errors.length, replaced.aborted]).toEqual([1, false]);
  await clock.runUntil(90_000);
  expect([errors.length, replaced.aborted, reports.length]).toEqual([2, true, 1]);
});

test('a person who is forgotten meanwhile does not come back', async () => {
  const store = household();
  const ana = store.find('Ana')?.subjectId ?? '';
  const { change, reports } = bench(store, 'new', async ({ sample }) => {
    if (sample.subjectId === ana) store.forget(ana);
    return 7;
  });
  await until((await change.open(never)).replaced);
  expect(reports).toMatchObject([{ embedded: 1 }]);
  expect(store.people()).toMatchObject([{ name: 'Eva', faceSamples: 1 }]);
});
