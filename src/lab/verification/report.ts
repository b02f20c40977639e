import { percent } from '../report/cell-text.ts';
import type { Block, Cell, Histogram, LabReport, LinePlot, Provenance, Table } from '../report/document.ts';
import { binsOf } from '../report/plot/histogram.ts';
import { hashOfHashes } from '../report/provenance.ts';
import { corners, falseAcceptRates } from './figures.ts';
import type { DrawnRate, EmbedderFigures, MeasuredVerification } from './measure.ts';

const howToRead = [
  'Accuracy: in each of ten folds the threshold is the one that is best on the other nine; behind the mean its standard error, as results on Labeled Faces in the Wild are given. A pair in which a face was not found counts as wrong.',
  'False reject rate (FRR): the share of pairs of one person that is refused. False accept rate (FAR): the share of pairs of two people that is accepted. A pair without a face is refused. The equal error rate is where both are equal.',
  'In brackets 95 % intervals: Wilson’s where a count stands before, which takes pairs as independent; else from people drawn anew a thousand times, with the threshold found anew each time. An interval of 0 to 0 says that no error was seen, not that there is none.',
];

/** What was measured as a report. `run` says when, by which command and where. */
export function verificationReport(
  measured: MeasuredVerification,
  run: Pick<Provenance, 'date' | 'command' | 'versions' | 'machine'>,
): LabReport {
  const { seed, same, different, embedders, remarks, sha256s } = measured;
  return {
    format: 'vigil-lab-report/1',
    experiment: 'verify',
    title: 'Are two pictures of one person?',
    question:
      'How often are two pictures of one person taken for two people, and pictures of two people for one, at which threshold?',
    summary: summaryOf(measured),
    sections: [
      { title: 'Figures', blocks: [tableOf(embedders)] },
      { title: 'Curves', blocks: [rocOf(embedders), detOf(embedders)] },
      { title: 'Distances', blocks: embedders.map(distancesOf) },
      { title: 'How to read this', blocks: howToRead.map(asText) },
    ],
    remarks: [...remarks],
    figures: [
      { seed, same, different, pictures: sha256s.length },
      ...embedders.map(({ model, networks: _, pairs: __, points, ...figures }) => ({
        ...{ model: model.id, ...figures },
        operatingPoints: corners(points),
      })),
    ],
    provenance: {
      ...run,
      seed,
      models: [
        ...new Map(embedders.flatMap(({ networks }) => networks).map((one) => [one.id, one])).values(),
      ],
      data: [{ what: 'pictures', files: sha256s.length, sha256: hashOfHashes(sha256s) }],
    },
  };
}

function asText(text: string): Block {
  return { kind: 'text', text };
}

function summaryOf({ same, different, embedders, sha256s }: MeasuredVerification): LabReport['summary'] {
  const { model, accuracy, atDefault, undetected } = embedders[0]!;
  const { falseAccept, falseReject } = atDefault;
  const right =
    accuracy === null
      ? 'There are too few pairs to say how many are told right.'
      : `${percent(accuracy.mean, 1)} % of the pairs are told right, with the threshold that is best on other pairs.`;
  const best = accuracy === null ? '' : ` Best on these pairs is ${accuracy.thresholds[0]!.toFixed(3)}.`;
  return {
    method: `The distance of the embeddings of ${model.id}, one picture a person. ${right}`,
    threshold: `${model.match.threshold} is what the device takes, which is meant for one face against many people.${best}`,
    amount: `${same} pairs of one person and ${different} of two people, ${sha256s.length} pictures; no face was found in ${undetected.count} of them`,
    mistakes: `At the device's threshold ${falseReject.count} of ${falseReject.of} pairs of one person are refused and ${falseAccept.count} of ${falseAccept.of} pairs of two people accepted (between ${percent(falseAccept.low, 2)} and ${percent(falseAccept.high, 2)} %).`,
  };
}

