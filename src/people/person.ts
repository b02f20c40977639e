import { join } from 'node:path';
import type { Terms } from '../decide/standing.ts';

/** Who said that the person agreed, when, and to which text. */
export interface Consent {
  readonly recordedBy: string;
  readonly recordedAtUtcMs: number;
  readonly textVersion: string;
  /** The last day on which it holds, as `2026-01-31`; then the person is erased. Null: until they withdraw it. */
  readonly expiresOn: string | null;
}

/** Somebody who is known. A disabled one is still recognised (so that nobody else is taken for them), never let in. */
export interface Person extends Terms {
  /** Random, without meaning; the only thing about a person that may appear in a trace or a log. */
  readonly subjectId: string;
  readonly name: string;
  readonly createdAtUtcMs: number;
  /** Null when nobody recorded one: people who come from a dataset folder. */
  readonly consent: Consent | null;
}

/** Whether there are moments at which the person is not let in. */
export function hasTerms({ disabled, hours, lastDay }: Terms): boolean {
  return disabled || hours !== null || lastDay !== null;
}

export interface PersonSummary extends Person {
  readonly faceSamples: number;
  readonly voiceSamples: number;
}

export type SampleKind = 'face' | 'voice';

/** Where a sample comes from. `contentSha256` (hex) is of the file, or of the frame's pixels or the sound's numbers. */
export type Provenance =
  | {
      readonly source: 'dataset';
      /** The absolute path of the folder that was imported, and the path of the picture or recording in it (with `/`). */
      readonly root: string;
      readonly path: string;
      readonly contentSha256: string;
    }
  | { readonly source: 'file'; readonly path: string; readonly contentSha256: string }
  | { readonly source: 'camera'; readonly camera: string; readonly contentSha256: string }
  | { readonly source: 'microphone'; readonly microphone: string; readonly contentSha256: string };

/** The file that it comes from, if any. */
export function pathOf(provenance: Provenance): string | undefined {
  if (provenance.source === 'dataset') return join(provenance.root, provenance.path);
  return provenance.source === 'file' ? provenance.path : undefined;
}

/** Numbers by name: a face's FaceQuality and detector score, a voice's voiced seconds. */
export type SampleQuality = Readonly<Record<string, number>>;

/** The picture or sound that a sample was made of. */
export interface Original {
  readonly mediaType: 'image/jpeg' | 'audio/wav';
  readonly bytes: Uint8Array;
}

export interface NewSample {
  readonly kind: SampleKind;
  /** Embeddings of different pipeline ids are never compared. */
  readonly pipelineId: string;
  /** A face's; of a recording those of its clean and its noisy forms one after the other, see voice gallery. */
  readonly embedding: Float32Array;
  readonly quality: SampleQuality;
  readonly provenance: Provenance;
  /** To be kept, so that another model can embed it. */
  readonly original?: Original;
}

export interface Sample extends Omit<NewSample, 'original'> {
  readonly sampleId: string;
  readonly subjectId: string;
  readonly addedAtUtcMs: number;
}
