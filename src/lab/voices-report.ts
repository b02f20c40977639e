import type { Rate } from '../decide/rate.ts';
import type { ChartRow } from './voices-chart.ts';
import {
  type FittedNaming,
  falseAcceptRate,
  type LengthFigures,
  type ScoredLength,
  type Verification,
} from './voices-figures.ts';

export type WayOfNaming = 'open-set' | 'trained' | 'open-set-as-trained';

export interface WayReport {
  readonly way: WayOfNaming;
  /** Names the models and the front end. */
  readonly pipelineId: string;
  readonly lengths: readonly LengthFigures[];
}

/** How a way is measured. */
export interface Measuring {
  /** Lengths of the pieces. */
  readonly lengthsS: readonly number[];
  readonly progress: (what: string, done: number, total: number) => void;
}

/** A way with the scores from which its figures come. */
export interface ScoredWay extends Omit<WayReport, 'lengths'> {
  readonly scored: readonly ScoredLength[];
}

export interface PeopleCount {
  readonly people: number;
  readonly recordings: number;
  readonly seconds: number;
}

export interface VoicesReport {
  readonly seed: number;
  readonly speakers: PeopleCount;
  readonly strangers: PeopleCount;
  /** Recordings that neither way was tried with: there is too little speech in them. */
  readonly leftOut: number;
  readonly ways: readonly WayReport[];
}

const headings: Readonly<Record<WayOfNaming, string>> = {
  'open-set': 'OPEN-SET EMBEDDING: three utterances of each speaker enrolled; so many seconds of speech',
  trained: 'TRAINED NETWORK: seven in ten recordings of each speaker; so many seconds of sound as recorded',
  'open-set-as-trained': 'OPEN-SET EMBEDDING ON THE SAME RECORDINGS AND PIECES AS THE TRAINED NETWORK',
};

const labelWidth = 38;
const cellWidth = 29;

/** The report for people: one table a way, one column a length. */
export function reportLines(report: VoicesReport): string[] {
  const { speakers, strangers, seed } = report;
  const counted = ({ people, recordings, seconds }: PeopleCount, who: string) =>
    `${people} ${who}, ${recordings} recordings, ${Math.round(seconds)} s`;
  return [
    `${counted(speakers, 'speakers')}; ${counted(strangers, 'strangers')}; seed ${seed}`,
    ...(report.leftOut === 0 ? [] : [`${report.leftOut} more recordings have too little speech in them`]),
    ...report.ways.flatMap(({ way, pipelineId, lengths }) => [
      '',
      headings[way],
      `(${pipelineId})`,
      ...rowsOf(lengths).map(([label, ...cells]) =>
        [label.padEnd(labelWidth), ...cells.map((cell) => cell.padEnd(cellWidth))].join('').trimEnd(),
      ),
    ]),
    ...remarks(report),
    '',
    'In brackets 95 % intervals. Of proportions Wilson’s, which takes pieces as independent: those of one person are',
    'not, and where that matters the strangers are counted as people. Of equal error rates a bootstrap over people;',
    `0-0 says that no error was seen with ${speakers.people} speakers, not that there is none. No piece overlaps another, and`,
    'none comes from a recording that was learnt from. Fitted thresholds come from the other half of the people.',
  ];
}

function remarks({ ways }: VoicesReport): string[] {
  const fitted = ways.flatMap(({ lengths }) => lengths.map(({ atFitted }) => atFitted));
  const lines: string[] = [];
  if (fitted.every((naming) => naming === null)) {
    lines.push('To fit thresholds on half of the people, four speakers and two strangers are needed.');
  }
  if (fitted.some((naming) => naming?.thresholds.some((threshold) => threshold >= 1))) {
    lines.push('A threshold of 1 names nobody: there are strangers of whom the network is wholly sure.');
  }
  return lines.length === 0 ? [] : ['', ...lines];
}

/** The report for programs: what was listened to, then each way with each length. */
export function reportObjects({ ways, ...data }: VoicesReport): object[] {
  return [
    data,
    ...ways.flatMap(({ way, pipelineId, lengths }) =>
      lengths.map((figures) => ({ way, pipelineId, ...figures })),
    ),
  ];
}

const chartTexts: Readonly<Record<WayOfNaming, Omit<ChartRow, 'panels'>>> = {
  'open-set': {
    title: 'Open-set embedding, three utterances enrolled',
    scoreName: 'likeness to the nearest enrolled person',
    lowest: 0.4,
  },
  trained: {
    title: 'Trained network, 193 features',
    scoreName: 'largest share of the softmax',
    lowest: 0,
  },
  'open-set-as-trained': {
    title: 'Open-set embedding, the same recordings and pieces',
    scoreName: 'likeness to the nearest enrolled person',
    lowest: 0.4,
  },
};

