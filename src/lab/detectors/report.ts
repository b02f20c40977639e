import { percent } from '../report/cell-text.ts';
import type { Block, Cell, LabReport, Provenance, Table } from '../report/document.ts';
import { hashOfHashes } from '../report/provenance.ts';
import type { Labels } from './labels.ts';
import { type ListedPicture, lookAt, type MeasuredDetector } from './measure.ts';
import type { DetectorRun, Looked } from './run-detector.ts';
import { type DetectorScore, leastOverlap, scoreLooks } from './score.ts';

export interface DetectorComparison {
  readonly pictures: readonly ListedPicture[];
  readonly labels: Labels | undefined;
  readonly detectors: readonly MeasuredDetector[];
  /** The drawn pictures by the path of what they show: their file names. */
  readonly sheets: ReadonlyMap<string, string>;
  readonly remarks: readonly string[];
}

/** So many drawn pictures stand in the report itself, those first on which the detectors agree least. */
const shownSheets = 24;
/** So many rows has the table of pictures. */
const shownPictures = 100;

/** A detector that ran, with its figures. */
interface Scored {
  readonly id: string;
  readonly title: string;
  readonly models: Provenance['models'];
  readonly run: DetectorRun;
  readonly score: DetectorScore;
  readonly timesMs: readonly number[];
}

/** What was measured as a report. `run` says when, by which command and where. */
export function detectorsReport(
  comparison: DetectorComparison,
  run: Pick<Provenance, 'date' | 'command' | 'versions' | 'machine'>,
): LabReport {
  const { pictures, labels, detectors, sheets, remarks } = comparison;
  const scored = detectors.flatMap((detector) =>
    'run' in detector ? [scoredOf(detector, pictures, labels)] : [],
  );
  const models = new Map(scored.flatMap((detector) => detector.models).map((model) => [model.id, model]));
  return {
    format: 'vigil-lab-report/1',
    experiment: 'detectors',
    title: 'Which detector finds the faces',
    question:
      'How many of the faces in these pictures are found, how many places that are none, and what does it cost: by the old methods, by the Python program’s network and by Vigil’s?',
    summary: summaryOf(scored, comparison),
    sections: [
      { title: 'The detectors', blocks: [detectorTable(scored, labels)] },
      { title: 'Picture by picture', blocks: [pictureTable(scored, pictures, labels)] },
      ...sheetSection(scored, pictures, sheets),
      { title: 'How to read this', blocks: howToRead(labels).map((text): Block => ({ kind: 'text', text })) },
    ],
    remarks: [...detectors.flatMap(problemOf), ...remarks, ...failedLooks(scored, pictures)],
    figures: scored.flatMap((detector) => figuresOf(detector, pictures)),
    provenance: {
      ...run,
      seed: null,
      models: [...models.values()],
      data: [
        {
          what: 'pictures',
          files: pictures.length,
          sha256: hashOfHashes(pictures.map(({ sha256 }) => sha256)),
        },
      ],
    },
  };
}

function scoredOf(
  { id, title, models, run }: Extract<MeasuredDetector, { run: DetectorRun }>,
  pictures: readonly ListedPicture[],
  labels: Labels | undefined,
): Scored {
  const looks = run.looks.flatMap((look, index) =>
    look.kind === 'looked' ? [lookAt(pictures[index]!.file, look)] : [],
  );
  const timesMs = run.looks.flatMap((look) => (look.kind === 'looked' ? [look.processorMs] : []));
  return { id, title, models, run, score: scoreLooks(looks, labels), timesMs };
}

