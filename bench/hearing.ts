/**
 * What hearing costs: listening to a room in which nobody speaks, naming a voice, and what is left of vision's frame
 * rate beside it. `bun bench/hearing.ts`.
 */
import type { FrameRef } from '../hal/contract/camera.ts';
import type { PcmChunk } from '../hal/contract/microphone.ts';
import type { Sound } from '../hal/contract/sound.ts';
import { SystemClock } from '../hal/linux/clock.ts';
import { readSoundFile } from '../hal/linux/sound-file.ts';
import { Random } from '../hal/sim/random.ts';
import { parseConfig } from '../src/config/read.ts';
import { EmbeddingNamer } from '../src/hearing/embedding-namer.ts';
import { centroidsPerPerson } from '../src/hearing/match.ts';
import { VoiceActivityRhythm } from '../src/hearing/rhythm.ts';
import { PcmSoundWatch } from '../src/hearing/sound-watch.ts';
import { voiceLimits } from '../src/hearing/threshold.ts';
import { VoiceActivityDetector } from '../src/hearing/vad.ts';
import { VoicePipeline } from '../src/hearing/voice-pipeline.ts';
import { WorkerVoiceModels } from '../src/hearing/worker-voice-models.ts';
import { heightPx, usualFrame, widthPx } from '../src/lab/speed/frame.ts';
import { gallery } from '../src/lab/speed/gallery.ts';
import { loadFaceModels } from '../src/lab/speed/in-process-models.ts';
import { shippedModelsDir } from '../src/models/folders.ts';
import { readManifest } from '../src/models/manifest.ts';
import { PixelWatch } from '../src/vision/change.ts';
import { See } from '../src/vision/see.ts';
import { finish, progress, rounded } from './support/report.ts';
import { median, medianMs } from './support/statistics.ts';

const { signal } = new AbortController();
const clock = new SystemClock();
const { config } = parseConfig('', undefined);
const { decideAfterMs, utteranceGapMs, windowMs } = config.hearing;
const people = 100;

/** A fan in the next room, 50 dB under full scale: loud and low enough that no gate shuts. */
function quietRoom(): PcmChunk[] {
  const random = Random.seeded(3);
  const { sampleRateHz, channels } = config.microphone;
  const frames = sampleRateHz / 10;
  let low = 0;
  return Array.from({ length: 100 }, (_, seq) => {
    const samples = new Int16Array(frames * channels);
    for (let i = 0; i < frames; i++) {
      low += 0.02 * (random.uniform(-1, 1) - low);
      samples.fill(Math.round(0.04 * low * 32_767), i * channels, (i + 1) * channels);
    }
    return { seq, startMs: seq * 100, sampleRateHz, channels, samples };
  });
}

const room = quietRoom();
const watch = new PcmSoundWatch(await VoiceActivityDetector.create());
const rhythm = new VoiceActivityRhythm({ decideAfterMs, utteranceGapMs });
let heard = 0;
function hearNext(): void {
  const chunk = room[heard % room.length]!;
  const startMs = heard++ * 100;
  rhythm.next({ startMs, lengthMs: 100, speechMs: watch.glance(chunk).speechMs });
}

progress('listening to an empty room ...');
const listening = await medianMs(hearNext, 600, 100);
const coreShare = (listening.median / 100) * 100;

progress('naming a voice ...');
const file = new URL('../demo/voices/validation/Ana1.flac', import.meta.url).pathname;
const { sound } = await readSoundFile(file, signal);
const firstOf = (seconds: number): Sound => ({
  ...sound,
  samples: sound.samples.subarray(0, seconds * sound.sampleRateHz),
});
const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: '' });
const pipeline = await VoicePipeline.load(manifest.voiceEmbedder());
const window = await medianMs(() => pipeline.embed(firstOf(1.7)), 40, 5);

await using models = await WorkerVoiceModels.open(
  { clock, models: { shippedDir: shippedModelsDir, addedDir: '' }, newestMs: windowMs },
  signal,
);
const known = gallery(people * centroidsPerPerson, models.embeddingLength);
const namer = new EmbeddingNamer(models, voiceLimits(models.match, config.hearing), {
  subjectIds: Array.from({ length: people }, (_, i) => `p_${i}`),
  embeddingLength: models.embeddingLength,
  centroids: known.embeddings,
});
const [short, long] = [firstOf(3.3), firstOf(8.7)];
const shortMs = await medianMs(() => namer.name(short, signal), 30, 5);
const longMs = await medianMs(() => namer.name(long, signal), 30, 5);

progress('seeing, alone and while hearing ...');
const rgb = await usualFrame();
await using faces = await loadFaceModels(() => rgb);
const glancing = new PixelWatch(() => rgb);
const see = new See(faces, clock, gallery(people, faces.embeddingLength), {
  framesToDecide: config.vision.votes,
  verifyAfterMs: config.vision.embedIntervalMs / 2,
});
let frames = 0;
/** Frames a second over `count` frames that follow each other at once, with as much sound as passes meanwhile. */
async function frameRate(count: number, hears: boolean): Promise<number> {
  const start = performance.now();
  let heardMs = 0;
  for (let i = 0; i < count; i++) {
    frames++;
    const frame: FrameRef = {
      seq: frames,
      slot: 0,
      receivedAtMs: frames * 100,
      widthPx,
      heightPx,
      format: 'rgb24',
    };
    glancing.glance(frame);
    await see.look(frame, signal);
    for (; hears && performance.now() - start - heardMs >= 100; heardMs += 100) hearNext();
  }
  return (count * 1_000) / (performance.now() - start);
}
await frameRate(40, true);
const rates = { alone: [] as number[], both: [] as number[] };
for (let round = 0; round < 12; round++) {
  rates.alone.push(await frameRate(60, false));
  rates.both.push(await frameRate(60, true));
}

finish({
  bench: 'hearing',
  figures: [
    {
      what: 'listening while nobody speaks, of a core',
      value: rounded(coreShare),
      unit: '%',
      limit: { most: 3 },
    },
    {
      what: 'one window of 1.6 s, one thread',
      value: rounded(window.median),
      unit: 'ms',
      limit: { most: 30 },
    },
    { what: 'a name from 3 s of speech', value: rounded(shortMs.median), unit: 'ms', limit: { most: 500 } },
    { what: 'a name from 7 s of speech', value: rounded(longMs.median), unit: 'ms', limit: { most: 500 } },
    { what: 'frame rate without hearing', value: rounded(median(rates.alone)), unit: '1/s' },
    {
      what: 'frame rate while hearing, of that without',
      value: rounded(median(rates.both) / median(rates.alone)),
      unit: 'times',
      limit: { least: 0.9 },
    },
  ],
});
