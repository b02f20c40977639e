import { join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import { waitForMicrophone } from '../../hal/linux/device-watch.ts';
import { listMicrophones, parseMicrophoneSource } from '../../hal/linux/microphone-source.ts';
import { SceneMicrophone } from '../../hal/sim/microphone.ts';
import type { VigilConfig } from '../config/schema.ts';
import { EmbeddingNamer } from '../hearing/embedding-namer.ts';
import { centroidsPerPerson } from '../hearing/match.ts';
import type { VoiceNamer } from '../hearing/namer.ts';
import { testTrainedVoices, testVoiceModels } from '../hearing/self-test.ts';
import { PcmSoundWatch } from '../hearing/sound-watch.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import { TrainedNamer } from '../hearing/trained-namer.ts';
import { VoiceActivityDetector } from '../hearing/vad.ts';
import { WorkerTrainedVoices } from '../hearing/worker-trained-voices.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { buildVoiceGallery } from '../people/gallery.ts';
import type { PeopleStore } from '../people/store.ts';
import { type FolderWatchOptions, recordingImporter, watchFolder } from './dataset-watch.ts';
import { embedVoiceAnew } from './embed-anew.ts';
import { projectAudios } from './imported-folders.ts';
import { ModelChange, type ReembeddingCallbacks } from './model-change.ts';
import type { HearingPorts, OpenVoices } from './ports.ts';
import { openVoiceModels } from './real-voice-models.ts';
import { projectTrained } from './trained-voices.ts';

export interface LiveHearingOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly store: PeopleStore;
  readonly microphone: Microphone;
  readonly importing: Pick<FolderWatchOptions, 'onProgress' | 'onReport' | 'onError'>;
  readonly reembedding: ReembeddingCallbacks;
  /** Ends the import. */
  readonly signal: AbortSignal;
}

/** Hearing with real models, and what there is to say of it. */
export interface LiveHearing {
  readonly ports: HearingPorts;
  readonly voices: () => number;
  /** Ends what is done in the background. */
  close(): Promise<void>;
}

/** Whether `auto` finds nothing to listen through, or nobody wants to listen. Throws HalError for a source that means nothing. */
export function microphoneIsMissing(text: string): boolean {
  const { kind } = parseMicrophoneSource(text);
  return kind === 'none' || (kind === 'auto' && listMicrophones().length === 0);
}

/** Hearing on this machine. Opens nothing but the voice activity detector. */
export async function liveHearing(options: LiveHearingOptions): Promise<LiveHearing> {
  const { config, clock, store, microphone } = options;
  const detector = await VoiceActivityDetector.create();
  let first = true;
  let known = 0;
  const { embedder } = config.hearing;
  const changing = new ModelChange<WorkerVoiceModels>({
    ...{ kind: 'voice', store, clock, choice: { embedder } },
    open: (choice, signal) => {
      const hearing = { ...config.hearing, ...choice };
      const limits = { newestMs: hearing.windowMs };
      return openVoiceModels({ ...config, hearing }, options.stateDirectory, clock, limits, signal);
    },
    embed: (newest, wanted, signal) => embedVoiceAnew(store, newest, wanted, signal),
    ...options.reembedding,
  });

  const importRecordings = () =>
    watchFolder(
      {
        folder: join(config.people.audios ?? projectAudios, 'train'),
        clock,
        importer: recordingImporter(store, config, () => changing.newest),
        ...options.importing,
      },
      options.signal,
    );

  const openTrained = async (signal: AbortSignal): Promise<OpenVoices> => {
    const { modelLimitMs: callLimitMs, trainedShare: share } = config.hearing;
    const voices = await WorkerTrainedVoices.open({ clock, folder: projectTrained, callLimitMs }, signal);
    const subjects = new Map(voices.labels.map((label) => [label, store.add(label).subjectId]));
    known = subjects.size;
    const namer = new TrainedNamer({ voices, pipelineId: voices.pipelineId, subjects, share });
    return { namer, selfTest: (wait) => testTrainedVoices(voices, wait), close: () => voices.close() };
  };

  const openEnrolled = async (signal: AbortSignal): Promise<OpenVoices> => {
    const { models: opened, replaced } = await changing.open(signal);
    if (first) void importRecordings();
    first = false;
    const gallery = () => {
      const people = buildVoiceGallery(store, opened.pipelineId, centroidsPerPerson);
      known = people.subjectIds.length;
      return people;
    };
    const namer = new EmbeddingNamer(opened, voiceLimits(opened.match, config.hearing), gallery());
    const closed = new AbortController();
    void whenPeopleChange(store, clock, () => namer.setGallery(gallery()), closed.signal);
    return {
      namer: untilReplaced(namer, opened.name, replaced),
      selfTest: (wait) => testVoiceModels(opened, wait),
      close: async () => {
        closed.abort();
        await opened.close();
      },
    };
  };

  return {
    ports: {
      microphone,
      newSoundWatch: () => new PcmSoundWatch(detector),
      openVoices: config.hearing.mode === 'seven-second' ? openTrained : openEnrolled,
      watchMicrophone: (appeared, signal) => {
        if (!(microphone instanceof SceneMicrophone)) {
          watchForMicrophone(config.microphone.source, appeared, signal);
        }
      },
    },
    voices: () => known,
    close: () => changing.close(),
  };
}

/** The namer, until other models are in force: then it says so, and whoever uses it opens those. */
function untilReplaced(namer: VoiceNamer, models: string, replaced: AbortSignal): VoiceNamer {
  return {
    pipelineId: namer.pipelineId,
    scores: namer.scores,
    startAnew: () => namer.startAnew(),
    async name(sound, signal) {
      if (replaced.aborted) throw new HalError('closed', models, 'others are in force now');
      return await namer.name(sound, signal);
    },
  };
}

/**
 * Calls back when the microphone that a source names is plugged in, until the signal is aborted. Only for one that is
 * away now: one that is there and cannot be opened is tried again after a growing wait and not all the time.
 */
export function watchForMicrophone(text: string, appeared: () => void, signal: AbortSignal): void {
  const source = parseMicrophoneSource(text);
  // PortAudio has names of its own for the cards.
  const anyone = source.kind === 'auto' || source.kind === 'portaudio';
  const wanted = (device: string) =>
    anyone || (source.kind === 'alsa' && source.device.includes(device.replace(/^hw:/, '')));
  if (!anyone && !(source.kind === 'alsa' && source.device.includes('CARD='))) return;
  if (listMicrophones().some(({ device }) => wanted(device))) return;
  waitForMicrophone(signal, ({ device }) => wanted(device)).then(appeared, () => undefined);
}

/** Calls back whenever the store has changed, until the signal is aborted. */
export async function whenPeopleChange(
  store: PeopleStore,
  clock: Clock,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of store.changes(clock, signal)) changed();
  } catch {
    // Aborted, or the store was closed: nothing changes any more.
  }
}
