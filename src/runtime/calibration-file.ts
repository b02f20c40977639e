import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FileStore } from '../../hal/linux/file-store.ts';
import { type Calibrations, nothingCalibrated } from '../decide/calibration.ts';
import type { SampleKind } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';

const fileName = 'calibration.json';

const rate = z.strictObject({
  count: z.int().nonnegative(),
  of: z.int().nonnegative(),
  low: z.number().min(0).max(1),
  high: z.number().min(0).max(1),
});

const voices = z.strictObject({
  pipelineId: z.string().min(1).max(200),
  gallerySha256: z.string().regex(/^[0-9a-f]{64}$/),
  people: z.int().nonnegative(),
  strangers: z.int().nonnegative(),
  falseAccepts: rate,
  falseRejects: rate,
  /** By cosine above the model's own threshold. */
  line: z
    .strictObject({
      evenAt: z.number(),
      bansPerUnit: z.number().gt(0),
      leastBans: z.number().max(0),
      mostBans: z.number().min(0),
    })
    .nullable(),
  /** Why there is no line, in words. */
  missing: z.array(z.string()).max(5),
});

/** What a device was calibrated to, on its own people: numbers and ids, no name and no embedding. */
const calibrationSchema = z.strictObject({
  v: z.literal(1),
  madeUtcMs: z.number(),
  faces: z.strictObject({
    /** Of which models and alignment the distances are. */
    pipelineId: z.string().min(1).max(200),
    /** Of the samples that were in force. */
    gallerySha256: z.string().regex(/^[0-9a-f]{64}$/),
    people: z.int().nonnegative(),
    strangers: z.int().nonnegative(),
    wantedRate: z.number().gt(0).lt(1),
    threshold: z.number().gt(0),
    margin: z.number().min(0),
    falseAccepts: rate,
    falseRejects: rate,
    line: z
      .strictObject({
        evenAt: z.number(),
        bansPerUnit: z.number().lt(0),
        leastBans: z.number().max(0),
        mostBans: z.number().min(0),
      })
      .nullable(),
  }),
  /** Null where nobody's voice is known; files made before voices were weighed have none. */
  voices: voices.nullable().default(null),
  /** What there is too little of to open a door by, in words; empty: it is enough. */
  missing: z.array(z.string()).max(20),
});

export type Calibration = z.output<typeof calibrationSchema>;

/** What stands in the state directory: a calibration, none, or something that is none. */
export type StoredCalibration =
  | { readonly is: 'there'; readonly calibration: Calibration }
  | { readonly is: 'none' }
  | { readonly is: 'damaged'; readonly message: string };

/** Writes it, readable by its owner alone. Rejects with HalError. */
export async function writeCalibration(stateDirectory: string, calibration: Calibration): Promise<void> {
  const store = new FileStore(stateDirectory);
  await store.write(fileName, new TextEncoder().encode(`${JSON.stringify(calibration, null, 2)}\n`));
  await store.close();
}

export function readCalibration(stateDirectory: string): StoredCalibration {
  let text: string;
  try {
    text = readFileSync(join(stateDirectory, fileName), 'utf8');
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return gone ? { is: 'none' } : { is: 'damaged', message: String(error) };
  }
  try {
    return { is: 'there', calibration: calibrationSchema.parse(JSON.parse(text)) };
  } catch {
    return { is: 'damaged', message: `${fileName} is no calibration of this version` };
  }
}

/** The hash of who is known by a pipeline, and by what. */
export function galleryHash(store: PeopleStore, kind: SampleKind, pipelineId: string): string {
  const rows = store
    .embeddings(kind, pipelineId)
    .map(
      ({ subjectId, embedding }) => `${subjectId} ${createHash('sha256').update(embedding).digest('hex')}`,
    );
  return createHash('sha256').update(rows.toSorted().join('\n')).digest('hex');
}

/** What of a calibration is of use now: nothing of one that is of other people or other models. */
export function calibrationsOf(stored: StoredCalibration, store: PeopleStore): Calibrations {
  if (stored.is !== 'there') return nothingCalibrated;
  const { faces, voices, missing } = stored.calibration;
  const ofVoices =
    voices !== null && voices.line !== null && isOfNow(voices, 'voice', store)
      ? { [voices.pipelineId]: voices.line }
      : {};
  if (!isOfNow(faces, 'face', store)) {
    return { ...nothingCalibrated, voices: ofVoices, evidence: 'stale' };
  }
  return {
    faces: faces.line === null ? {} : { [faces.pipelineId]: faces.line },
    voices: ofVoices,
    evidence: missing.length === 0 ? 'enough' : 'too-thin',
  };
}

/** Whether these people are still known by just these samples and models. */
function isOfNow(
  { pipelineId, gallerySha256 }: { readonly pipelineId: string; readonly gallerySha256: string },
  kind: SampleKind,
  store: PeopleStore,
): boolean {
  const inForce = store.modelsInForce(kind)?.pipelineId ?? pipelineId;
  return inForce === pipelineId && galleryHash(store, kind, pipelineId) === gallerySha256;
}
