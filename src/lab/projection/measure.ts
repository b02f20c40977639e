import sharp from 'sharp';
import { Random } from '../../../hal/sim/random.ts';
import { nameKey } from '../../people/names.ts';
import { InputError } from '../../runtime/input-error.ts';
import { type DatasetPerson, type FaceDataset, Remarks } from '../dataset.ts';
import type { RgbPicture } from '../drawn/face-frame.ts';
import type { FacePicture } from '../faces.ts';
import { inParallel } from '../in-parallel.ts';
import { type Looking, lookAt, middleOf, withDrawnMask } from '../looks.ts';
import { type Grouping, groupsOf, silhouette } from './clusters.ts';
import { distancesOf } from './distances.ts';
import type { Plane, Steps } from './plane.ts';
import { tsne } from './tsne.ts';
import { umap } from './umap.ts';

export interface ProjectionTask extends Omit<Looking, 'remarks'> {
  readonly dataset: FaceDataset;
  /** The same people with masks; masks are drawn for those who are not in it. */
  readonly masked: FaceDataset | undefined;
  /** Most pictures without a mask; people with the most come first. */
  readonly pictures: number;
  /** Keep small pictures of the faces. */
  readonly thumbnails: boolean;
  readonly seed: number;
  readonly progress: (what: string, done: number, total: number) => void;
}

export type Mask = 'bare' | 'masked' | 'drawn mask';

/** One face: a point of the planes. */
export interface ProjectedFace {
  readonly person: string;
  readonly mask: Mask;
  readonly embedding: Float32Array;
  /** A JPEG of some 2 kB; null where none are kept. */
  readonly thumbnail: Uint8Array | null;
}

/** The bare faces alone, or these and the masked ones. */
export interface ProjectedSet {
  readonly faces: readonly ProjectedFace[];
  readonly tsne: Plane;
  readonly umap: Plane;
  readonly figures: ProjectionFigures;
}

export interface ProjectionFigures {
  readonly pictures: number;
  readonly people: number;
  /** Mean silhouettes of the 128 numbers by person, and by person with and without a mask; NaN for one kind alone. */
  readonly byPerson: number;
  readonly byPersonAndMask: number;
  /** Into how many groups the 128 numbers and the points of t-SNE's plane fall by themselves; null for too few. */
  readonly groups: Grouping | null;
  readonly groupsOnPlane: Grouping | null;
}

export interface Projection {
  readonly bare: ProjectedSet;
  readonly all: ProjectedSet;
  readonly sha256s: readonly string[];
  readonly remarks: readonly string[];
}

const leastFaces = 4;

/**
 * Brings the embeddings of people's pictures on a plane, without masks and then with masked ones among them. People with
 * one picture are left out where others have more: they show nothing. Rejects with InputError where there are too few.
 */
export async function project(task: ProjectionTask, signal: AbortSignal): Promise<Projection> {
  const random = Random.seeded(task.seed).child('projection');
  const remarks = new Remarks();
  const sha256s: string[] = [];
  const [bare, masked] = await lookAtAll(task, random.child('masks'), remarks, sha256s, signal);
  if (bare.length < leastFaces) {
    throw new InputError(
      `Faces were found in ${bare.length} of the pictures; a projection takes ${leastFaces} or more, best some of each of several people`,
    );
  }
  return {
    bare: await onPlanes(bare, 'bare', task, random.child('bare'), signal),
    all: await onPlanes([...bare, ...masked], 'bare and masked', task, random.child('all'), signal),
    sha256s: sha256s.toSorted(),
    remarks: [...task.dataset.remarks, ...(task.masked?.remarks ?? []), ...remarks.lines()],
  };
}

/** People with the most pictures first, whole people only. */
function chosen({ dataset, pictures }: ProjectionTask): DatasetPerson[] {
  const several = dataset.people.filter((person) => person.pictures.length > 1);
  const able = (several.length > 0 ? several : dataset.people).toSorted(
    (a, b) => b.pictures.length - a.pictures.length,
  );
  let count = 0;
  return able.filter((person) => {
    count += person.pictures.length;
    return count <= pictures;
  });
}

