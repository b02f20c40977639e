import { z } from 'zod';

/**
 * What an experiment of the lab found: data alone, from which the HTML, the Markdown, the SVG files and the lines on
 * a terminal are made. `report.json` is this document.
 */

const name = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens: it becomes a file name');
const pictureFile = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*\.(jpg|png|svg)$/, 'a file name such as group-1.jpg');

/** A text; nothing measured; a number in its column's unit; a share of 0 to 1; so many of so many. */
const cellSchema = z.union([
  z.string(),
  z.null(),
  z.strictObject({
    number: z.number(),
    /** After the decimal point; by default as many as tell three figures. */
    digits: z.int().min(0).max(8).exactOptional(),
    low: z.number().exactOptional(),
    high: z.number().exactOptional(),
  }),
  z.strictObject({
    share: z.number(),
    digits: z.int().min(0).max(8).exactOptional(),
    low: z.number().exactOptional(),
    high: z.number().exactOptional(),
  }),
  /** A `Rate`. */
  z.strictObject({ count: z.int(), of: z.int(), low: z.number(), high: z.number() }),
]);

const tableSchema = z.strictObject({
  kind: z.literal('table'),
  caption: z.string(),
  columns: z.array(z.strictObject({ label: z.string(), unit: z.string().exactOptional() })).min(1),
  rows: z.array(
    z.strictObject({
      cells: z.array(cellSchema),
      /** Says more of the row above it, and is set in. */
      detail: z.literal(true).exactOptional(),
    }),
  ),
});

const axisSchema = z.strictObject({
  label: z.string(),
  unit: z.string().exactOptional(),
  /** `share`: 0 to 1, shown in per cent. `probit`: a share too, by the quantiles of the normal distribution. */
  scale: z.enum(['linear', 'log', 'share', 'share-log', 'probit']),
  from: z.number().exactOptional(),
  to: z.number().exactOptional(),
});

/** A line across the plot at one value, such as a threshold. */
const ruleSchema = z.strictObject({ axis: z.enum(['x', 'y']), at: z.number(), label: z.string() });

const plotHead = {
  kind: z.literal('plot'),
  /** The name of its SVG file. */
  id: name,
  title: z.string(),
};

const linePlotSchema = z.strictObject({
  ...plotHead,
  form: z.literal('line'),
  x: axisSchema,
  y: axisSchema,
  series: z.array(
    z.strictObject({
      name: z.string(),
      points: z.array(
        z.strictObject({
          x: z.number(),
          y: z.number(),
          low: z.number().exactOptional(),
          high: z.number().exactOptional(),
        }),
      ),
      /** A curve through many points, such as a ROC: without a mark at each. */
      curve: z.literal(true).exactOptional(),
    }),
  ),
  rules: z.array(ruleSchema),
  /** Where both axes are equal, as on a DET plot. */
  diagonal: z.literal(true).exactOptional(),
});

const histogramSchema = z.strictObject({
  ...plotHead,
  form: z.literal('histogram'),
  x: axisSchema,
  /** Drawn as shares of their own series. */
  series: z.array(
    z.strictObject({
      name: z.string(),
      bins: z.array(z.strictObject({ from: z.number(), to: z.number(), count: z.number() })),
    }),
  ),
  rules: z.array(ruleSchema),
});

const scatterSchema = z.strictObject({
  ...plotHead,
  form: z.literal('scatter'),
  x: axisSchema,
  y: axisSchema,
  points: z.array(
    z.strictObject({
      x: z.number(),
      y: z.number(),
      /** Has a colour; with more groups than colours, pointing at one shows which belong to it. */
      group: z.string(),
      /** Has a shape of the mark; at most six. */
      shape: z.string().exactOptional(),
      label: z.string(),
      picture: pictureFile.exactOptional(),
    }),
  ),
});

const barsSchema = z.strictObject({
  ...plotHead,
  form: z.literal('bars'),
  /** Of the values, which begin at its `from` or 0. */
  x: axisSchema,
  series: z.array(
    z.strictObject({
      name: z.string(),
      bars: z.array(
        z.strictObject({
          category: z.string(),
          value: z.number(),
          low: z.number().exactOptional(),
          high: z.number().exactOptional(),
        }),
      ),
    }),
  ),
  rules: z.array(ruleSchema),
});

const plotSchema = z.discriminatedUnion('form', [linePlotSchema, histogramSchema, scatterSchema, barsSchema]);

const blockSchema = z.union([
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  tableSchema,
  plotSchema,
  z.strictObject({
    kind: z.literal('pictures'),
    pictures: z.array(z.strictObject({ file: pictureFile, caption: z.string() })).min(1),
  }),
]);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const provenanceSchema = z.strictObject({
  /** When it was measured, ISO 8601. */
  date: z.string(),
  command: z.string(),
  seed: z.int().nullable(),
  versions: z.record(z.string(), z.string()),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.int(),
    memoryBytes: z.int(),
    system: z.string(),
  }),
  models: z.array(z.strictObject({ id: z.string(), sha256: sha256.nullable() })),
  data: z.array(
    z.strictObject({
      what: z.string(),
      files: z.int(),
      /** Of the sorted hashes of the files. */
      sha256,
    }),
  ),
});

export const labReportSchema = z.strictObject({
  format: z.literal('vigil-lab-report/1'),
  experiment: name,
  title: z.string(),
  /** What is asked. */
  question: z.string(),
  /** In plain language, a sentence or two each. */
  summary: z.strictObject({
    method: z.string(),
    threshold: z.string(),
    /** How many pictures or recordings, of how many people. */
    amount: z.string(),
    mistakes: z.string(),
  }),
  sections: z.array(z.strictObject({ title: z.string(), blocks: z.array(blockSchema) })),
  /** What should be known of the data or of the run: files that were left out, the same picture twice. */
  remarks: z.array(z.string()),
  /** For programs: what the tables are made of, in the experiment's own shape. */
  figures: z.array(z.record(z.string(), z.unknown())),
  provenance: provenanceSchema,
});

export type LabReport = z.infer<typeof labReportSchema>;
export type Section = LabReport['sections'][number];
export type Block = z.infer<typeof blockSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type Table = z.infer<typeof tableSchema>;
export type Axis = z.infer<typeof axisSchema>;
export type Rule = z.infer<typeof ruleSchema>;
export type Plot = z.infer<typeof plotSchema>;
export type LinePlot = z.infer<typeof linePlotSchema>;
export type Histogram = z.infer<typeof histogramSchema>;
export type Scatter = z.infer<typeof scatterSchema>;
export type Bars = z.infer<typeof barsSchema>;
export type Provenance = z.infer<typeof provenanceSchema>;

/** A report with the pictures that it names, by file name. */
export interface ReportWithPictures {
  readonly report: LabReport;
  readonly pictures: ReadonlyMap<string, Uint8Array>;
}

/** All plots, in their order. */
export function plotsOf(report: LabReport): Plot[] {
  return report.sections.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'plot'));
}

/** The files of all pictures that it names, those that are shown when a point is pointed at among them. */
export function picturesOf(report: LabReport): string[] {
  const files = report.sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) => {
      if (block.kind === 'pictures') return block.pictures.map(({ file }) => file);
      if (block.kind !== 'plot' || block.form !== 'scatter') return [];
      return block.points.flatMap(({ picture }) => picture ?? []);
    }),
  );
  return [...new Set(files)];
}
