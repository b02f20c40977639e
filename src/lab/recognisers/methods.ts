import { unitSum } from '../../models/unit.ts';
import { type FaceGallery, nearestSubjects } from '../../vision/match.ts';
import { trainEigenfaces } from './eigenfaces.ts';
import { trainFisherfaces } from './fisherfaces.ts';
import { trainLbph } from './lbph.ts';
import type { FaceRecogniser, LabelledFaces } from './recogniser.ts';

/** What a method says of a face: who of those enrolled is nearest, how far, and how much further the next person is. */
export interface Answer {
  readonly person: number;
  readonly distance: number;
  /** Infinity where the method does not tell, or nobody else is enrolled. */
  readonly gap: number;
}

/** A method after it has learnt who is who. */
export interface Trained {
  readonly sizeBytes: number;
  /** Of a picture, by its number. */
  answer(picture: number): Answer;
}

/** A distance under the threshold is a person, if the next one is far enough away. */
export interface AcceptRule {
  readonly threshold: number;
  readonly margin: number;
}

export interface Method {
  readonly id: string;
  readonly name: string;
  /** What the method takes for known where nothing is fitted. */
  readonly rule: AcceptRule;
  /** Throws TrainingError when it cannot learn from these pictures. */
  train(enrolled: readonly { readonly person: number; readonly pictures: readonly number[] }[]): Trained;
}

/** The thresholds of the Python program, beyond which a face was nobody's. */
const greyMethods = [
  { id: 'eigenfaces', name: 'Eigenfaces', threshold: 4500, train: trainEigenfaces },
  { id: 'fisherfaces', name: 'Fisherfaces', threshold: 450, train: trainFisherfaces },
  { id: 'lbph', name: 'LBPH', threshold: 70, train: trainLbph },
] as const;

/** The old methods on 150 x 150 grey crops, one a picture; `kind` tells these crops from others. */
export function onGreyCrops(kind: '' | 'aligned', crops: readonly Uint8Array[]): Method[] {
  return greyMethods.map(({ id, name, threshold, train }) => ({
    id: kind === '' ? id : `${id}-${kind}`,
    name: kind === '' ? name : `${name}, ${kind}`,
    rule: { threshold, margin: 0 },
    train(enrolled) {
      const training: LabelledFaces = {
        faces: enrolled.flatMap(({ pictures }) => pictures.map((picture) => crops[picture]!)),
        labels: enrolled.flatMap(({ person, pictures }) => pictures.map(() => person)),
      };
      const recogniser: FaceRecogniser = train(training);
      return {
        sizeBytes: recogniser.sizeBytes,
        answer(picture) {
          const { label, distance } = recogniser.nearest(crops[picture]!);
          return { person: label, distance, gap: Number.POSITIVE_INFINITY };
        },
      };
    },
  }));
}

/** A network's embeddings, one a picture: a person is the mean of theirs, as the device has it. */
export function onEmbeddings(id: string, rule: AcceptRule, embeddings: readonly Float32Array[]): Method {
  return {
    ...{ id, name: `embedding, ${id}`, rule },
    train(enrolled) {
      const embeddingLength = embeddings[0]!.length;
      const rows = new Float32Array(enrolled.length * embeddingLength);
      for (const [row, { pictures }] of enrolled.entries()) {
        rows.set(unitSum(pictures.map((picture) => embeddings[picture]!)), row * embeddingLength);
      }
      const subjectIds = enrolled.map(({ person }) => String(person));
      const gallery: FaceGallery = { subjectIds, embeddings: rows, embeddingLength };
      return {
        sizeBytes: rows.byteLength,
        answer(picture) {
          const [best, second] = nearestSubjects(gallery, embeddings[picture]!, 2);
          return {
            person: Number(best!.subjectId),
            distance: best!.distance,
            gap: second === undefined ? Number.POSITIVE_INFINITY : second.distance - best!.distance,
          };
        },
      };
    },
  };
}