async function lookAtAll(
  task: ProjectionTask,
  random: Random,
  remarks: Remarks,
  sha256s: string[],
  signal: AbortSignal,
): Promise<[bare: ProjectedFace[], masked: ProjectedFace[]]> {
  const wanted = chosen(task).flatMap(({ person, pictures }) => {
    const photographed =
      task.masked?.people.find((other) => nameKey(other.person) === nameKey(person))?.pictures ?? [];
    return [
      ...photographed.map((picture) => ({ person, picture, mask: 'masked' as const, draw: undefined })),
      ...pictures.map((picture, index) => ({
        ...{ person, picture, mask: 'bare' as const },
        draw: photographed.length === 0 ? random.child(person).child(index) : undefined,
      })),
    ];
  });
  let done = 0;
  const faceOf = async (
    person: string,
    mask: Mask,
    embedding: Float32Array,
    face: FacePicture,
    picture: RgbPicture,
  ) => ({
    ...{ person, mask, embedding },
    thumbnail: task.thumbnails ? await thumbnailOf(picture, face) : null,
  });
  const seen = await inParallel(wanted, task.faces.size, async ({ person, picture, mask, draw }) => {
    signal.throwIfAborted();
    const look = await lookAt(picture, { ...task, remarks }, signal);
    const faces: ProjectedFace[] = [];
    if (look !== undefined) {
      const { face, embedding, sha256 } = look;
      sha256s.push(sha256);
      faces.push(await faceOf(person, mask, embedding, face, face.picture));
      const drawn = draw && (await withDrawnMask(face, task.faces, draw, signal));
      if (drawn?.embedding)
        faces.push(await faceOf(person, 'drawn mask', drawn.embedding, face, drawn.picture));
    }
    task.progress('pictures looked at', ++done, wanted.length);
    return faces;
  });
  const all = seen.flat();
  return [all.filter(({ mask }) => mask === 'bare'), all.filter(({ mask }) => mask !== 'bare')];
}

const thumbnailPx = 72;

/** The face and a little around it. */
async function thumbnailOf(
  { pixels, widthPx, heightPx }: RgbPicture,
  { box }: FacePicture,
): Promise<Uint8Array> {
  const side = Math.max(box.width, box.height) * 1.3;
  const [x, y] = middleOf({ box });
  const left = Math.max(0, Math.floor(x - side / 2));
  const top = Math.max(0, Math.floor(y - side / 2));
  return await sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .extract({
      left,
      top,
      width: Math.max(1, Math.min(widthPx - left, Math.round(side))),
      height: Math.max(1, Math.min(heightPx - top, Math.round(side))),
    })
    .resize(thumbnailPx, thumbnailPx, { fit: 'cover' })
    .jpeg({ quality: 70 })
    .toBuffer();
}

async function onPlanes(
  faces: readonly ProjectedFace[],
  what: string,
  { progress }: ProjectionTask,
  random: Random,
  signal: AbortSignal,
): Promise<ProjectedSet> {
  const rows = faces.map(({ embedding }) => embedding);
  const steps = (method: string): Steps => {
    const draw = random.child(method);
    return {
      random: () => draw.uniform(),
      progress: (done, total) => progress(`${method}, ${what}`, done, total),
      signal,
    };
  };
  const [flat, other] = [await tsne(rows, steps('t-SNE')), await umap(rows, steps('UMAP'))];
  const table = distancesOf(rows);
  const onPlane = distancesOf(rows.map((_, i) => flat.subarray(2 * i, 2 * i + 2)));
  return {
    faces,
    tsne: flat,
    umap: other,
    figures: {
      pictures: faces.length,
      people: new Set(faces.map(({ person }) => person)).size,
      byPerson: silhouette(
        table,
        faces.map(({ person }) => person),
      ),
      byPersonAndMask: silhouette(
        table,
        faces.map(({ person, mask }) => `${person}\n${mask === 'bare'}`),
      ),
      groups: groupsOf(table) ?? null,
      groupsOnPlane: groupsOf(onPlane) ?? null,
    },
  };
}
