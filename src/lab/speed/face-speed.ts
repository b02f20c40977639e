import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { FrameRef } from '../../../hal/contract/camera.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { parseConfig } from '../../config/read.ts';
import type { Pipeline } from '../../models/manifest.ts';
import { readPicture } from '../../runtime/picture-input.ts';
import { isSmallBoard } from '../../runtime/real-models.ts';
import { PixelWatch } from '../../vision/change.ts';
import { loadFaceFinder } from '../../vision/find-faces.ts';
import { nearestSubjects } from '../../vision/match.ts';
import { FacePipeline } from '../../vision/pipeline.ts';
import { See } from '../../vision/see.ts';
import { type Middle, medianOf } from '../statistics.ts';
import type { FaceApiPeer } from './face-api-peer.ts';
import { heightPx, usualFrame, widthPx } from './frame.ts';
import { gallery } from './gallery.ts';
import { loadFaceModels } from './in-process-models.ts';

const enrolled = 100;
const manyEnrolled = 10_000;

/** One step of the work on a picture with one face. */
export interface Stage {
  readonly name: string;
  /** Milliseconds. */
  readonly ms: Middle;
  /** A part of the first look at somebody: the others are beside it. */
  readonly ofFirstLook: boolean;
}

export interface FaceSpeed {
  readonly stages: readonly Stage[];
  /** A frame of somebody who was not there before, and one of somebody who stays; on one thread, without decoding. */
  readonly firstSeenMs: Middle;
  readonly inViewMs: Middle;
  /** The whole of a frame by the peer, and how many times its frames a second ours are, round by round. */
  readonly peer: { readonly frameMs: Middle; readonly firstSeen: Middle; readonly inView: Middle } | null;
  readonly frames: number;
}

const warmUps = 6;
const perRound = { stage: 6, firstSeen: 8, inView: 20, peer: 2 };
const frameIntervalMs = 100;

/**
 * Measures the device's eyes in so many rounds, each step and the peer in turns, so that what else the machine does
 * touches all of them alike. Blocks its thread while networks run. Rejects with ModelError, and with what the peer does.
 */
