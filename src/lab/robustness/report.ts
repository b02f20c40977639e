import type { Cell, LabReport, LinePlot, Provenance, Section, Table } from '../report/document.ts';
import { hashOfHashes } from '../report/provenance.ts';
import type { Disturbance } from './disturbances.ts';
import type { DisturbanceFigures, RobustnessFigures } from './measure.ts';

/** What the device's rule was, and what it was measured with. */
export interface FaceRun extends Pick<Provenance, 'date' | 'command' | 'versions' | 'machine' | 'models'> {
  readonly seed: number;
}

/** What was measured as a report. */
export function robustnessReport(figures: RobustnessFigures, run: FaceRun): LabReport {
  const { people, otherPicture, disturbances, limits, sha256s, remarks } = figures;
  const asTheyWere = disturbances[0]!.levels[0]!;
  const wrong = disturbances
    .flatMap(({ levels }) => levels.slice(1))
    .reduce((sum, { namedWrongly }) => sum + namedWrongly.count, 0);
  const tried = disturbances
    .flatMap(({ levels }) => levels.slice(1))
    .reduce((sum, { namedWrongly }) => sum + namedWrongly.of, 0);
  return {
    format: 'vigil-lab-report/1',
    experiment: 'robustness',
    title: 'How much a face can be disturbed',
    question:
      'How noisy, small, dark, turned or covered may a face be until it is not found, or not recognised any more?',
    summary: {
      method: `One picture of each person is enrolled; ${otherPicture ? 'another one' : 'the same one'} is disturbed more and more and compared with all.`,
      threshold: `a squared distance of ${limits.threshold}, and the second person ${limits.margin} further`,
      amount: `${people} people, ${otherPicture ? 'two pictures' : 'one picture'} each; as they were, ${asTheyWere.recognised.count} of them are recognised`,
      mistakes: `${breakingSentence(disturbances)} A disturbed face becomes nobody rather than somebody else: ${wrong} of ${tried} were given a wrong name.`,
    },
    sections: [
      { title: 'Where recognition breaks', blocks: [overviewOf(disturbances)] },
      ...disturbances.map((one) => sectionOf(one, limits.threshold)),
      { title: 'How to read this', blocks: howToRead(otherPicture).map((text) => ({ kind: 'text', text })) },
    ],
    remarks: [
      ...(otherPicture
        ? []
        : [
            'Nobody has two pictures: the enrolled ones themselves are disturbed, so that all distances begin at 0 and are too small.',
          ]),
      ...remarks,
    ],
    figures: disturbances.map(({ disturbance, levels, breaksAt }) => ({
      id: disturbance.id,
      breaksAt: breaksAt ?? null,
      levels,
    })),
    provenance: {
      ...run,
      data: [{ what: 'pictures', files: sha256s.length, sha256: hashOfHashes(sha256s) }],
    },
  };
}

function breakingSentence(disturbances: readonly DisturbanceFigures[]): string {
  const broken = disturbances.filter(({ breaksAt }) => breaksAt !== undefined).length;
  return `${broken} of ${disturbances.length} disturbances go so far that fewer than half of the people are recognised; the table says at what level.`;
}

function overviewOf(disturbances: readonly DisturbanceFigures[]): Table {
  return {
    kind: 'table',
    caption:
      'The first level at which fewer than half are recognised, and what is lost there: the face is not found, or it is found and too far from its own.',
    columns: [
      { label: 'disturbance' },
      { label: 'a level is' },
      { label: 'breaks at' },
      { label: 'found there' },
      { label: 'recognised there' },
      { label: 'recognised at the level before' },
    ],
    rows: disturbances.map(({ disturbance, levels, breaksAt }) => {
      const place = levels.findIndex(({ level }) => level === breaksAt);
      const [at, before] =
        breaksAt === undefined ? [undefined, levels.at(-1)] : [levels[place], levels[place - 1]];
      const cells: Cell[] = [
        titleOf(disturbance),
        levelName(disturbance),
        breaksAt === undefined
          ? `not up to ${levelText(disturbance, levels.at(-1)!.level)}`
          : levelText(disturbance, breaksAt),
        at?.found ?? null,
        at?.recognised ?? null,
        before?.recognised ?? null,
      ];
      return { cells };
    }),
  };
}

function titleOf({ title, drawn }: Disturbance): string {
  return drawn ? `${title} (drawn)` : title;
}

function levelName({ level, unit }: Disturbance): string {
  return unit === undefined ? level : `${level} (${unit})`;
}

function levelText({ kinds }: Disturbance, level: number | null): string {
  if (level === null) return 'as it was';
  return kinds?.[level - 1] ?? `${level}`;
}

function sectionOf({ disturbance, levels }: DisturbanceFigures, threshold: number): Section {
  return {
    title: titleOf(disturbance),
    blocks: [
      chartOf(disturbance, levels, threshold),
      {
        kind: 'table',
        caption: `By ${levelName(disturbance)}.`,
        columns: [
          { label: disturbance.unit === undefined ? 'level' : `level (${disturbance.unit})` },
          { label: 'found' },
          { label: 'recognised' },
          { label: 'named wrongly' },
          { label: 'squared distance: median (middle half)' },
        ],
        rows: levels.map(({ level, found, recognised, namedWrongly, distance }) => ({
          cells: [
            levelText(disturbance, level),
            found,
            recognised,
            namedWrongly,
            distance === null
              ? null
              : { number: distance.median, digits: 3, low: distance.low, high: distance.high },
          ],
        })),
      },
    ],
  };
}

/** The distance by the place of the level: levels are not evenly spaced, and those that fall are mild first, too. */
function chartOf(
  disturbance: Disturbance,
  levels: DisturbanceFigures['levels'],
  threshold: number,
): LinePlot {
  return {
    kind: 'plot',
    id: disturbance.id,
    title: titleOf(disturbance),
    form: 'line',
    x: {
      label: 'steps of the table below, from mild to severe',
      scale: 'linear',
      from: 0,
      to: levels.length - 1,
    },
    y: {
      label: 'squared distance; shares',
      scale: 'linear',
      from: 0,
      to: 1,
    },
    series: [
      {
        name: 'distance',
        points: levels.flatMap(({ distance }, x) =>
          distance === null ? [] : [{ x, y: distance.median, low: distance.low, high: distance.high }],
        ),
      },
      { name: 'found', points: levels.map(({ found }, x) => ({ x, y: found.count / found.of })) },
      {
        name: 'recognised',
        points: levels.map(({ recognised }, x) => ({ x, y: recognised.count / recognised.of })),
      },
    ],
    rules: [{ axis: 'y', at: threshold, label: 'known up to here' }],
  };
}

function howToRead(otherPicture: boolean): string[] {
  return [
    'Found: a face is found where it is. Recognised: the device would say the right name, among all who are enrolled. In brackets 95 % intervals (Wilson), of the distance the middle half of the faces that were found.',
    `Each face is cut out and, where it is large, made so small that the eyes are 60 px apart; noise is added after that. In a large picture noise means less, because it is averaged when the face is made smaller.${otherPicture ? '' : ' The disturbed picture is the enrolled one.'}`,
    'Bars, hair, caps, glasses and masks are drawn from the face’s 68 landmarks and lit as the face is: real ones differ, above all where they throw shadows, bend the light or come with another look of the face.',
  ];
}
