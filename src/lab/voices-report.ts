import type { Rate } from '../decide/rate.ts';
import type { VoiceEmbedderEntry } from '../models/entry.ts';
import type { Plane } from './projection/plane.ts';
import { percent } from './report/cell-text.ts';
import type {
  Block,
  Cell,
  Histogram,
  LabReport,
  Provenance,
  Scatter,
  Section,
  Table,
} from './report/document.ts';
import { binsOf } from './report/plot/histogram.ts';
import { hashOfHashes } from './report/provenance.ts';
import {
  bestOf,
  type FittedNaming,
  falseAcceptRate,
  type Learning,
  type LengthFigures,
  type ScoredLength,
  type ScoredPiece,
  type Verification,
} from './voices-figures.ts';
import { learningSection } from './voices-learning-section.ts';

export type WayOfNaming = 'open-set' | 'trained' | 'open-set-as-trained';

/** How a way is measured. */
export interface Measuring {
  /** Lengths of the pieces. */
  readonly lengthsS: readonly number[];
  readonly progress: (what: string, done: number, total: number) => void;
}

/** A way with the scores from which its figures come. */
export interface ScoredWay {
  readonly way: WayOfNaming;
  /** Names the models and the front end. */
  readonly pipelineId: string;
  readonly scored: readonly ScoredLength[];
}

/** A way with its figures: one a length, in the order of the scores. */
export interface MeasuredWay extends ScoredWay {
  readonly lengths: readonly LengthFigures[];
}

export interface PeopleCount {
  readonly people: number;
  readonly recordings: number;
  readonly seconds: number;
}

/** Pieces of speech on a plane: near ones are voices that the embedding takes for alike. */
export interface VoicesPlane {
  /** Length of the pieces. */
  readonly seconds: number;
  /** Who speaks in each piece; null for a stranger. */
  readonly spokenBy: readonly (string | null)[];
  readonly plane: Plane;
}

export interface MeasuredVoices {
  readonly seed: number;
  readonly speakers: PeopleCount;
  readonly strangers: PeopleCount;
  /** Recordings that neither way was tried with: there is too little speech in them. */
  readonly leftOut: number;
  /** Of the sound of every recording. */
  readonly sha256s: readonly string[];
  readonly ways: readonly MeasuredWay[];
  readonly learning: Learning;
  readonly plane: VoicesPlane;
}

const headings: Readonly<Record<WayOfNaming, string>> = {
  'open-set': 'Open-set embedding',
  trained: 'Trained network',
  'open-set-as-trained': 'Open-set embedding, tried as the trained network is',
};

const captions: Readonly<Record<WayOfNaming, string>> = {
  'open-set': 'Three utterances of each speaker enrolled; so many seconds of speech.',
  trained: 'Seven in ten recordings of each speaker learnt; so many seconds of sound as recorded.',
  'open-set-as-trained': 'The same recordings and pieces as the trained network.',
};

const howToRead = [
  'In brackets 95 % intervals. Of proportions Wilson’s, which takes pieces as independent: those of one person are not, and where that matters the strangers are counted as people. Of equal error rates a bootstrap over people.',
  'An interval of 0 to 0 says that no error was seen, not that there is none. No piece overlaps another, and none comes from a recording that was learnt from. Fitted thresholds come from the other half of the people.',
  'On the plane near points are pieces that the embedding takes for alike; how far groups lie from each other, and how large they are, says nothing in t-SNE (van der Maaten 2014, perplexity 30).',
];

/** What was measured as a report. `run` says when, by which command and where. */
export function voicesReport(
  measured: MeasuredVoices,
  model: VoiceEmbedderEntry,
  run: Pick<Provenance, 'date' | 'command' | 'versions' | 'machine'>,
): LabReport {
  const { seed, speakers, strangers, leftOut, sha256s, ways, learning, plane } = measured;
  return {
    format: 'vigil-lab-report/1',
    experiment: 'voices',
    title: 'How well voices are told apart',
    question:
      'Who of those enrolled speaks, and how often is somebody named who was never enrolled: by an embedding that is compared, and by a network that was trained on the speakers?',
    summary: summaryOf(measured),
    sections: [
      ...ways.map(sectionOf),
      learningSection(learning),
      { title: 'Voices on a plane', blocks: [scatterOf(plane)] },
      { title: 'How to read this', blocks: howToRead.map(asText) },
    ],
    remarks: remarksOf(measured),
    figures: [
      { seed, speakers, strangers, leftOut, learning },
      ...ways.flatMap(({ way, pipelineId, lengths }) =>
        lengths.map((figures) => ({ way, pipelineId, ...figures })),
      ),
    ],
    provenance: {
      ...run,
      seed,
      models: [{ id: model.id, sha256: model.sha256 }],
      data: [{ what: 'recordings, as sound', files: sha256s.length, sha256: hashOfHashes(sha256s) }],
    },
  };
}

