import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FileStore } from '../../hal/linux/file-store.ts';
import { type Calibrations, nothingCalibrated } from '../decide/calibration.ts';
import type { PeopleStore } from '../people/store.ts';

const fileName = 'calibration.json';

const rate = z.strictObject({
  count: z.int().nonnegative(),
  of: z.int().nonnegative(),
  low: z.number().min(0).max(1),
  high: z.number().min(0).max(1),
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
export function galleryHash(store: PeopleStore, pipelineId: string): string {
  const rows = store
    .embeddings('face', pipelineId)
    .map(
      ({ subjectId, embedding }) => `${subjectId} ${createHash('sha256').update(embedding).digest('hex')}`,
    );
  return createHash('sha256').update(rows.toSorted().join('\n')).digest('hex');
}

/** What of a calibration is of use now: nothing of one that is of other people or other models. */
export function calibrationsOf(stored: StoredCalibration, store: PeopleStore): Calibrations {
  if (stored.is !== 'there') return nothingCalibrated;
  const { faces, missing } = stored.calibration;
  const inForce = store.modelsInForce('face')?.pipelineId;
  const otherModels = inForce !== undefined && inForce !== faces.pipelineId;
  if (otherModels || galleryHash(store, faces.pipelineId) !== faces.gallerySha256) {
    return { ...nothingCalibrated, evidence: 'stale' };
  }
  return {
    faces: faces.line === null ? {} : { [faces.pipelineId]: faces.line },
    voices: {},
    evidence: missing.length === 0 ? 'enough' : 'too-thin',
  };
}
