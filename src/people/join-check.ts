/** Limits of one pipeline, in squared L2 distances of unit embeddings. */
export interface JoinLimits {
  /** Below it a face or voice is a person's. */
  readonly threshold: number;
  /** How much farther away the second person must be. */
  readonly margin: number;
  /** Above it two samples are certainly not one person's. */
  readonly otherPerson: number;
}

/** What speaks against adding a sample to a person. */
export type JoinProblem =
  | {
      /** Nothing like the person's other samples. */
      readonly problem: 'outlier';
      readonly distance: number;
    }
  | {
      /** It would be taken for somebody else, sooner than for this person. */
      readonly problem: 'looks-like-another';
      readonly otherSubjectId: string;
      readonly distance: number;
    }
  | {
      /** It draws this person so near to somebody else that so many of that one's samples are no longer recognised. */
      readonly problem: 'harms-another';
      readonly otherSubjectId: string;
      readonly samples: number;
    };

interface Somebody {
  /** The sum of the unit embeddings, and the mean's direction. */
  readonly sum: Float64Array;
  mean: Float32Array;
  readonly samples: Float32Array[];
}

/**
 * Everybody who is known in one pipeline, to ask of a sample whether it may join before it does. Pure: it holds what it
 * was given, and what was added since.
 */
export class JoinCheck {
  readonly #limits: JoinLimits;
  readonly #people = new Map<string, Somebody>();
  readonly #partLength: (embedding: Float32Array) => number;

  /** @param perSample embeddings that a sample has; the first is that of what was really seen or heard. */
  constructor(
    samples: readonly { readonly subjectId: string; readonly embedding: Float32Array }[],
    limits: JoinLimits,
    perSample = 1,
  ) {
    this.#limits = limits;
    this.#partLength = (embedding) => Math.floor(embedding.length / perSample);
    for (const { subjectId, embedding } of samples) this.add(subjectId, embedding);
  }

  add(subjectId: string, embedding: Float32Array): void {
    const sample = this.#unit(embedding);
    const before = this.#people.get(subjectId);
    if (before === undefined) {
      this.#people.set(subjectId, { sum: Float64Array.from(sample), mean: sample, samples: [sample] });
      return;
    }
    if (before.mean.length !== sample.length) return;
    for (let i = 0; i < sample.length; i++) before.sum[i] = before.sum[i]! + sample[i]!;
    before.mean = direction(before.sum);
    before.samples.push(sample);
  }

  /**
   * What speaks against adding the sample; undefined where nothing does.
   *
   * @param subjectId whose it is said to be; undefined for somebody new.
   */
  problemOf(subjectId: string | undefined, embedding: Float32Array): JoinProblem | undefined {
    const { threshold, otherPerson } = this.#limits;
    const sample = this.#unit(embedding);
    const own = subjectId === undefined ? undefined : this.#people.get(subjectId);
    const ownDistance = own === undefined ? undefined : squaredDistance(own.mean, sample);
    const [nearest] = this.#others(subjectId, sample, threshold);
    if (nearest !== undefined && nearest.distance < (ownDistance ?? Number.POSITIVE_INFINITY)) {
      const { otherSubjectId, distance } = nearest;
      return { problem: 'looks-like-another', otherSubjectId, distance };
    }
    if (ownDistance !== undefined && ownDistance > otherPerson) {
      return { problem: 'outlier', distance: ownDistance };
    }
    return own === undefined ? undefined : this.#harm(subjectId, own, sample);
  }

  /** A person's mean moves with every sample: somebody near to it may then be called by nobody's name any more. */
  #harm(subjectId: string | undefined, own: Somebody, sample: Float32Array): JoinProblem | undefined {
    const { threshold, margin } = this.#limits;
    const moved = direction(own.sum.map((value, i) => value + sample[i]!));
    for (const { otherSubjectId, other } of this.#others(subjectId, moved, 4 * threshold)) {
      const harmed = other.samples.filter((theirs) => {
        const toTheirs = squaredDistance(other.mean, theirs);
        const isNamed = (mean: Float32Array) => squaredDistance(mean, theirs) - toTheirs >= margin;
        return toTheirs < threshold && isNamed(own.mean) && !isNamed(moved);
      });
      if (harmed.length > 0) return { problem: 'harms-another', otherSubjectId, samples: harmed.length };
    }
    return undefined;
  }

  /** Everybody else whose mean is nearer than `limit`, nearest first. */
  #others(subjectId: string | undefined, place: Float32Array, limit: number) {
    const near: { otherSubjectId: string; other: Somebody; distance: number }[] = [];
    for (const [otherSubjectId, other] of this.#people) {
      if (otherSubjectId === subjectId || other.mean.length !== place.length) continue;
      const distance = squaredDistance(other.mean, place);
      if (distance < limit) near.push({ otherSubjectId, other, distance });
    }
    return near.sort((a, b) => a.distance - b.distance);
  }

  #unit(embedding: Float32Array): Float32Array {
    return direction(embedding.subarray(0, this.#partLength(embedding)));
  }
}

function direction(vector: Float32Array | Float64Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  return Float32Array.from(vector, (value) => value / length);
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum;
}
