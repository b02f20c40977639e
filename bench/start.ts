/**
 * From starting `./vigil run` to the state `operating`, with 100 people stored: `bun bench/start.ts`. The peer is
 * Bun starting and loading the same inference library, without a network.
 */
import { join } from 'node:path';
import { Random } from '../hal/sim/random.ts';
import { shippedModelsDir } from '../src/models/folders.ts';
import { readManifest } from '../src/models/manifest.ts';
import { PeopleStore } from '../src/people/store.ts';
import { FacePipeline } from '../src/vision/pipeline.ts';
import { DeviceProcess } from './support/device-process.ts';
import { finish, progress, rounded } from './support/report.ts';
import { median, percentile } from './support/statistics.ts';

const limitMs = 1_000;
const people = 100;
const starts = 9;
const picture = join(import.meta.dir, '../demo/people/Ana.jpg');

const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: '' });
const pipeline = await FacePipeline.load(manifest.pipeline(), { smallBoard: false });
const { pipelineId, embeddingLength } = pipeline;
await pipeline.close();

function storePeople(directory: string): void {
  const random = Random.seeded(3);
  using store = PeopleStore.open({ directory, wallClock: { nowUtcMs: () => Date.now() } });
  for (let i = 0; i < people; i++) {
    const contentSha256 = new Bun.CryptoHasher('sha256').update(`picture ${i}`).digest('hex');
    const embedding = random.child(i).unitVector(embeddingLength);
    const provenance = { source: 'file', path: `/pictures/${i}.jpg`, contentSha256 } as const;
    const samples = [{ kind: 'face', pipelineId, embedding, quality: {}, provenance }] as const;
    store.enrol({ name: `Person ${i}`, consent: null, samples });
  }
}

async function startMs(): Promise<number> {
  await using device = new DeviceProcess(picture, storePeople);
  return await device.operatingAfterMs();
}

const own: number[] = [];
const peer: number[] = [];
for (let i = 0; i < starts; i++) {
  progress(`start ${i + 1} of ${starts} ...`);
  own.push(await startMs());
  const spawnedAtMs = performance.now();
  Bun.spawnSync(['bun', '-e', 'await import("onnxruntime-node")'], { cwd: import.meta.dir });
  peer.push(performance.now() - spawnedAtMs);
}
finish({
  bench: 'start',
  peer: 'Bun starting and loading onnxruntime-node',
  figures: [
    {
      what: 'start to operating, median',
      value: Math.round(median(own)),
      unit: 'ms',
      limit: { most: limitMs },
    },
    { what: 'start to operating, longest', value: Math.round(percentile(own, 1)), unit: 'ms' },
    { what: 'the peer, median', value: Math.round(median(peer)), unit: 'ms' },
    { what: "of the peer's", value: rounded(median(own) / median(peer)), unit: 'times' },
  ],
});