/** What `scoreChart` draws. */
export function chartRows(ways: readonly ScoredWay[]): ChartRow[] {
  return ways.map(({ way, scored }) => ({
    ...chartTexts[way],
    panels: scored.map(({ seconds, naming, rule }) => ({ title: `${seconds} s`, scored: naming, rule })),
  }));
}

type Row = readonly [label: string, ...cells: string[]];

function rowsOf(lengths: readonly LengthFigures[]): Row[] {
  const row = (label: string, cell: (figures: LengthFigures) => string): Row => [label, ...lengths.map(cell)];
  const { verification, strangerPieces } = lengths[0] ?? { verification: [], strangerPieces: 0 };
  const strangerRow = (label: string, cell: (figures: LengthFigures) => string): Row[] =>
    strangerPieces > 0 ? [row(label, cell)] : [];
  const fittedRow = (label: string, cell: (fitted: FittedNaming) => string): Row[] =>
    lengths.some(({ atFitted }) => atFitted !== null)
      ? [row(label, ({ atFitted }) => (atFitted === null ? '-' : cell(atFitted)))]
      : [];
  return [
    row('', ({ seconds }) => `${seconds} s`),
    row('pieces of speakers', ({ speakerPieces }) => `${speakerPieces}`),
    ...strangerRow('pieces of strangers', (figures) => `${figures.strangerPieces} of ${figures.strangers}`),
    ...(lengths.some(({ tooLittleSpeech }) => tooLittleSpeech > 0)
      ? [row('pieces with too little speech', ({ tooLittleSpeech }) => `${tooLittleSpeech}`)]
      : []),
    row('closed-set accuracy', ({ closedSet }) => rateText(closedSet)),
    ...verification.flatMap(({ recordings }, i): Row[] => [
      row(`equal error rate${learntFrom(recordings)}`, (figures) => errorText(figures.verification[i]!)),
      row('  genuine and impostor trials', (figures) => {
        const { genuineTrials, impostorTrials } = figures.verification[i]!;
        return `${genuineTrials}, ${impostorTrials}`;
      }),
    ]),
    row('at the default threshold, margin', ({ rule }) => `${short(rule.threshold)}, ${rule.margin}`),
    row('  named rightly', ({ atDefault }) => rateText(atDefault.namedRightly)),
    row('  named wrongly', ({ atDefault }) => rateText(atDefault.namedWrongly)),
    ...strangerRow('  strangers’ pieces named', ({ atDefault }) => rateText(atDefault.strangerPieces)),
    ...strangerRow('  strangers ever named', ({ atDefault }) => rateText(atDefault.strangers)),
    ...fittedRow(`at thresholds fitted for FAR ${falseAcceptRate * 100} %`, ({ thresholds }) =>
      thresholds.map(short).join(', '),
    ),
    ...fittedRow('  detected and identified (DIR)', ({ namedRightly }) => rateText(namedRightly)),
    ...fittedRow('  named wrongly', ({ namedWrongly }) => rateText(namedWrongly)),
    ...fittedRow('  strangers’ pieces named', (fitted) => rateText(fitted.strangerPieces)),
    ...fittedRow('  strangers ever named', (fitted) => rateText(fitted.strangers)),
  ];
}

function learntFrom(recordings: number | null): string {
  if (recordings === null) return '';
  return recordings === 1 ? ', 1 utterance' : `, ${recordings} utterances`;
}

/** `3/304 1.0 % (0.3-2.9)` */
function rateText({ count, of, low, high }: Rate): string {
  return of === 0
    ? 'none'
    : `${count}/${of} ${percent(count / of, 1)} % (${percent(low, 1)}-${percent(high, 1)})`;
}

function errorText({ equalErrorRate, low, high }: Verification): string {
  return Number.isNaN(equalErrorRate)
    ? 'no trials'
    : `${percent(equalErrorRate, 2)} % (${percent(low, 2)}-${percent(high, 2)})`;
}

function percent(share: number, digits: number): string {
  return `${Number((share * 100).toFixed(digits))}`;
}

/** A share that is nearly 1 tells by how little it is not. */
function short(threshold: number): string {
  const rest = 1 - threshold;
  return rest > 0 && rest < 5e-4 ? `1-${rest.toExponential(0)}` : `${Number(threshold.toFixed(3))}`;
}
