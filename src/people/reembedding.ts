import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DatabaseFile } from '../database/database-file.ts';
import type { KeptOriginal, Originals } from './originals.ts';
import type { Sample, SampleKind, SampleQuality } from './person.ts';
import { type PeopleRows, randomId, type SampleRow } from './rows.ts';
import { sealDetails, sealEmbedding } from './sealed-columns.ts';

/** The models by which people are recognised, and how they were named in the configuration. */
const inForceSchema = z.strictObject({
  pipelineId: z.string(),
  choice: z.record(z.string(), z.string()),
});
export type ModelsInForce = z.output<typeof inForceSchema>;

/** A sample of other models, and its picture or sound where that is kept. */
export interface SampleToReembed {
  readonly sample: Sample;
  readonly original: KeptOriginal | undefined;
}

/** Samples of a model that has gone, and those of the one that came. No method makes a transaction of its own. */
export class Reembedding {
  readonly #database: DatabaseFile;
  readonly #rows: PeopleRows;
  readonly #originals: Originals;

  constructor(database: DatabaseFile, rows: PeopleRows, originals: Originals) {
    this.#database = database;
    this.#rows = rows;
    this.#originals = originals;
  }

  inForce(kind: SampleKind): ModelsInForce | undefined {
    const value = this.#database.setting(settingOf(kind));
    if (value === undefined) return undefined;
    return inForceSchema.safeParse(JSON.parse(Buffer.from(value).toString())).data;
  }

  setInForce(kind: SampleKind, models: ModelsInForce): void {
    const value = Buffer.from(JSON.stringify(models));
    this.#database.run('INSERT OR REPLACE INTO setting VALUES (?, ?)', settingOf(kind), value);
  }

  /** One sample of each picture or sound that this pipeline has not embedded, the newest of them. */
  missing(kind: SampleKind, pipelineId: string): SampleToReembed[] {
    return this.#database
      .all<SampleRow & { content_tag: Uint8Array }>(
        `SELECT sample.*, wrapped_key, max(added_utc_ms) FROM sample JOIN person USING (subject_id)
         WHERE kind = ?1 AND NOT EXISTS (
           SELECT 1 FROM sample AS own WHERE own.subject_id = sample.subject_id AND own.kind = ?1
             AND own.content_tag = sample.content_tag AND own.pipeline_id = ?2)
         GROUP BY subject_id, content_tag ORDER BY subject_id, sample.rowid`,
        kind,
        pipelineId,
      )
      .map((row) => ({
        sample: this.#rows.openSample(row),
        original: this.#originals.ofContent(row.subject_id, kind, row.content_tag),
      }));
  }

  /** Adds what another pipeline made of a sample's picture or sound; nothing when the sample has gone meanwhile. */
  add(
    { sampleId, subjectId, provenance }: Sample,
    embedded: {
      readonly pipelineId: string;
      readonly embedding: Float32Array;
      readonly quality: SampleQuality;
    },
  ): number {
    const person = this.#rows.person(subjectId);
    if (person === undefined) return 0;
    const key = this.#rows.personKey(subjectId);
    const { pipelineId, embedding, quality } = embedded;
    const newId = randomId('s', randomBytes(16));
    return this.#database.run(
      `INSERT OR IGNORE INTO sample
       SELECT ?, subject_id, kind, ?, content_tag, dataset_tag, path_tag, ?, ?, added_utc_ms
       FROM sample WHERE sample_id = ?`,
      newId,
      pipelineId,
      sealEmbedding(key, newId, embedding),
      sealDetails(key, newId, { quality, provenance }),
      sampleId,
    );
  }

  /** Erases the samples of other pipelines whose picture or sound this one has. */
  retireOthers(kind: SampleKind, pipelineId: string): number {
    return this.#database.run(
      `DELETE FROM sample WHERE kind = ?1 AND pipeline_id <> ?2 AND EXISTS (
         SELECT 1 FROM sample AS own WHERE own.subject_id = sample.subject_id AND own.kind = ?1
           AND own.content_tag = sample.content_tag AND own.pipeline_id = ?2)`,
      kind,
      pipelineId,
    );
  }

  /** The kinds by which a person is not known to the models in force, though samples of other models are there. */
  unknownTo(subjectId: string): SampleKind[] {
    return (['face', 'voice'] as const).filter((kind) => {
      const inForce = this.inForce(kind);
      if (inForce === undefined) return false;
      const samples = this.#database.get<{ own: number; all: number }>(
        `SELECT count(*) FILTER (WHERE pipeline_id = ?) AS own, count(*) AS "all" FROM sample
         WHERE subject_id = ? AND kind = ?`,
        inForce.pipelineId,
        subjectId,
        kind,
      );
      return samples !== undefined && samples.all > 0 && samples.own === 0;
    });
  }
}

function settingOf(kind: SampleKind): string {
  return `models-in-force-${kind}`;
}