export async function measureFaceSpeed(
  pipeline: Pipeline,
  peer: FaceApiPeer | undefined,
  rounds: number,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<FaceSpeed> {
  const rgb = await usualFrame();
  const stages = await loadStages(pipeline, rgb);
  const looks = await loadLooks(rgb);
  const times = {
    stages: stages.steps.map(() => [] as number[]),
    firstSeen: [] as number[],
    inView: [] as number[],
    peer: [] as number[],
    ratios: { firstSeen: [] as number[], inView: [] as number[] },
  };
  try {
    for (let i = 0; i < warmUps; i++) {
      for (const { run } of stages.steps) await run(signal);
      await looks.firstSeen(signal);
      await looks.inView(5, signal);
    }
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted();
      progress(round);
      for (const [stage, { run }] of stages.steps.entries()) {
        for (let i = 0; i < perRound.stage; i++) times.stages[stage]!.push(await timed(() => run(signal)));
      }
      const first: number[] = [];
      for (let i = 0; i < perRound.firstSeen; i++) first.push(await looks.firstSeen(signal));
      const before = (await peer?.frames(perRound.peer)) ?? [];
      const inView = await looks.inView(perRound.inView, signal);
      const after = (await peer?.frames(perRound.peer)) ?? [];
      times.firstSeen.push(...first);
      times.inView.push(inView);
      times.peer.push(...before, ...after);
      if (peer !== undefined) {
        const peerMs = medianOf([...before, ...after]).median;
        times.ratios.firstSeen.push(peerMs / medianOf(first).median);
        times.ratios.inView.push(peerMs / inView);
      }
    }
  } finally {
    await stages.close();
    await looks.close();
  }
  return {
    stages: stages.steps.map(({ name, ofFirstLook }, i) => ({
      ...{ name, ofFirstLook },
      ms: medianOf(times.stages[i]!),
    })),
    firstSeenMs: medianOf(times.firstSeen),
    inViewMs: medianOf(times.inView),
    peer:
      peer === undefined
        ? null
        : {
            frameMs: medianOf(times.peer),
            firstSeen: medianOf(times.ratios.firstSeen),
            inView: medianOf(times.ratios.inView),
          },
    frames: rounds * (perRound.firstSeen + perRound.inView),
  };
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

interface Step {
  readonly name: string;
  readonly ofFirstLook: boolean;
  readonly run: (signal: AbortSignal) => unknown;
}

/** The steps, each on what the one before gave. To be closed. */
async function loadStages(
  pipeline: Pipeline,
  rgb: Uint8Array,
): Promise<{ readonly steps: readonly Step[]; readonly close: () => Promise<void> }> {
  const scratch = mkdtempSync(join(tmpdir(), 'vigil-lab-'));
  const file = join(scratch, 'frame.jpg');
  await sharp(Uint8Array.from(rgb), { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .jpeg({ quality: 90 })
    .toFile(file);
  const smallBoard = isSmallBoard();
  const finder = await loadFaceFinder(pipeline.detector, { smallBoard });
  const faces = await FacePipeline.load(pipeline, { smallBoard });
  const watch = new PixelWatch(() => rgb);
  const [detection] = await finder.find(rgb, widthPx, heightPx, undefined);
  const aligned = detection && (await faces.align(rgb, widthPx, heightPx, detection));
  if (aligned === undefined) throw new Error('no face is found in the picture of the built-in scene');
  const [embedding] = await faces.embed([aligned]);
  const few = gallery(enrolled, faces.embeddingLength);
  const many = gallery(manyEnrolled, faces.embeddingLength);
  const step = (name: string, run: Step['run'], ofFirstLook = true): Step => ({ name, ofFirstLook, run });
  return {
    steps: [
      step('decode a JPEG file of 640 x 480', (signal) => readPicture(file, signal), false),
      step('glance: has anything changed?', () => watch.glance(frameAt(0))),
      step('detect', () => finder.find(rgb, widthPx, heightPx, undefined)),
      step('landmarks and quality', () => faces.align(rgb, widthPx, heightPx, detection!)),
      step('embed', () => faces.embed([aligned])),
      step(`match among ${enrolled} people`, () => nearestSubjects(few, embedding!, 2)),
      step(
        `match among ${manyEnrolled.toLocaleString('en')} people`,
        () => nearestSubjects(many, embedding!, 2),
        false,
      ),
    ],
    close: async () => {
      await Promise.all([finder.close(), faces.close()]);
      rmSync(scratch, { recursive: true });
    },
  };
}

function frameAt(atMs: number): FrameRef {
  return { seq: Math.round(atMs), slot: 0, receivedAtMs: atMs, widthPx, heightPx, format: 'rgb24' };
}

/** Whole looks as the device takes them, with its own policy of following a face and embedding it anew. */
async function loadLooks(rgb: Uint8Array): Promise<{
  /** Milliseconds of a look at somebody who was not there before. */
  readonly firstSeen: (signal: AbortSignal) => Promise<number>;
  /** Mean milliseconds over so many frames of somebody who stays. */
  readonly inView: (frames: number, signal: AbortSignal) => Promise<number>;
  readonly close: () => Promise<void>;
}> {
  const { votes, embedIntervalMs } = parseConfig('', undefined).config.vision;
  const models = await loadFaceModels(() => rgb, isSmallBoard());
  const watch = new PixelWatch(() => rgb);
  const clock = new SystemClock();
  const people = gallery(enrolled, models.embeddingLength);
  const verifyAfterMs = embedIntervalMs / 2;
  const staying = new See(models, clock, people, { verifyAfterMs, framesToDecide: votes });
  let atMs = 0;

  async function look(see: See, signal: AbortSignal): Promise<number> {
    atMs += frameIntervalMs;
    const frame = frameAt(atMs);
    return await timed(async () => {
      watch.glance(frame);
      const { people: seen } = await see.look(frame, signal);
      if (seen.length !== 1) throw new Error(`${seen.length} faces found, not one`);
    });
  }
  return {
    firstSeen: (signal) => {
      atMs += 10_000; // nothing is left to follow
      return look(new See(models, clock, people, { verifyAfterMs, framesToDecide: 1 }), signal);
    },
    inView: async (frames, signal) => {
      atMs += 10_000;
      for (let i = 0; i < votes + 2; i++) await look(staying, signal); // until the face is decided
      let totalMs = 0;
      for (let i = 0; i < frames; i++) totalMs += await look(staying, signal);
      return totalMs / frames;
    },
    close: () => models.close(),
  };
}