function detectorTable(scored: readonly Scored[], labels: Labels | undefined): Table {
  const counted = labels !== undefined;
  const boxed = labels?.kind === 'boxes';
  return {
    kind: 'table',
    caption: counted
      ? 'Each detector at its usual threshold, against the labels.'
      : 'Each detector at its usual threshold. There are no labels, so nothing says which boxes are faces.',
    columns: [
      { label: 'detector' },
      { label: 'boxes' },
      ...(counted
        ? [
            { label: 'labelled faces' },
            { label: 'pictures with the right count' },
            { label: 'too few' },
            { label: 'too many' },
          ]
        : []),
      ...(boxed ? [{ label: 'precision' }, { label: 'recall' }] : []),
      { label: 'median look', unit: 'ms' },
      { label: 'longest look', unit: 'ms' },
      { label: 'memory', unit: 'MB' },
    ],
    rows: scored.map(({ title, run, score, timesMs }) => ({
      cells: [
        title,
        whole(score.found),
        ...(score.counted === null
          ? []
          : [
              whole(score.counted.labelled),
              score.counted.rightCount,
              whole(score.counted.tooFew),
              whole(score.counted.tooMany),
            ]),
        ...(score.boxed === null ? [] : [score.boxed.precision, score.boxed.recall]),
        timesMs.length === 0 ? null : whole(medianOf(timesMs)),
        timesMs.length === 0 ? null : whole(Math.max(...timesMs)),
        whole(run.peakMemoryBytes / 1e6),
      ],
    })),
  };
}

function pictureTable(
  scored: readonly Scored[],
  pictures: readonly ListedPicture[],
  labels: Labels | undefined,
): Table {
  const hidden = pictures.length - shownPictures;
  return {
    kind: 'table',
    caption: `Boxes of each detector.${hidden > 0 ? ` ${hidden} more pictures are in report.json.` : ''}`,
    columns: [
      { label: 'picture' },
      ...(labels === undefined ? [] : [{ label: 'faces' }]),
      ...scored.map(({ title }) => ({ label: title })),
    ],
    rows: pictures.slice(0, shownPictures).map(({ file }, index) => ({
      cells: [
        file,
        ...(labels === undefined ? [] : [labelCell(labels, file)]),
        ...scored.map(({ run }): Cell => {
          const look = run.looks[index];
          return look?.kind === 'looked' ? whole(look.faces.length) : null;
        }),
      ],
    })),
  };
}

function labelCell(labels: Labels, file: string): Cell {
  const label = labels.byFile.get(file);
  if (label === undefined) return null;
  return whole(typeof label === 'number' ? label : label.length);
}

function whole(value: number): Cell {
  return { number: value, digits: 0 };
}

function sheetSection(
  scored: readonly Scored[],
  pictures: readonly ListedPicture[],
  sheets: ReadonlyMap<string, string>,
): LabReport['sections'] {
  const drawn = pictures.flatMap(({ path, file }, index) => {
    const sheet = sheets.get(path);
    if (sheet === undefined) return [];
    const counts = scored.flatMap(({ run }) => {
      const look = run.looks[index];
      return look?.kind === 'looked' ? [look.faces.length] : [];
    });
    return [{ sheet, file, spread: Math.max(...counts) - Math.min(...counts) }];
  });
  if (drawn.length === 0) return [];
  const shown = drawn.toSorted((a, b) => b.spread - a.spread).slice(0, shownSheets);
  const hidden = drawn.length - shown.length;
  return [
    {
      title: 'The pictures',
      blocks: [
        {
          kind: 'text',
          text:
            'Green: a box on a labelled face. Red: a box on none. Grey: a labelled face without a box. Blue: no boxes are labelled.' +
            (hidden > 0
              ? ` Shown are the ${shown.length} pictures on which the detectors agree least; ${hidden} more lie beside the report.`
              : ''),
        },
        { kind: 'pictures', pictures: shown.map(({ sheet, file }) => ({ file: sheet, caption: file })) },
      ],
    },
  ];
}

function howToRead(labels: Labels | undefined): string[] {
  return [
    ...(labels?.kind === 'counts'
      ? [
          'Counts do not say where the faces are: a box on a wall and a missed face make the right count together. Label boxes to know precision and recall.',
        ]
      : []),
    ...(labels?.kind === 'boxes'
      ? [
          `A box is right when it overlaps a labelled one by ${leastOverlap} (intersection over union); precision is the share of boxes that are right, recall the share of faces that have one. Detectors frame a face differently: Viola-Jones and HOG draw a square from the brows to the chin, the SSD takes in the forehead, Vigil draws from brow to chin and ear to ear. Labels drawn in one way favour the detector that draws like them.`,
          'In brackets Wilson’s 95 % intervals, which take faces as independent of each other; those of one picture are not.',
        ]
      : []),
    'dlib’s HOG filters were trained on faces of Labeled Faces in the Wild. On pictures of that collection its recall is recall on what it learnt from, and must not be set beside that of the others. What each of the networks was trained on is in models/NOTICE.md as far as it is known.',
    'A look’s time is processor time, without decoding the picture and without the first look of all, which compiles the program. Viola-Jones looks for faces of 24 pixels and more, HOG of 73, doubled of about 36; the networks shrink a large picture first, so their time hardly grows with it, and theirs does. Memory is the most that a process of the detector alone had at once: program, weights, and the largest picture.',
  ];
}

