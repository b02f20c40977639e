/**
 * Frames a second of one 640 x 480 picture with one face, from decoded RGB to a decision on one thread, against
 * @vladmandic/face-api, which does the whole work for every frame: `bun bench/frame-rate.ts [--no-peer]`.
 *
 * First seen: glance, detection, landmarks, alignment, embedding and match for somebody who was not there before.
 * In view: the mean over frames at ten a second of somebody who stays, with the device's own policy of following
 * the face and embedding it anew.
 */
import type { FrameRef } from '../hal/contract/camera.ts';
import { SystemClock } from '../hal/linux/clock.ts';
import { parseConfig } from '../src/config/read.ts';
import { FaceApiPeer, PeerAbsentError } from '../src/lab/speed/face-api-peer.ts';
import { heightPx, usualFrame, widthPx } from '../src/lab/speed/frame.ts';
import { gallery } from '../src/lab/speed/gallery.ts';
import { loadFaceModels } from '../src/lab/speed/in-process-models.ts';
import { PixelWatch } from '../src/vision/change.ts';
import { See } from '../src/vision/see.ts';
import { nearFrame } from './support/frame.ts';
import { type Figure, finish, progress, rounded } from './support/report.ts';
import { median } from './support/statistics.ts';

const required = { firstSeen: 14, inView: 22 };
const people = 100;
const rounds = 8;
const framesPerRound = { firstSeen: 15, inView: 30, peer: 4 };
const frameIntervalMs = 100;

const config = parseConfig('', undefined).config.vision;
const { signal } = new AbortController();
const clock = new SystemClock();
let seq = 0;
let atMs = 0;

async function measure(
  name: string,
  rgb: Uint8Array,
): Promise<{ figures: Figure[]; peer: string | undefined }> {
  progress(`${name} ...`);
  using peer = process.argv.includes('--no-peer') ? undefined : await FaceApiPeer.start(rgb, progress);
  await using models = await loadFaceModels(() => rgb);
  const watch = new PixelWatch(() => rgb);
  const people100 = gallery(people, models.embeddingLength);
  const options = { verifyAfterMs: config.embedIntervalMs / 2 };
  const staying = new See(models, clock, people100, { ...options, framesToDecide: config.votes });

  async function look(see: See): Promise<number> {
    atMs += frameIntervalMs;
    const frame: FrameRef = { seq: ++seq, slot: 0, receivedAtMs: atMs, widthPx, heightPx, format: 'rgb24' };
    const start = performance.now();
    watch.glance(frame);
    const { people: seen } = await see.look(frame, signal);
    const tookMs = performance.now() - start;
    if (seen.length !== 1) throw new Error(`${seen.length} faces found, not one`);
    return tookMs;
  }
  async function firstSeen(): Promise<number> {
    atMs += 10_000; // nothing is left to follow
    return await look(new See(models, clock, people100, { ...options, framesToDecide: 1 }));
  }
  const times = { firstSeen: [] as number[], inView: [] as number[], peer: [] as number[] };
  for (let i = 0; i < 30; i++) await (i % 2 === 0 ? firstSeen() : look(staying));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < framesPerRound.firstSeen; i++) times.firstSeen.push(await firstSeen());
    times.peer.push(...((await peer?.frames(framesPerRound.peer)) ?? []));
    atMs += 10_000;
    for (let i = 0; i < 5; i++) await look(staying); // until the face is decided
    let totalMs = 0;
    for (let i = 0; i < framesPerRound.inView; i++) totalMs += await look(staying);
    times.inView.push(totalMs / framesPerRound.inView);
    times.peer.push(...((await peer?.frames(framesPerRound.peer)) ?? []));
  }
  const [first, inView, peerMs] = [median(times.firstSeen), median(times.inView), median(times.peer)];
  const figures: Figure[] = [
    { what: `${name}: first seen`, value: rounded(first), unit: 'ms' },
    { what: `${name}: in view`, value: rounded(inView), unit: 'ms' },
  ];
  if (peer !== undefined) {
    figures.push(
      { what: `${name}: peer`, value: rounded(peerMs), unit: 'ms' },
      {
        what: `${name}: frame rate first seen, of the peer's`,
        value: rounded(peerMs / first),
        unit: 'times',
        limit: { least: required.firstSeen },
      },
      {
        what: `${name}: frame rate in view, of the peer's`,
        value: rounded(peerMs / inView),
        unit: 'times',
        limit: { least: required.inView },
      },
    );
  }
  return { figures, peer: peer?.description };
}

try {
  const near = await measure('near face', await nearFrame());
  const usual = await measure('face at 0.8 m', await usualFrame());
  finish({
    bench: 'frame-rate',
    ...(near.peer === undefined ? {} : { peer: near.peer }),
    figures: [...near.figures, ...usual.figures],
  });
} catch (error) {
  if (!(error instanceof PeerAbsentError)) throw error;
  console.error(`${error.message}; or pass --no-peer`);
  process.exit(1);
}