function asText(text: string): Block {
  return { kind: 'text', text };
}

function summaryOf({ speakers, strangers, ways }: MeasuredVoices): LabReport['summary'] {
  const [device] = ways.filter(({ way }) => way === 'open-set');
  const [trained] = ways.filter(({ way }) => way === 'trained');
  const counted = ({ people, recordings, seconds }: PeopleCount, who: string) =>
    `${recordings} recordings of ${people} ${who} (${Math.round(seconds)} s)`;
  return {
    method:
      'The device compares an embedding of what it hears with what was enrolled; the trained network, which knows its speakers alone, is measured beside it.',
    threshold: (device?.lengths ?? [])
      .map(({ seconds, rule }) => `${short(rule.threshold)} for ${seconds} s`)
      .join(', ')
      .concat(`; a second person at least ${device?.lengths[0]?.rule.margin ?? 0} lower`),
    amount: `${counted(speakers, 'speakers')}, ${counted(strangers, 'strangers')}`,
    mistakes: [mistakesOf(device, 'At these thresholds'), mistakesOf(trained, 'The trained network')]
      .filter((text) => text !== '')
      .join(' '),
  };
}

/** Of the longest pieces. */
function mistakesOf(way: MeasuredWay | undefined, who: string): string {
  const figures = way?.lengths.findLast(({ speakerPieces }) => speakerPieces > 0);
  if (figures === undefined) return '';
  const { namedRightly, namedWrongly, strangerPieces } = figures.atDefault;
  const unnamed = namedRightly.of - namedRightly.count - namedWrongly.count;
  const ofStrangers =
    strangerPieces.of === 0
      ? 'strangers were not tried'
      : `${strangerPieces.count} of ${strangerPieces.of} of strangers are given a name (${inPercent(strangerPieces)})`;
  return `${who}, with ${figures.seconds} s: of ${namedRightly.of} pieces of enrolled people ${unnamed} stay without a name and ${namedWrongly.count} get somebody else’s; ${ofStrangers}.`;
}

function inPercent({ low, high }: Rate): string {
  return `between ${percent(low, 1)} and ${percent(high, 1)} %`;
}

function sectionOf(way: MeasuredWay): Section {
  return {
    title: headings[way.way],
    blocks: [tableOf(way), ...way.scored.map((length) => distribution(way.way, length))],
  };
}

function remarksOf({ leftOut, ways }: MeasuredVoices): string[] {
  const fitted = ways.flatMap(({ lengths }) => lengths.map(({ atFitted }) => atFitted));
  const remarks: string[] = [];
  if (leftOut > 0) remarks.push(`${leftOut} more recordings have too little speech in them.`);
  if (fitted.every((naming) => naming === null)) {
    remarks.push('To fit thresholds on half of the people, four speakers and two strangers are needed.');
  }
  if (fitted.some((naming) => naming?.thresholds.some((threshold) => threshold >= 1))) {
    remarks.push('A threshold of 1 names nobody: there are strangers of whom the network is wholly sure.');
  }
  return remarks;
}

const bars = 50;
const distributions: Readonly<Record<WayOfNaming, { readonly label: string; readonly lowest: number }>> = {
  'open-set': { label: 'likeness to the nearest enrolled person', lowest: 0.4 },
  trained: { label: 'largest share of the softmax', lowest: 0 },
  'open-set-as-trained': { label: 'likeness to the nearest enrolled person', lowest: 0.4 },
};

/** How the best scores of pieces are distributed, and from where on a name is given. */
function distribution(way: WayOfNaming, { seconds, naming, rule }: ScoredLength): Histogram {
  const { label, lowest } = distributions[way];
  const binned = (pieces: readonly ScoredPiece[]) =>
    binsOf(
      pieces.map((piece) => bestOf(piece).score),
      lowest,
      1,
      bars,
    );
  return {
    kind: 'plot',
    form: 'histogram',
    id: `${way}-${String(seconds).replace('.', '-')}-s`,
    title: `${headings[way]}, ${seconds} s`,
    x: {
      label: lowest === 0 ? label : `${label}, ${lowest} or less at the left`,
      scale: 'linear',
      from: lowest,
      to: 1,
    },
    series: [
      { name: 'enrolled people', bins: binned(naming.ofSpeakers) },
      { name: 'strangers', bins: binned(naming.ofStrangers) },
    ],
    rules: [{ axis: 'x', at: rule.threshold, label: `a name from ${short(rule.threshold)}` }],
  };
}

