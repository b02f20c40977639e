import type { Block, LabReport, Plot, ReportWithPictures } from '../../../src/lab/report/document.ts';

/** One plot of each form, drawn from formulas. */
export const samplePlots: readonly Plot[] = [
  {
    kind: 'plot',
    form: 'line',
    id: 'noise',
    title: 'Recognised by noise',
    x: { label: 'standard deviation', unit: 'grey levels', scale: 'linear' },
    y: { label: 'recognised', scale: 'share', from: 0, to: 1 },
    series: ['gaussian', 'salt and pepper'].map((name, i) => ({
      name,
      points: [0, 10, 20, 30, 40].map((x) => {
        const y = 1 / (1 + Math.exp((x - 25 - 5 * i) / 6));
        return { x, y, low: Math.max(0, y - 0.08), high: Math.min(1, y + 0.05) };
      }),
    })),
    rules: [{ axis: 'y', at: 0.5, label: 'every second face' }],
  },
  {
    kind: 'plot',
    form: 'line',
    id: 'det',
    title: 'DET',
    x: { label: 'false accepts', scale: 'probit', from: 0.001, to: 0.5 },
    y: { label: 'false rejects', scale: 'probit', from: 0.001, to: 0.5 },
    series: [
      {
        name: 'embedding',
        curve: true,
        points: Array.from({ length: 60 }, (_, i) => ({
          x: 0.0005 * 1.12 ** i,
          y: 0.0002 / (0.0005 * 1.12 ** i),
        })),
      },
    ],
    rules: [],
    diagonal: true,
  },
  {
    kind: 'plot',
    form: 'histogram',
    id: 'scores',
    title: 'Distances',
    x: { label: 'squared distance', scale: 'linear' },
    series: ['same person', 'others'].map((name, i) => ({
      name,
      bins: Array.from({ length: 20 }, (_, bin) => ({
        from: bin / 20,
        to: (bin + 1) / 20,
        count: Math.round(100 * Math.exp(-((bin - 4 - 9 * i) ** 2) / 10)),
      })),
    })),
    rules: [{ axis: 'x', at: 0.42, label: 'threshold 0.42' }],
  },
  {
    kind: 'plot',
    form: 'scatter',
    id: 'projection',
    title: 'Faces',
    x: { label: 't-SNE 1', scale: 'linear' },
    y: { label: 't-SNE 2', scale: 'linear' },
    points: Array.from({ length: 24 }, (_, i) => ({
      x: Math.cos(i % 4) * 10 + i / 6,
      y: Math.sin(i % 4) * 10 + (i % 5) / 2,
      group: `person ${i % 4}`,
      shape: i % 2 === 0 ? 'bare' : 'masked',
      label: `person ${i % 4}, picture ${i}`,
      ...(i === 0 ? { picture: 'face-1.png' } : {}),
    })),
  },
  {
    kind: 'plot',
    form: 'bars',
    id: 'time',
    title: 'Time a face',
    x: { label: 'time', unit: 'ms', scale: 'linear' },
    series: [
      {
        name: 'this',
        bars: [
          { category: 'detect', value: 12, low: 10, high: 15 },
          { category: 'embed', value: 30 },
        ],
      },
      {
        name: 'another',
        bars: [
          { category: 'detect', value: 20 },
          { category: 'a very long name of a stage & more', value: 44 },
        ],
      },
    ],
    rules: [],
  },
];

/** A grey dot. */
export const samplePicture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

export function sampleReport(...blocks: readonly Block[]): ReportWithPictures {
  const report: LabReport = {
    format: 'vigil-lab-report/1',
    experiment: 'sample',
    title: 'A sample',
    question: 'Does the report show all it is given?',
    summary: {
      method: 'The embedding of 128 numbers.',
      threshold: 'A squared distance of 0.125.',
      amount: '120 pictures of 12 people.',
      mistakes: 'Of 100 strangers one is given a name.',
    },
    sections: [
      {
        title: 'Methods',
        blocks: [
          {
            kind: 'table',
            caption: 'Accuracy with one picture a person.',
            columns: [
              { label: 'method' },
              { label: 'right' },
              { label: 'error' },
              { label: 'time a face', unit: 'ms' },
            ],
            rows: [
              {
                cells: [
                  'embedding',
                  { count: 3, of: 304, low: 0.003, high: 0.029 },
                  { share: 0.0083, low: 0.002, high: 0.02 },
                  { number: 12.4, low: 11, high: 14 },
                ],
              },
              {
                cells: ['with a mask', { count: 0, of: 0, low: 0, high: 1 }, null, { number: 1234.5 }],
                detail: true,
              },
            ],
          },
          { kind: 'pictures', pictures: [{ file: 'face-1.png', caption: 'a grey dot' }] },
          ...samplePlots,
          ...blocks,
        ],
      },
    ],
    remarks: ['Two pictures are the same.'],
    figures: [{ right: 3 }],
    provenance: {
      date: '2026-01-01T00:00:00.000Z',
      command: 'vigil lab sample',
      seed: 1,
      versions: { vigil: '0.1.0' },
      machine: { cpu: 'a processor', cores: 2, memoryBytes: 8 * 2 ** 30, system: 'linux x64' },
      models: [{ id: 'embedder', sha256: 'a'.repeat(64) }],
      data: [{ what: 'pictures', files: 120, sha256: 'b'.repeat(64) }],
    },
  };
  return { report, pictures: new Map([['face-1.png', samplePicture]]) };
}
