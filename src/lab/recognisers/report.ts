import { percent } from '../report/cell-text.ts';
import type { Block, Cell, LabReport, LinePlot, Provenance, Section, Table } from '../report/document.ts';
import { hashOfHashes } from '../report/provenance.ts';
import { strangersAllowed } from './figures.ts';
import type { MeasuredCount, MeasuredRecognisers, MethodFigures } from './measure.ts';

const howToRead = [
  'Everybody with enough pictures is enrolled in each of five folds, but for one fold in which they are left out and tried as a stranger; those with too few pictures always are strangers. A picture is tried once, and never in a fold that learnt from it. All methods have the same folds.',
  'Closed set: pictures of enrolled people whose nearest person is the right one, whatever the distance. At its own threshold: what the method names as it comes (Eigenfaces 4500, Fisherfaces 450, LBPH 70 in the Python program; an embedder’s of the manifest, with its margin to the second person). Fitted: the threshold that names one stranger in a hundred, each fold by the strangers of the others.',
  'In brackets Wilson’s 95 % intervals, which take pictures as independent: those of one person are not, so the true ones are wider. More pictures a person leave fewer people who have them: rows with different numbers of pictures are of different people.',
  'The old methods learn from grey crops of 150 x 150 px: the detector’s box stretched to a square, as in the Python program, and aligned, turned and scaled by the landmarks. Times are of one thread without finding the face; learning from an embedder is embedding the pictures. Size is what was learnt; of an embedder the network comes to it once.',
];

/** What was measured as a report. `run` says when, by which command and where. */
export function recognisersReport(
  measured: MeasuredRecognisers,
  run: Pick<Provenance, 'date' | 'command' | 'versions' | 'machine'>,
): LabReport {
  const { seed, samples, counts } = measured;
  return {
    format: 'vigil-lab-report/1',
    experiment: 'recognisers',
    title: 'Old and new ways to recognise a face',
    question:
      'How often does each way to recognise faces name the right person, how often a stranger, by how many pictures, and what does it cost?',
    summary: summaryOf(measured),
    sections: [
      ...counts.map(sectionOf),
      ...(counts.length > 1 ? [{ title: 'By the number of pictures', blocks: curvesOf(counts) }] : []),
      { title: 'How to read this', blocks: howToRead.map((text): Block => ({ kind: 'text', text })) },
    ],
    remarks: remarksOf(measured),
    figures: [
      {
        ...{ seed, people: samples.people.length, pictures: samples.sha256s.length },
        undetected: samples.undetected,
      },
      ...counts.flatMap(({ each, enrolledPeople, methods }) =>
        methods.map((figures) => ({ each, enrolledPeople, ...figures })),
      ),
    ],
    provenance: {
      ...run,
      seed,
      models: [...samples.networks],
      data: [
        {
          what: 'pictures with a face',
          files: samples.sha256s.length,
          sha256: hashOfHashes(samples.sha256s),
        },
      ],
    },
  };
}

function summaryOf({ samples, counts }: MeasuredRecognisers): LabReport['summary'] {
  const amount = `${samples.sha256s.length} pictures of ${samples.people.length} people; no face was found in ${samples.undetected} more`;
  const last = counts.at(-1);
  if (last === undefined) {
    const none = 'Nothing could be measured: fewer than three people have two pictures.';
    return { method: none, threshold: '-', amount, mistakes: '-' };
  }
  const best = last.methods.reduce((one, other) => (share(other) > share(one) ? other : one));
  const [first] = counts;
  const named = ({ atOwn: { namedRightly, namedWrongly, strangersNamed } }: MethodFigures) =>
    `of ${namedRightly.of} pictures of enrolled people ${namedRightly.count} get their name and ${namedWrongly.count} another, of ${strangersNamed.of} of strangers ${strangersNamed.count} get one`;
  const few = first?.methods.find(({ id }) => id === best.id);
  const old = last.methods.find(({ id }) => id === 'lbph');
  return {
    method: `${best.name} is right most often: ${ofShare(best)} with ${pictures(last.each)} a person${few === undefined || first === last ? '' : `, ${ofShare(few)} with ${pictures(first!.each)}`}.`,
    threshold: `${best.rule.threshold}${best.rule.margin > 0 ? `, and the second person at least ${best.rule.margin} farther` : ''}`,
    amount,
    mistakes: `With ${pictures(last.each)} a person and its own threshold: ${named(best)}.${old === undefined || old === best ? '' : ` LBPH at its own threshold: ${named(old)}.`}`,
  };
}

function share({ closedSet: { count, of } }: MethodFigures): number {
  return of === 0 ? 0 : count / of;
}

function ofShare(figures: MethodFigures): string {
  return `${percent(share(figures), 1)} %`;
}

function pictures(each: number): string {
  return each === 1 ? '1 picture' : `${each} pictures`;
}