function scatterOf({ seconds, spokenBy, plane }: VoicesPlane): Scatter {
  return {
    kind: 'plot',
    form: 'scatter',
    id: 'tsne',
    title: `Pieces of ${seconds} s of speech, t-SNE`,
    x: { label: '', scale: 'linear' },
    y: { label: '', scale: 'linear' },
    points: spokenBy.map((speaker, index) => ({
      x: Number(plane[2 * index]!.toFixed(3)),
      y: Number(plane[2 * index + 1]!.toFixed(3)),
      group: speaker ?? 'strangers',
      shape: speaker === null ? 'stranger' : 'enrolled',
      label: speaker ?? 'a stranger',
    })),
  };
}

type Row = Table['rows'][number];

function tableOf({ way, pipelineId, lengths }: MeasuredWay): Table {
  const row = (label: string, cell: (figures: LengthFigures) => Cell): Row => ({
    cells: [label, ...lengths.map(cell)],
  });
  const detail = (label: string, cell: (figures: LengthFigures) => Cell): Row => ({
    ...row(label, cell),
    detail: true,
  });
  const { verification, strangerPieces } = lengths[0] ?? { verification: [], strangerPieces: 0 };
  const strangers = (...rows: Row[]): Row[] => (strangerPieces > 0 ? rows : []);
  const fitted =
    (cell: (naming: FittedNaming) => Cell) =>
    ({ atFitted }: LengthFigures) =>
      atFitted === null ? null : cell(atFitted);
  return {
    kind: 'table',
    caption: `${captions[way]} (${pipelineId})`,
    columns: [{ label: '' }, ...lengths.map(({ seconds }) => ({ label: `${seconds} s` }))],
    rows: [
      row('pieces of speakers', ({ speakerPieces }) => `${speakerPieces}`),
      ...strangers(
        row('pieces of strangers', (figures) => `${figures.strangerPieces} of ${figures.strangers}`),
      ),
      ...(lengths.some(({ tooLittleSpeech }) => tooLittleSpeech > 0)
        ? [row('pieces with too little speech', ({ tooLittleSpeech }) => `${tooLittleSpeech}`)]
        : []),
      row('closed-set accuracy', ({ closedSet }) => closedSet),
      ...verification.flatMap(({ recordings }, i) => [
        row(`equal error rate${learntFrom(recordings)}`, (figures) => errorCell(figures.verification[i]!)),
        detail('genuine and impostor trials', (figures) => {
          const { genuineTrials, impostorTrials } = figures.verification[i]!;
          return `${genuineTrials}, ${impostorTrials}`;
        }),
      ]),
      row('at the default threshold, margin', ({ rule }) => `${short(rule.threshold)}, ${rule.margin}`),
      detail('named rightly', ({ atDefault }) => atDefault.namedRightly),
      detail('named wrongly', ({ atDefault }) => atDefault.namedWrongly),
      ...strangers(
        detail('strangers’ pieces named', ({ atDefault }) => atDefault.strangerPieces),
        detail('strangers ever named', ({ atDefault }) => atDefault.strangers),
      ),
      ...(lengths.some(({ atFitted }) => atFitted !== null)
        ? [
            row(
              `at thresholds fitted for FAR ${falseAcceptRate * 100} %`,
              fitted(({ thresholds }) => thresholds.map(short).join(', ')),
            ),
            detail(
              'detected and identified (DIR)',
              fitted(({ namedRightly }) => namedRightly),
            ),
            detail(
              'named wrongly',
              fitted(({ namedWrongly }) => namedWrongly),
            ),
            detail(
              'strangers’ pieces named',
              fitted((naming) => naming.strangerPieces),
            ),
            detail(
              'strangers ever named',
              fitted((naming) => naming.strangers),
            ),
          ]
        : []),
    ],
  };
}

function learntFrom(recordings: number | null): string {
  if (recordings === null) return '';
  return recordings === 1 ? ', 1 utterance' : `, ${recordings} utterances`;
}

function errorCell({ equalErrorRate, low, high }: Verification): Cell {
  return Number.isNaN(equalErrorRate) ? 'no trials' : { share: equalErrorRate, low, high };
}

/** A share that is nearly 1 tells by how little it is not. */
function short(threshold: number): string {
  const rest = 1 - threshold;
  return rest > 0 && rest < 5e-4 ? `1-${rest.toExponential(0)}` : `${Number(threshold.toFixed(3))}`;
}
