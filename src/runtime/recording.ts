import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { CameraSession } from '../../hal/contract/camera.ts';
import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import { asHalError, HalError } from '../../hal/contract/errors.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { MicrophoneSession } from '../../hal/contract/microphone.ts';
import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import { WavWriter } from '../../hal/linux/wav-writer.ts';
import type { VigilConfig } from '../config/schema.ts';
import { PcmSoundWatch } from '../hearing/sound-watch.ts';
import { VoiceActivityDetector } from '../hearing/vad.ts';
import { describe } from '../people/dataset.ts';
import { type MeterReading, NoiseLevel } from './hearing-speech.ts';
import { InputError } from './input-error.ts';
import { cameraFor } from './live-camera.ts';
import { microphoneFor } from './live-microphone.ts';

/** Enough to choose from, and no film: people move little in half a second. */
const pictureEveryMs = 500;
const jpegQuality = 92;

export interface RecordOptions {
  readonly config: VigilConfig;
  /** A new folder is made in it for each recording. */
  readonly output: string;
  readonly limitMs: number;
  /** What is opened, missing, or fails on the way, in words. */
  readonly onNote: (text: string) => void;
  readonly onMeter: (reading: MeterReading) => void;
  /** The folder was made, and nothing is in it yet. */
  readonly onFolder: (folder: string) => void;
}

type Run = RecordOptions & { readonly clock: Clock; readonly wallClock: WallClock };

/** What was recorded; recording.json holds the same. */
export interface Recorded {
  readonly folder: string;
  readonly startedAt: string;
  readonly lengthS: number;
  readonly camera: {
    readonly name: string;
    readonly widthPx: number;
    readonly heightPx: number;
    /** Their place in time is in their name: milliseconds since the start. */
    readonly pictures: number;
  } | null;
  readonly microphone: {
    readonly name: string;
    readonly file: string;
    readonly sampleRateHz: number;
    readonly channels: number;
    /** First sample, since the start. */
    readonly startS: number;
    readonly durationS: number;
    /** Speech in it, by voice activity. */
    readonly speechS: number;
    readonly overruns: number;
  } | null;
  /** What was wanted and not there, or failed on the way, in words. */
  readonly missing: readonly string[];
}

/** The devices of a recording; null is one that is not there. */
interface Devices {
  readonly camera: {
    readonly name: string;
    readonly ring: FrameRing;
    readonly session: CameraSession;
  } | null;
  readonly microphone: MicrophoneSession | null;
}

/**
 * Records pictures and sound side by side until the limit, or until the signal is aborted, which is no failure: what
 * was recorded till then is whole. A source that is `auto` and not there, or fails on the way, is said and the other
 * goes on. Rejects with HalError when a named source cannot be opened, or when nothing at all can be recorded.
 */
export async function record(given: RecordOptions, signal: AbortSignal): Promise<Recorded> {
  const options: Run = { ...given, clock: new SystemClock(), wallClock: new SystemWallClock() };
  const missing: string[] = [];
  const miss = (text: string) => {
    missing.push(text);
    options.onNote(text);
  };
  await using open = new AsyncDisposableStack();
  const devices = await openDevices(options, open, miss, signal);
  const folder = await newFolder(options);
  options.onFolder(folder);
  const startedAt = new Date(options.wallClock.nowUtcMs()).toISOString();
  const startMs = options.clock.nowMs();
  const limit = new AbortController();
  const timer = options.clock.setTimeout(() => limit.abort(), options.limitMs);
  const stopped = AbortSignal.any([signal, limit.signal]);
  const place = { folder, startMs };
  try {
    const [pictures, sound] = await Promise.all([
      devices.camera === null ? 0 : takePictures(devices.camera, options, place, miss, stopped),
      devices.microphone === null ? null : recordSound(devices.microphone, options, place, miss, stopped),
    ]);
    const { camera, microphone } = devices;
    const { widthPx, heightPx } = options.config.camera;
    const recorded: Recorded = {
      folder,
      startedAt,
      lengthS: seconds(options.clock.nowMs() - startMs),
      camera: camera === null ? null : { name: camera.name, widthPx, heightPx, pictures },
      microphone: microphone === null || sound === null ? null : { ...facts(microphone), ...sound },
      missing,
    };
    await writeFile(join(folder, 'recording.json'), `${JSON.stringify(recorded, undefined, 2)}\n`, {
      flag: 'wx',
    });
    return recorded;
  } finally {
    options.clock.clearTimeout(timer);
  }
}