function sectionOf({ each, enrolledPeople, methods, refused }: MeasuredCount): Section {
  const reasons = [...new Set(refused.map(({ reason }) => reason))];
  return {
    title: `${pictures(each)} a person`,
    blocks: [
      ...[ownTable(methods, enrolledPeople), fittedTable(methods), costTable(methods)],
      ...reasons.map((text): Block => ({ kind: 'text', text: `${text}.` })),
    ],
  };
}

function ownTable(methods: readonly MethodFigures[], enrolledPeople: number): Table {
  return {
    kind: 'table',
    caption: `Nearest, and named at its own threshold; about ${Math.round(enrolledPeople)} people enrolled`,
    columns: [
      { label: '' },
      { label: 'closed set' },
      { label: 'threshold' },
      { label: 'named rightly' },
      { label: 'named wrongly' },
      { label: 'strangers named' },
    ],
    rows: methods.map(({ name, rule, closedSet, atOwn }) => ({
      cells: [
        ...[name, closedSet, `${rule.threshold}`],
        ...[atOwn.namedRightly, atOwn.namedWrongly, atOwn.strangersNamed],
      ],
    })),
  };
}

function fittedTable(methods: readonly MethodFigures[]): Table {
  return {
    kind: 'table',
    caption: `Named at a threshold fitted to name ${strangersAllowed * 100} % of strangers`,
    columns: [
      { label: '' },
      { label: 'thresholds of the folds' },
      { label: 'named rightly' },
      { label: 'named wrongly' },
      { label: 'strangers named' },
    ],
    rows: methods.map(({ name, atFitted }) => ({
      cells:
        atFitted === null
          ? [name, null, null, null, null]
          : [
              ...[name, rangeText(atFitted.thresholds)],
              ...[atFitted.namedRightly, atFitted.namedWrongly, atFitted.strangersNamed],
            ],
    })),
  };
}

function rangeText(thresholds: readonly number[]): string {
  const [least, most] = [Math.min(...thresholds), Math.max(...thresholds)];
  return `${Number(least.toPrecision(3))} to ${Number(most.toPrecision(3))}`;
}

function costTable(methods: readonly MethodFigures[]): Table {
  return {
    kind: 'table',
    caption: 'What it costs',
    columns: [
      { label: '' },
      { label: 'learning', unit: 'ms' },
      { label: 'a face', unit: 'ms' },
      { label: 'learnt', unit: 'kB' },
      { label: 'network', unit: 'kB' },
    ],
    rows: methods.map(({ name, trainMs, answerMs, sizeBytes, networkBytes }) => ({
      cells: [
        ...[name, { number: trainMs }, { number: answerMs }],
        ...[kilobytes(sizeBytes), networkBytes === 0 ? null : kilobytes(networkBytes)],
      ],
    })),
  };
}

function kilobytes(bytes: number): Cell {
  return { number: bytes / 1000 };
}

function curvesOf(counts: readonly MeasuredCount[]): LinePlot[] {
  const names = new Map(counts.flatMap(({ methods }) => methods.map(({ id, name }) => [id, name])));
  const plot = (
    id: string,
    title: string,
    label: string,
    rateOf: (figures: MethodFigures) => MethodFigures['closedSet'] | undefined,
  ): LinePlot => ({
    kind: 'plot',
    form: 'line',
    ...{ id, title },
    x: { label: 'pictures a person', scale: 'log' },
    y: { label, scale: 'share', from: 0, to: 1 },
    series: [...names].map(([method, name]) => ({
      name,
      points: counts.flatMap(({ each, methods }) => {
        const figures = methods.find((one) => one.id === method);
        const rate = figures && rateOf(figures);
        if (rate === undefined || rate.of === 0) return [];
        return [{ x: each, y: rate.count / rate.of, low: rate.low, high: rate.high }];
      }),
    })),
    rules: [],
  });
  return [
    plot(
      'closed-set',
      'Nearest person is the right one',
      'closed-set accuracy',
      ({ closedSet }) => closedSet,
    ),
    plot(
      'open-set',
      'Named rightly where one stranger in a hundred is named',
      'named rightly',
      ({ atFitted }) => atFitted?.namedRightly,
    ),
  ];
}

function remarksOf({ samples, counts, notMeasured }: MeasuredRecognisers): string[] {
  const remarks = [...samples.remarks];
  for (const each of notMeasured) {
    remarks.push(
      `${pictures(each)} a person: not measured, because fewer than three people have ${each + 1} pictures or more.`,
    );
  }
  const strangers = counts.flatMap(({ methods }) => methods.map(({ atOwn }) => atOwn.strangersNamed.of));
  const fewest = Math.min(...strangers);
  if (fewest * strangersAllowed < 1) {
    remarks.push(
      `With ${fewest} pictures of strangers one in a hundred is none: the fitted threshold lets no stranger pass that it was fitted on.`,
    );
  }
  return remarks;
}
