import type { Cell, LabReport, ReportWithPictures, Scatter, Table } from '../report/document.ts';
import { hashOfHashes } from '../report/provenance.ts';
import type { FaceRun } from '../robustness/report.ts';
import type { ProjectedSet, Projection } from './measure.ts';
import type { Plane } from './plane.ts';

/** What was measured as a report. `anonymous`: people are numbers in it, without their names. */
export function projectionReport(
  { bare, all, sha256s, remarks }: Projection,
  run: FaceRun,
  { anonymous }: { readonly anonymous: boolean },
): ReportWithPictures {
  const people = [...new Set(all.faces.map(({ person }) => person))];
  const nameOf = (person: string) => (anonymous ? `person ${people.indexOf(person) + 1}` : person);
  const drawn = all.faces.some(({ mask }) => mask === 'drawn mask');
  const pictures = new Map<string, Uint8Array>();
  const files = all.faces.map(({ thumbnail }, index) => {
    const file = `face-${index + 1}.jpg`;
    if (thumbnail !== null) pictures.set(file, thumbnail);
    return thumbnail === null ? undefined : file;
  });
  const scatter = (id: string, title: string, { faces }: ProjectedSet, plane: Plane): Scatter => ({
    kind: 'plot',
    id,
    title,
    form: 'scatter',
    x: { label: '', scale: 'linear' },
    y: { label: '', scale: 'linear' },
    points: faces.map(({ person, mask }, index) => {
      const picture = files[index];
      return {
        x: rounded(plane[2 * index]!),
        y: rounded(plane[2 * index + 1]!),
        group: nameOf(person),
        shape: mask,
        label: mask === 'bare' ? nameOf(person) : `${nameOf(person)}, ${mask}`,
        ...(picture === undefined ? {} : { picture }),
      };
    }),
  });
  const masks = drawn ? 'with drawn masks' : 'with masks';
  const { figures } = bare;
  const report: LabReport = {
    format: 'vigil-lab-report/1',
    experiment: 'projection',
    title: 'Faces on a plane',
    question:
      'Do the pictures of one person lie together and apart from all others, and what does a mask do to that?',
    summary: {
      method:
        'The 128 numbers of each face, brought on a plane by t-SNE (van der Maaten 2014, perplexity 30) and by UMAP; groups and silhouettes are those of the 128 numbers where nothing else is said.',
      threshold: 'none: nothing is decided here',
      amount: `${figures.pictures} pictures of ${figures.people} people, and ${all.figures.pictures - figures.pictures} ${masks}`,
      mistakes: mistakesOf(bare, all, masks),
    },
    sections: [
      { title: 'How well people are apart', blocks: [tableOf(bare, all, masks)] },
      {
        title: 't-SNE',
        blocks: [
          scatter('tsne-bare', 'Without masks, t-SNE', bare, bare.tsne),
          scatter('tsne-masks', `Without and ${masks}, t-SNE`, all, all.tsne),
        ],
      },
      {
        title: 'UMAP',
        blocks: [
          scatter('umap-bare', 'Without masks, UMAP', bare, bare.umap),
          scatter('umap-masks', `Without and ${masks}, UMAP`, all, all.umap),
        ],
      },
      { title: 'How to read this', blocks: howToRead.map((text) => ({ kind: 'text', text })) },
    ],
    remarks: [
      ...(drawn
        ? ['Masks are drawn on the pictures from landmarks where there are no photographed ones.']
        : []),
      // A path has somebody's name in it.
      ...(anonymous && remarks.length > 0
        ? ['Some files were left out; a report that is not anonymous says which.']
        : remarks),
    ],
    figures: [
      { set: 'bare', ...figures },
      { set: 'bare and masked', ...all.figures },
    ],
    provenance: {
      ...run,
      data: [{ what: 'pictures', files: sha256s.length, sha256: hashOfHashes(sha256s) }],
    },
  };
  return { report, pictures };
}

const howToRead = [
  'Near points are faces that the network takes for alike. How far groups lie from each other, and how large they are, says nothing in t-SNE and little in UMAP; neither do the axes.',
  'Silhouette (Rousseeuw 1987): near 1 where every picture is much nearer to the others of its kind than to any other kind, 0 where kinds touch, below where they are mixed. Groups: nearest groups are joined two by two (average linkage), and the number with the best silhouette counts, without anybody’s name being known.',
];

/** A thousandth of a unit is less than can be drawn, and hides the last bits. */
function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function tableOf(bare: ProjectedSet, all: ProjectedSet, masks: string): Table {
  const row = (what: string, { figures }: ProjectedSet): { cells: Cell[] } => ({
    cells: [
      what,
      { number: figures.pictures, digits: 0 },
      { number: figures.people, digits: 0 },
      silhouetteCell(figures.byPerson),
      silhouetteCell(figures.byPersonAndMask),
      figures.groups === null ? null : { number: figures.groups.groups, digits: 0 },
      figures.groupsOnPlane === null ? null : { number: figures.groupsOnPlane.groups, digits: 0 },
    ],
  });
  return {
    kind: 'table',
    caption:
      'Silhouettes of the 128 numbers with the names known, and how many groups they fall into without names.',
    columns: [
      { label: 'pictures' },
      { label: 'how many' },
      { label: 'people' },
      { label: 'silhouette by person' },
      { label: 'by person, with and without mask apart' },
      { label: 'groups of the 128 numbers' },
      { label: 'groups on the plane of t-SNE' },
    ],
    rows: [row('without masks', bare), row(`without and ${masks}`, all)],
  };
}

function silhouetteCell(value: number): Cell {
  return Number.isNaN(value) ? null : { number: value, digits: 2 };
}

function mistakesOf({ figures }: ProjectedSet, all: ProjectedSet, masks: string): string {
  const counted =
    figures.groups === null
      ? ''
      : `Without names, the bare pictures of ${figures.people} people fall into ${figures.groups.groups} groups. `;
  const { byPerson, byPersonAndMask, groups } = all.figures;
  if (groups === null || Number.isNaN(byPerson)) return `${counted}There are too few people to say more.`;
  const apart =
    byPersonAndMask > byPerson
      ? 'a person with a mask lies apart from the same person without'
      : 'a person with a mask lies nearer to the same person without than to others with masks';
  return `${counted}${masks[0]!.toUpperCase()}${masks.slice(1)} among them it is ${groups.groups}: ${apart}.`;
}
