/** A store of 10,000 people: opened, read into a gallery, one of them forgotten: `bun bench/people.ts`. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../hal/sim/random.ts';
import { buildGallery } from '../src/people/gallery.ts';
import { PeopleStore } from '../src/people/store.ts';
import { finish, rounded } from './support/report.ts';

const people = 10_000;
const pipelineId = 'bench';
const openLimitMs = 2_000;
const forgetLimitMs = 1_000;
const wallClock = { nowUtcMs: () => Date.now() };

const directory = mkdtempSync(join(tmpdir(), 'vigil-bench-people-'));
try {
  fill();
  const bytes = statSync(join(directory, 'people.db')).size;
  const opened: number[] = [];
  const forgotten: number[] = [];
  for (let round = 0; round < 3; round++) {
    const startMs = performance.now();
    const store = PeopleStore.open({ directory, wallClock });
    const gallery = buildGallery(store, pipelineId);
    opened.push(performance.now() - startMs);
    const [subjectId] = gallery.subjectIds;
    if (subjectId === undefined) throw new Error('nobody is known');
    const forgetMs = performance.now();
    const { scrubbed } = store.forget(subjectId);
    forgotten.push(performance.now() - forgetMs);
    if (!scrubbed) throw new Error('the bytes were not overwritten');
    store.close();
  }
  finish({
    bench: 'people',
    figures: [
      {
        what: '10,000 people from the disk to a gallery',
        value: rounded(median(opened)),
        unit: 'ms',
        limit: { most: openLimitMs },
      },
      {
        what: 'one of them forgotten, every byte overwritten',
        value: rounded(median(forgotten)),
        unit: 'ms',
        limit: { most: forgetLimitMs },
      },
      { what: 'the size of the store', value: rounded(bytes / 1_048_576), unit: 'MiB' },
    ],
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** People of one picture each, as an import makes them. */
function fill(): void {
  using store = PeopleStore.open({ directory, wallClock });
  const random = Random.seeded(1);
  for (let i = 0; i < people; i++) {
    const contentSha256 = new Bun.CryptoHasher('sha256').update(`picture ${i}`).digest('hex');
    store.enrol({
      name: `Person ${i}`,
      consent: null,
      samples: [
        {
          ...{ kind: 'face', pipelineId, quality: { score: 0.9, eyeDistancePx: 60 } },
          embedding: random.unitVector(128),
          provenance: { source: 'dataset', root: '/dataset', path: `Person ${i}.jpg`, contentSha256 },
        },
      ],
    });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
