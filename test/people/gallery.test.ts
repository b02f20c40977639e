import { afterEach, expect, test } from 'bun:test';
import fc from 'fast-check';
import { buildGallery, buildVoiceGallery, confusablePairs, nearestPeople } from '../../src/people/gallery.ts';
import { consent, faceSample, unitEmbedding } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const never = new AbortController().signal;

function vector(...values: number[]): Float32Array {
  return new Float32Array(values);
}

test('a person with several pictures is one row: the mean of the unit embeddings, of unit length', () => {
  const store = openStore(temporaryFolder());
  const samples = [
    faceSample(1, { embedding: vector(1, 0) }),
    faceSample(2, { embedding: vector(0, 5) }), // not yet of unit length: must not weigh more
  ] as const;
  const { person } = store.enrol({ name: 'Ana', consent, samples });
  const gallery = buildGallery(store, 'pipe-1');
  expect(gallery.subjectIds).toEqual([person.subjectId]);
  expect(gallery.embeddingLength).toBe(2);
  expect([...gallery.embeddings]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
  expect(gallery.names.get(person.subjectId)).toBe('Ana');
});

test('samples of other pipelines and of voices are never compared, and counted', () => {
  const store = openStore(temporaryFolder());
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1), faceSample(2, { pipelineId: 'pipe-0' })] });
  store.enrol({ name: 'Eva', consent, samples: [faceSample(3, { pipelineId: 'pipe-0' })] });
  store.enrol({ name: 'Kim', consent, samples: [faceSample(4, { kind: 'voice' })] });
  const gallery = buildGallery(store, 'pipe-1');
  expect(gallery.subjectIds).toEqual([store.find('Ana')!.subjectId]);
  expect(gallery).toMatchObject({ samplesToReembed: 2, peopleToReembed: 1 });
  expect([...gallery.embeddings]).toEqual([...unitEmbedding(1)].map(Math.fround));
});

test('a person with several recordings has one voice of each kind: the mean of the unit embeddings', () => {
  const store = openStore(temporaryFolder());
  const voice = (seed: number, embedding: Float32Array) => faceSample(seed, { kind: 'voice', embedding });
  const { person } = store.enrol({
    name: 'Ana',
    consent,
    samples: [voice(1, vector(1, 0, 0, 1)), voice(2, vector(0, 1, 0, 9)), faceSample(3)],
  });
  store.enrol({ name: 'Eva', consent, samples: [voice(4, vector(1, 0, 1, 0))] });
  store.enrol({ name: 'Kim', consent, samples: [faceSample(5, { kind: 'voice', pipelineId: 'pipe-0' })] });
  const gallery = buildVoiceGallery(store, 'pipe-1', 2);
  expect(gallery).toMatchObject({ embeddingLength: 2, samplesToReembed: 1, peopleToReembed: 1 });
  const first = gallery.subjectIds.indexOf(person.subjectId) * 4;
  const half = Math.fround(Math.SQRT1_2);
  expect([...gallery.centroids.subarray(first, first + 4)]).toEqual([half, half, 0, 1]);
  expect(gallery.centroids).toHaveLength(8);
});

test('an empty store gives an empty gallery', () => {
  const gallery = buildGallery(openStore(temporaryFolder()), 'pipe-1');
  expect(gallery).toMatchObject({ subjectIds: [], embeddingLength: 0, samplesToReembed: 0 });
  expect(gallery.embeddings).toHaveLength(0);
});

test('a disabled person stays in the gallery, so that nobody else is taken for them, and is marked', () => {
  const store = openStore(temporaryFolder());
  const { person } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  store.setTerms(person.subjectId, { disabled: true });
  const gallery = buildGallery(store, 'pipe-1');
  expect(gallery.subjectIds).toEqual([person.subjectId]);
  const terms = { disabled: true, hours: null, lastDay: null };
  expect(gallery.terms).toEqual(new Map([[person.subjectId, terms]]));
});

test('every row has unit length and rows follow the ids, whatever was enrolled', () => {
  const embedding = fc
    .array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 4, maxLength: 4 })
    .filter((values) => values.some((value) => Math.abs(value) > 0.01));
  fc.assert(
    fc.property(fc.array(embedding, { minLength: 1, maxLength: 5 }), (embeddings) => {
      const store = openStore(temporaryFolder());
      for (const [i, values] of embeddings.entries()) {
        store.enrol({
          name: `Person ${i}`,
          consent,
          samples: [faceSample(i, { embedding: vector(...values) })],
        });
      }
      const gallery = buildGallery(store, 'pipe-1');
      expect(gallery.subjectIds).toHaveLength(embeddings.length);
      for (const [row, subjectId] of gallery.subjectIds.entries()) {
        const values = [...gallery.embeddings.subarray(row * 4, row * 4 + 4)];
        expect(Math.hypot(...values)).toBeCloseTo(1, 5);
        const enrolled = embeddings[Number(gallery.names.get(subjectId)?.split(' ')[1])]!;
        const cosine =
          values.reduce((sum, value, i) => sum + value * enrolled[i]!, 0) / Math.hypot(...enrolled);
        expect(cosine).toBeCloseTo(1, 5);
      }
    }),
    { numRuns: 10 },
  );
});

test('the nearest other people come in order, and confusable pairs once each', async () => {
  const store = openStore(temporaryFolder());
  const angles: Record<string, number> = { Ana: 0, Berta: 0.2, Carla: 0.5, Dora: 3 };
  for (const [i, [name, angle]] of Object.entries(angles).entries()) {
    const embedding = vector(Math.cos(angle), Math.sin(angle));
    store.enrol({ name, consent, samples: [faceSample(i, { embedding })] });
  }
  const gallery = buildGallery(store, 'pipe-1');
  const ids = Object.keys(angles).map((name) => store.find(name)!.subjectId);
  const nearest = nearestPeople(gallery, ids[0]!, 2);
  expect(nearest.map((pair) => gallery.names.get(pair.otherSubjectId))).toEqual(['Berta', 'Carla']);
  expect(nearest[0]?.distance).toBeCloseTo((2 * Math.sin(0.1)) ** 2, 5);
  expect(nearestPeople(gallery, 'p_nobody00', 2)).toEqual([]);

  const pairs = await confusablePairs(gallery, new Set(ids), 0.155, never);
  expect(pairs.map((pair) => pair.distance.toFixed(3))).toEqual(['0.040', '0.089']);
  const ofBerta = await confusablePairs(gallery, new Set([ids[1]!]), 0.155, never);
  expect(ofBerta.map((pair) => gallery.names.get(pair.otherSubjectId))).toEqual(['Ana', 'Carla']);
});