function tableOf(embedders: readonly EmbedderFigures[]): Table {
  const row = (label: string, cell: (figures: EmbedderFigures) => Cell, detail = false) => ({
    cells: [label, ...embedders.map(cell)],
    ...(detail ? { detail: true as const } : {}),
  });
  return {
    kind: 'table',
    caption: 'One picture against one other',
    columns: [{ label: '' }, ...embedders.map(({ model }) => ({ label: model.id }))],
    rows: [
      row('accuracy by folds', ({ accuracy }) => accuracy && foldsCell(accuracy)),
      row('pairs told right', ({ accuracy }) => accuracy?.rate ?? null, true),
      row('its thresholds', ({ accuracy }) => accuracy && rangeText(accuracy.thresholds), true),
      row('equal error rate', ({ equalError }) => rateCell(equalError)),
      ...falseAcceptRates.map((rate, i) =>
        row(`FRR at FAR ${rate * 100} %`, ({ falseReject }) => rateCell(falseReject[i]!)),
      ),
      row("at the device's threshold", ({ model }) => `${model.match.threshold}`),
      row('FAR', ({ atDefault }) => atDefault.falseAccept, true),
      row('FRR', ({ atDefault }) => atDefault.falseReject, true),
      row('pictures without a face', ({ undetected }) => undetected),
      row('pairs without a face', ({ pairsWithoutFace }) => `${pairsWithoutFace}`, true),
    ],
  };
}

function foldsCell({ mean, standardError }: { mean: number; standardError: number }): string {
  return `${percent(mean, 1)} ± ${percent(standardError, 1)} %`;
}

function rangeText(thresholds: readonly number[]): string {
  const [least, most] = [Math.min(...thresholds), Math.max(...thresholds)].map((one) => one.toFixed(3));
  return least === most ? `${least}` : `${least} to ${most}`;
}

function rateCell({ rate, low, high }: DrawnRate): Cell {
  return { share: rate, low, high, digits: 1 };
}

/** Below this FAR the curves would show what single pairs did. */
const leastShare = 1e-3;

function rocOf(embedders: readonly EmbedderFigures[]): LinePlot {
  return {
    kind: 'plot',
    form: 'line',
    id: 'roc',
    title: 'Receiver operating characteristic (ROC)',
    x: { label: 'false accept rate', scale: 'share-log', from: leastShare, to: 1 },
    y: { label: 'pairs of one person accepted', scale: 'share', to: 1 },
    series: embedders.map(({ model, points }) => ({
      name: model.id,
      curve: true,
      points: [
        { ...points.findLast(({ falseAccept }) => falseAccept < leastShare)!, falseAccept: leastShare },
        ...corners(points).filter(({ falseAccept }) => falseAccept >= leastShare),
      ].map(({ falseAccept, falseReject }) => ({ x: falseAccept, y: 1 - falseReject })),
    })),
    rules: [],
  };
}

function detOf(embedders: readonly EmbedderFigures[]): LinePlot {
  return {
    kind: 'plot',
    form: 'line',
    id: 'det',
    title: 'Detection error trade-off (DET)',
    x: { label: 'false accept rate', scale: 'probit', from: leastShare },
    y: { label: 'false reject rate', scale: 'probit', from: leastShare },
    series: embedders.map(({ model, points }) => ({
      name: model.id,
      curve: true,
      points: corners(points)
        .filter(({ falseAccept, falseReject }) => falseAccept > 0 && falseReject > 0)
        .map(({ falseAccept, falseReject }) => ({ x: falseAccept, y: falseReject })),
    })),
    rules: [],
    diagonal: true,
  };
}

const bars = 60;

function distancesOf({ model, pairs }: EmbedderFigures): Histogram {
  const found = pairs.filter(({ distance }) => Number.isFinite(distance));
  const to = Math.max(0.1, ...found.map(({ distance }) => distance));
  const binned = (same: boolean) =>
    binsOf(
      found.filter((pair) => pair.same === same).map(({ distance }) => distance),
      0,
      to,
      bars,
    );
  return {
    kind: 'plot',
    form: 'histogram',
    id: `distances-${model.id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    title: `Distances, ${model.id}`,
    x: { label: 'squared distance of the embeddings', scale: 'linear', from: 0, to },
    series: [
      { name: 'one person', bins: binned(true) },
      { name: 'two people', bins: binned(false) },
    ],
    rules: [{ axis: 'x', at: model.match.threshold, label: `accepted up to ${model.match.threshold}` }],
  };
}