async function openDevices(
  { config, clock, onNote }: Run,
  open: AsyncDisposableStack,
  miss: (text: string) => void,
  signal: AbortSignal,
): Promise<Devices> {
  const orMissing = async <D extends AsyncDisposable>(
    source: string,
    opening: () => Promise<D>,
  ): Promise<D | null> => {
    if (source === 'none') return null;
    try {
      return open.use(await opening());
    } catch (error) {
      if (source !== 'auto' || !(error instanceof HalError) || error.kind !== 'not-found') throw error;
      miss(error.message);
      return null;
    }
  };
  const { widthPx, heightPx, fps, source } = config.camera;
  const ring = FrameRing.create({ widthPx, heightPx });
  const cameraSession = await orMissing(source, () =>
    cameraFor(source, { ring, clock, config }).open({ widthPx, heightPx, fps }, signal),
  );
  const { sampleRateHz, channels, source: microphoneSource } = config.microphone;
  const microphone = await orMissing(microphoneSource, () =>
    microphoneFor(microphoneSource, { clock, config }).open({ sampleRateHz, channels }, signal),
  );
  if (cameraSession === null && microphone === null) {
    throw new HalError('not-found', 'record', 'there is neither a camera nor a microphone to record with');
  }
  if (cameraSession !== null) onNote(`looking through ${cameraSession.name}`);
  if (microphone !== null) {
    const { name, sampleRateHz: rate, channels: count } = microphone;
    onNote(`listening to ${name}: ${rate} Hz, ${count} channel${count === 1 ? '' : 's'}`);
  }
  const camera = cameraSession === null ? null : { name: cameraSession.name, ring, session: cameraSession };
  return { camera, microphone };
}

/** Named after the time of day; another one that began in the same second keeps its own. */
async function newFolder({ output, wallClock }: Run): Promise<string> {
  const started = new Date(wallClock.nowUtcMs()).toISOString().slice(0, 19).replaceAll(':', '-');
  for (let attempt = 1; ; attempt++) {
    const folder = join(output, attempt === 1 ? started : `${started}-${attempt}`);
    try {
      await mkdir(output, { recursive: true });
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (await isFolder(folder)) continue;
      throw new InputError(`${output}: no folder can be made there: ${describe(error)}`, { cause: error });
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

interface Place {
  readonly folder: string;
  readonly startMs: number;
}

/** Gives the number of pictures that were saved. */
async function takePictures(
  { name, ring, session }: NonNullable<Devices['camera']>,
  { clock }: Run,
  { folder, startMs }: Place,
  miss: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const pictures = join(folder, 'pictures');
  let saved = 0;
  let nextAtMs = Number.NEGATIVE_INFINITY;
  try {
    await mkdir(pictures);
    for await (const frame of session.frames(signal)) {
      const nowMs = clock.nowMs();
      if (nowMs < nextAtMs) continue;
      nextAtMs = nowMs + pictureEveryMs;
      const { widthPx: width, heightPx: height } = frame;
      const rgb = ring.pixels(frame).slice();
      const jpeg = await sharp(rgb, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: jpegQuality })
        .toBuffer();
      const atMs = Math.max(0, Math.round(frame.receivedAtMs - startMs));
      await writeFile(join(pictures, `${String(atMs).padStart(8, '0')}.jpg`), jpeg, { flag: 'wx' });
      saved++;
    }
  } catch (error) {
    if (!signal.aborted) miss(`after ${saved} pictures: ${asHalError(error, name).message}`);
  }
  return saved;
}

type RecordedSound = Pick<
  NonNullable<Recorded['microphone']>,
  'startS' | 'durationS' | 'speechS' | 'overruns'
>;

async function recordSound(
  session: MicrophoneSession,
  { onMeter }: Run,
  { folder, startMs }: Place,
  miss: (text: string) => void,
  signal: AbortSignal,
): Promise<RecordedSound> {
  const { sampleRateHz, channels, name } = session;
  using detector = await VoiceActivityDetector.create();
  const watch = new PcmSoundWatch(detector);
  const writer = await WavWriter.create(join(folder, soundFile), { sampleRateHz, channels });
  const noise = new NoiseLevel();
  let firstAtMs: number | undefined;
  let voicedMs = 0;
  try {
    for await (const chunk of session.chunks(signal)) {
      await writer.write(chunk.samples);
      firstAtMs ??= chunk.startMs;
      const { speechMs, levelDbfs } = watch.glance(chunk);
      const speech = speechMs > 0;
      const noiseDbfs = noise.next(levelDbfs, speech);
      voicedMs += speechMs;
      const atMs = chunk.startMs + (1_000 * chunk.samples.length) / channels / sampleRateHz - firstAtMs;
      onMeter({ ...watch.meter, speech, noiseDbfs, voicedMs, atMs });
    }
  } catch (error) {
    const afterS = (writer.frames / sampleRateHz).toFixed(1);
    if (!signal.aborted) miss(`after ${afterS} s of sound: ${asHalError(error, name).message}`);
  } finally {
    await writer.close();
  }
  return {
    startS: seconds((firstAtMs ?? startMs) - startMs),
    durationS: seconds((1_000 * writer.frames) / sampleRateHz),
    speechS: seconds(voicedMs),
    overruns: session.overruns,
  };
}

const soundFile = 'sound.wav';

function facts({ name, sampleRateHz, channels }: MicrophoneSession) {
  return { name, file: soundFile, sampleRateHz, channels };
}

function seconds(ms: number): number {
  return Number((ms / 1_000).toFixed(3));
}
