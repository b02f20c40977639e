import { Random } from '../../../hal/sim/random.ts';
import type { Rate } from '../../decide/rate.ts';
import type { EmbedderEntry } from '../../models/entry.ts';
import type { Located, Pipeline } from '../../models/manifest.ts';
import { medianOf, timeEmbedding } from './embedding-time.ts';
import { closedSet, type Naming, namingBy, namingByFitted } from './figures.ts';
import { drawFolds, type Fold } from './folds.ts';
import { type AcceptRule, type Method, onEmbeddings, onGreyCrops } from './methods.ts';
import { TrainingError } from './recogniser.ts';
import { type FaceSamples, readSamples, type SamplesTask } from './samples.ts';
import { type ScoredFold, scoreFold } from './score.ts';

/** So many pictures of each person are enrolled. */
const picturesAPerson = [1, 2, 5, 10] as const;

export interface RecognisersTask extends SamplesTask {
  /** Decides who is enrolled by which pictures. */
  readonly seed: number;
  readonly pipelineOf: (embedder: Located<EmbedderEntry>) => Pipeline;
}

/** What a method gave with so many pictures a person. */
export interface MethodFigures {
  readonly id: string;
  readonly name: string;
  readonly rule: AcceptRule;
  readonly closedSet: Rate;
  readonly atOwn: Naming;
  /** Null where there are too few strangers to fit on. */
  readonly atFitted: (Naming & { readonly thresholds: readonly number[] }) | null;
  /** Medians of the folds; of an embedder with the embedding of the pictures. */
  readonly trainMs: number;
  readonly answerMs: number;
  /** Of what was learnt, and of the network. */
  readonly sizeBytes: number;
  readonly networkBytes: number;
}

/** Every method with so many pictures of each person. */
export interface MeasuredCount {
  readonly each: number;
  /** In a fold on average. */
  readonly enrolledPeople: number;
  readonly methods: readonly MethodFigures[];
  /** Methods that cannot learn from so few, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

export interface MeasuredRecognisers {
  readonly seed: number;
  readonly samples: Pick<FaceSamples, 'people' | 'sha256s' | 'undetected' | 'remarks' | 'networks'>;
  readonly counts: readonly MeasuredCount[];
  /** Numbers of pictures that too few people have. */
  readonly notMeasured: readonly number[];
}

/** A method, and what one embedding costs it besides. */
interface Candidate {
  readonly method: Method;
  readonly embeddingMs: number;
  readonly networkBytes: number;
}

/**
 * Tries the old methods and every embedder on the same folds of a dataset. Rejects with InputError where it has fewer
 * than two people with a face, with ModelError and HalError.
 */
export async function measureRecognisers(
  task: RecognisersTask,
  signal: AbortSignal,
): Promise<MeasuredRecognisers> {
  const samples = await readSamples(task, signal);
  const candidates = await candidatesOf(task, samples, signal);
  const personOf = new Array<number>(samples.crops.length);
  for (const [person, pictures] of samples.people.entries()) {
    for (const picture of pictures) personOf[picture] = person;
  }
  const counts: MeasuredCount[] = [];
  const notMeasured: number[] = [];
  for (const each of picturesAPerson) {
    const draw = Random.seeded(task.seed).child('folds').child(each);
    const folds = drawFolds(samples.people, each, () => draw.uniform());
    if (folds === undefined) {
      notMeasured.push(each);
      continue;
    }
    const methods: MethodFigures[] = [];
    const refused: { name: string; reason: string }[] = [];
    for (const [place, candidate] of candidates.entries()) {
      const { method } = candidate;
      try {
        const scored: ScoredFold[] = [];
        for (const [done, fold] of folds.entries()) {
          const step = place * folds.length + done;
          task.progress(`${each} a person`, step, candidates.length * folds.length);
          scored.push(await scoreFold(method, fold, personOf, signal));
        }
        methods.push(figuresOf(candidate, scored, folds));
      } catch (error) {
        if (!(error instanceof TrainingError)) throw error;
        refused.push({ name: method.name, reason: error.message });
      }
    }
    counts.push({ each, enrolledPeople: meanOf(folds, ({ enrolled }) => enrolled.length), methods, refused });
  }
  const { people, sha256s, undetected, remarks, networks } = samples;
  const kept = { people, sha256s, undetected, remarks, networks };
  return { seed: task.seed, samples: kept, counts, notMeasured };
}

async function candidatesOf(
  { embedders, pipelineOf }: RecognisersTask,
  { crops, embeddings, paths }: FaceSamples,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const old = [
    ...onGreyCrops(
      '',
      crops.map(({ box }) => box),
    ),
    ...onGreyCrops(
      'aligned',
      crops.map(({ aligned }) => aligned),
    ),
  ].map((method): Candidate => ({ method, embeddingMs: 0, networkBytes: 0 }));
  const networks: Candidate[] = [];
  for (const [i, model] of embedders.entries()) {
    networks.push({
      method: onEmbeddings(model.id, model.match, embeddings[i]!),
      embeddingMs: await timeEmbedding(pipelineOf(model), paths, signal),
      networkBytes: Bun.file(model.path).size,
    });
  }
  return [...old, ...networks];
}

function figuresOf(
  { method: { id, name, rule }, embeddingMs, networkBytes }: Candidate,
  scored: readonly ScoredFold[],
  folds: readonly Fold[],
): MethodFigures {
  const learnt = meanOf(folds, ({ enrolled }) => enrolled.flatMap(({ pictures }) => pictures).length);
  return {
    ...{ id, name, rule, networkBytes },
    closedSet: closedSet(scored),
    atOwn: namingBy(rule, scored),
    atFitted: namingByFitted(scored) ?? null,
    trainMs: medianOf(scored.map(({ trainMs }) => trainMs)) + learnt * embeddingMs,
    answerMs: medianOf(scored.map(({ answerMs }) => answerMs)) + embeddingMs,
    sizeBytes: medianOf(scored.map(({ sizeBytes }) => sizeBytes)),
  };
}

function meanOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
