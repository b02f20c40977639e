import type { Cell, LabReport, Table } from '../report/document.ts';
import { hashOfHashes } from '../report/provenance.ts';
import type { FaceRun } from '../robustness/report.ts';
import { adviceOf } from './advice.ts';
import type { Enrolled, EnrolledFigures } from './figures.ts';
import type { MasksFigures } from './measure.ts';

const names: Readonly<Record<Enrolled, string>> = {
  masked: 'masked only',
  bare: 'bare only',
  both: 'both, the nearer counts',
  mean: 'both, as their mean',
};

/** What was measured as a report. */
export function masksReport(figures: MasksFigures, run: FaceRun): LabReport {
  const { people, strangers, realMasks, probes, unfoundMasked, limits, table, sha256s, remarks } = figures;
  const { coveredMasked, coveredBare } = figures;
  const all = people + strangers;
  const masks =
    realMasks === all
      ? 'photographed masks'
      : realMasks === 0
        ? 'drawn masks'
        : `photographed masks of ${realMasks} of them, drawn ones of the others`;
  const [masked, bare, both] = table;
  return {
    format: 'vigil-lab-report/1',
    experiment: 'masks',
    title: `Faces with masks${realMasks === all ? '' : ' (drawn)'}`,
    question:
      'Who is recognised with a mask and without, when one picture with a mask is enrolled, one without, or both; and who is named who is not enrolled?',
    summary: {
      method: `Each person is enrolled with one picture of a kind and tried with others; the device's rule decides. ${masks[0]!.toUpperCase()}${masks.slice(1)}.`,
      threshold: `a squared distance of ${limits.threshold}, and the second person ${limits.margin} further`,
      amount: `${people} people enrolled, ${strangers} strangers, ${probes} pictures tried`,
      mistakes: `Right answers: ${percent(masked!)} with masked pictures alone, ${percent(bare!)} with bare ones alone, ${percent(both!)} with one of each. In ${unfoundMasked} masked pictures no face is found.`,
    },
    sections: [
      {
        title: 'One picture with a mask, one without, or both',
        blocks: [tableBlock(table, realMasks < all)],
      },
      { title: 'What two samples do to false accepts', blocks: [falseAccepts(table)] },
      {
        title: 'Whether a mask is noticed',
        blocks: [
          {
            kind: 'table',
            caption:
              'Of the faces that were found those that are taken to be covered: hue, lips and level strokes.',
            columns: [{ label: 'pictures' }, { label: 'taken to be covered' }],
            rows: [
              { cells: [realMasks < all ? 'with a mask (drawn)' : 'with a mask', coveredMasked] },
              { cells: ['without', coveredBare] },
            ],
          },
        ],
      },
      { title: 'What follows', blocks: adviceOf(table).map((text) => ({ kind: 'text', text })) },
    ],
    remarks: [
      ...(realMasks === all
        ? []
        : [
            `The masks of ${all - realMasks} of ${all} people are drawn on their pictures from landmarks, not photographed.`,
          ]),
      ...remarks,
    ],
    figures: table.map((row) => ({ ...row })),
    provenance: {
      ...run,
      data: [{ what: 'pictures', files: sha256s.length, sha256: hashOfHashes(sha256s) }],
    },
  };
}

function percent({ accuracy: { count, of } }: EnrolledFigures): string {
  return `${Number(((100 * count) / of).toFixed(1))} %`;
}

function tableBlock(table: readonly EnrolledFigures[], drawn: boolean): Table {
  const mask = drawn ? 'mask (drawn)' : 'mask';
  return {
    kind: 'table',
    caption:
      'Of the pictures of enrolled people with and without a mask those that are given the right name, of those of strangers those that are given any; all right answers together.',
    columns: [
      { label: 'enrolled' },
      { label: `recognised with a ${mask}` },
      { label: 'recognised without' },
      { label: 'given another name' },
      { label: `strangers named, with a ${mask}` },
      { label: 'strangers named, without' },
      { label: 'right answers' },
    ],
    rows: table.map((row) => ({
      cells: [
        names[row.enrolled],
        row.recognisedMasked,
        row.recognisedBare,
        row.namedWrongly,
        row.strangersMasked,
        row.strangersBare,
        row.accuracy,
      ],
    })),
  };
}

function falseAccepts(table: readonly EnrolledFigures[]): Table {
  return {
    kind: 'table',
    caption:
      'The squared distance within which 1 % of the strangers’ pictures come to somebody, and how many pictures of enrolled people come to their own within it. It is fitted on these very strangers.',
    columns: [{ label: 'enrolled' }, { label: '1 % of strangers within' }, { label: 'recognised within' }],
    rows: table.map(({ enrolled, fittedThreshold, recognisedFitted }) => {
      const cells: Cell[] = [
        names[enrolled],
        fittedThreshold === null ? null : { number: fittedThreshold, digits: 3 },
        recognisedFitted,
      ];
      return { cells };
    }),
  };
}