function problemOf(detector: MeasuredDetector): string[] {
  return 'problem' in detector ? [`${detector.title} was left out: ${detector.problem}`] : [];
}

/** A picture that no detector can read is said once. */
function failedLooks(scored: readonly Scored[], pictures: readonly ListedPicture[]): string[] {
  const said = new Set<string>();
  for (const [index, { file }] of pictures.entries()) {
    for (const { title, run } of scored) {
      const look = run.looks[index];
      if (look?.kind !== 'failed') continue;
      const everywhere = scored.every((other) => other.run.looks[index]?.kind === 'failed');
      said.add(
        everywhere ? `${file} was left out: ${look.message}` : `${title} failed on ${file}: ${look.message}`,
      );
      if (everywhere) break;
    }
  }
  return [...said];
}

function figuresOf({ id, run, score, timesMs }: Scored, pictures: readonly ListedPicture[]) {
  return [
    {
      detector: id,
      ...score,
      medianMs: timesMs.length === 0 ? null : medianOf(timesMs),
      peakMemoryBytes: run.peakMemoryBytes,
    },
    ...run.looks.flatMap((look, index) =>
      look.kind === 'looked' ? [lookFigure(id, pictures[index]!.file, look)] : [],
    ),
  ];
}

function lookFigure(detector: string, file: string, { faces, widthPx, heightPx, processorMs }: Looked) {
  return { detector, file, widthPx, heightPx, processorMs, faces };
}

function summaryOf(
  scored: readonly Scored[],
  { pictures, labels }: DetectorComparison,
): LabReport['summary'] {
  const most = Math.max(...scored.map(qualityOf));
  const bestOnes = scored.filter((detector) => qualityOf(detector) === most);
  const [best] = bestOnes;
  const names = bestOnes.map(({ title }) => title).join(', ');
  const threshold =
    'Each detector’s own: 5 neighbours for Viola-Jones, a score above 0 for HOG, a confidence above 0.5 for the SSD, for Vigil’s what its manifest says.';
  const labelled = best?.score.counted?.labelled;
  const amount =
    `${pictures.length === 1 ? '1 picture' : `${pictures.length} pictures`}` +
    (labels === undefined || labelled === undefined
      ? ', not labelled.'
      : `, ${labelled} labelled faces.${labelled < 100 ? ' With so few, small differences say nothing.' : ''}`);
  if (best === undefined) {
    return { method: 'No detector could be used.', threshold, amount, mistakes: 'Nothing was measured.' };
  }
  const { counted, boxed } = best.score;
  if (boxed !== null) {
    const { precision, recall } = boxed;
    return {
      method: `Best in precision and recall together: ${names}.`,
      threshold,
      amount,
      mistakes: `${best.title} misses ${recall.of - recall.count} of ${recall.of} faces, and ${precision.of - precision.count} of its ${precision.of} boxes are on none.`,
    };
  }
  if (counted !== null) {
    return {
      method: `Nearest to the labelled counts: ${names}.`,
      threshold,
      amount,
      mistakes: `${best.title}: in ${percent(1 - share(counted.rightCount.count, counted.rightCount.of), 0)} % of the pictures another count, ${counted.tooFew} too few in all, ${counted.tooMany} too many. Which boxes are wrong, counts do not say.`,
    };
  }
  return {
    method: 'Without labels nothing says which detector is better; look at the pictures.',
    threshold,
    amount,
    mistakes: 'Not known without labels: --labels FILE.',
  };
}

/** The larger the better: the F-measure where boxes are labelled, else how few boxes are missing or too many. */
function qualityOf({ score: { counted, boxed } }: Scored): number {
  if (boxed !== null) {
    const { precision, recall } = boxed;
    return share(2 * recall.count, precision.of + recall.of);
  }
  return counted === null ? 0 : -(counted.tooFew + counted.tooMany);
}

function share(count: number, of: number): number {
  return of === 0 ? 0 : count / of;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
