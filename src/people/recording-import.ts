import { buildVoiceGallery, confusablePairs } from './gallery.ts';
import { type ExaminedFile, FolderImport, type ImportSource, type Refusal } from './import.ts';
import type { JoinLimits } from './join-check.ts';
import { nameOfRecording } from './names.ts';
import type { PeopleStore } from './store.ts';

/** An hour at 32 kHz, stereo, 16 bits, is 460 MB. */
const maxRecordingBytes = 512 * 1024 * 1024;

/**
 * Embeds the voice of a recording, as it is and in noise and rooms, one embedding after the other, or says why nobody
 * can be enrolled from it. Rejects with a message for people when it is no readable sound file, and with HalError
 * when the models fail.
 */
export type DescribeRecording = (path: string, signal: AbortSignal) => Promise<ExaminedFile | Refusal>;

export interface RecordingImportOptions {
  readonly store: PeopleStore;
  /** The pipeline that `describeRecording` runs, and how many embeddings it gives of one recording. */
  readonly pipelineId: string;
  readonly perRecording: number;
  readonly describeRecording: DescribeRecording;
  readonly limits: JoinLimits;
}

/** The import of a folder of recordings, `audios/train`. */
export class RecordingImport extends FolderImport {
  constructor(options: RecordingImportOptions) {
    super(options.store, recordingSource(options));
  }
}

function recordingSource(options: RecordingImportOptions): ImportSource {
  const { store, pipelineId, perRecording, describeRecording, limits } = options;
  return {
    kind: 'voice',
    pipelineId,
    limits,
    perSample: perRecording,
    maxBytes: maxRecordingBytes,
    tooLarge: 'cut out a minute of speech',
    forgotten:
      'is of a person who was forgotten and stays out; to take it back on purpose: vigil voices enrol NAME --input FILE',
    nameOf: nameOfRecording,
    examine: describeRecording,
    confusable(changed, signal) {
      const { centroids, ...people } = buildVoiceGallery(store, pipelineId, perRecording);
      const { embeddingLength, subjectIds } = people;
      const embeddings = new Float32Array(subjectIds.length * embeddingLength);
      for (const person of subjectIds.keys()) {
        const first = person * perRecording * embeddingLength;
        embeddings.set(centroids.subarray(first, first + embeddingLength), person * embeddingLength);
      }
      return confusablePairs({ ...people, embeddings }, changed, limits.threshold + limits.margin, signal);
    },
  };
}
