import type { EmbedderEntry } from '../../models/entry.ts';
import type { Located } from '../../models/manifest.ts';
import { InputError } from '../../runtime/input-error.ts';
import { readPicture } from '../../runtime/picture-input.ts';
import type { LabFaces } from '../cache/remembered-faces.ts';
import { type Copies, findCopies } from '../copies.ts';
import { type FaceDataset, Remarks } from '../dataset.ts';
import { type DescribedPictures, describePictures } from '../described-pictures.ts';
import { type GreyCrops, greyCrops } from './crops.ts';

/** The faces that can be tried, by number: everything of each is at its number in the other lists. */
export interface FaceSamples {
  /** The numbers of each person's faces. */
  readonly people: readonly (readonly number[])[];
  readonly crops: readonly GreyCrops[];
  /** For each embedder, in the order that was given. */
  readonly embeddings: readonly (readonly Float32Array[])[];
  readonly paths: readonly string[];
  readonly sha256s: readonly string[];
  /** Pictures in which no face was found. */
  readonly undetected: number;
  /** What was left out or is odd. */
  readonly remarks: readonly string[];
  /** The networks, for the report. */
  readonly networks: LabFaces['models'];
}

export interface SamplesTask {
  readonly dataset: FaceDataset;
  readonly embedders: readonly Located<EmbedderEntry>[];
  readonly openFaces: (embedder: Located<EmbedderEntry>) => Promise<LabFaces>;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** A picture under the name of the person it lies under. */
interface NamedPicture {
  readonly person: number;
  readonly path: string;
}

/**
 * Looks at every picture of a dataset and cuts the faces out. Pictures that cannot be read or show no face are left
 * out, and so are copies by their look: all but one of somebody's, all of those that lie under two names. Rejects
 * with InputError where fewer than two people are left.
 */
export async function readSamples(task: SamplesTask, signal: AbortSignal): Promise<FaceSamples> {
  const named = task.dataset.people.flatMap(({ pictures }, person) =>
    pictures.map(({ path }): NamedPicture => ({ person, path })),
  );
  const described: DescribedPictures[] = [];
  const networks: LabFaces['models'][number][] = [];
  for (const model of task.embedders) {
    await using faces = await task.openFaces(model);
    networks.push(...faces.models);
    described.push(
      await describePictures(
        named.map(({ path }) => path),
        faces.describers,
        (done, total) => task.progress(`pictures, ${model.id}`, done, total),
        signal,
      ),
    );
  }
  const [first] = described;
  if (first === undefined) throw new RangeError('there is no embedder to measure');
  const remarks = new Remarks();
  const faceful = withFaces(named, first, remarks);
  const kept = withoutCopies(faceful, first, remarks);
  const crops: GreyCrops[] = [];
  for (const [done, { path }] of kept.entries()) {
    const { pixels, widthPx, heightPx } = await readPicture(path, signal);
    crops.push(greyCrops(pixels, widthPx, heightPx, faceOf(first, path)!.face)!);
    task.progress('faces cut out', done + 1, kept.length);
  }
  const people = [...new Set(kept.map(({ person }) => person))];
  if (people.length < 2) {
    throw new InputError(
      `${people.length === 0 ? 'There is nobody' : 'There is only one person'} with a face that was found: to tell people apart takes two, and each a folder of pictures.`,
    );
  }
  return {
    people: people.map((person) => [...kept.keys()].filter((i) => kept[i]!.person === person)),
    crops,
    embeddings: described.map((each) => kept.map(({ path }) => faceOf(each, path)!.embedding)),
    paths: kept.map(({ path }) => path),
    sha256s: kept.map(({ path }) => first.sha256Of.get(path)!),
    undetected: named.filter(({ path }) => !first.problems.has(path)).length - faceful.length,
    remarks: [...task.dataset.remarks, ...remarks.lines(), ...severalFaces(kept, first)],
    networks: [...new Map(networks.map((network) => [network.id, network])).values()],
  };
}

function faceOf({ bySha256, sha256Of }: DescribedPictures, path: string) {
  return bySha256.get(sha256Of.get(path) ?? '')?.middle;
}

function withFaces(
  named: readonly NamedPicture[],
  described: DescribedPictures,
  remarks: Remarks,
): NamedPicture[] {
  return named.filter(({ path }) => {
    const found = faceOf(described, path) !== undefined;
    if (!found) remarks.add(described.problems.has(path) ? 'cannot be read' : 'no face was found', path);
    return found;
  });
}

/** Only counted: it is nothing to mend. */
function severalFaces(named: readonly NamedPicture[], { bySha256, sha256Of }: DescribedPictures): string[] {
  const several = named.filter(({ path }) => bySha256.get(sha256Of.get(path)!)!.faces > 1).length;
  if (several === 0) return [];
  return [
    `${several === 1 ? '1 picture' : `${several} pictures`} with several faces: the one nearest to the middle was taken.`,
  ];
}

function withoutCopies(
  named: readonly NamedPicture[],
  { bySha256, sha256Of }: DescribedPictures,
  remarks: Remarks,
): NamedPicture[] {
  const personOf = new Map(named.map(({ path, person }) => [path, person]));
  const copies = findCopies(
    named.map(({ path }) => {
      const sha256 = sha256Of.get(path)!;
      return { path, sha256, fingerprint: bySha256.get(sha256)!.fingerprint };
    }),
  );
  const isOfTwo = ({ a, b }: Copies) => personOf.get(a) !== personOf.get(b);
  const ofTwo = new Set(copies.filter(isOfTwo).flatMap(({ a, b }) => [a, b]));
  const again = new Set(copies.filter((pair) => !isOfTwo(pair)).map(({ b }) => b));
  remarks.add('nearly the same picture under several names, left out of all', ...ofTwo);
  remarks.add('nearly the same picture of somebody again, counted once', ...again.difference(ofTwo));
  return named.filter(({ path }) => !ofTwo.has(path) && !again.has(path));
}
