/**
 * Seeded random numbers for the simulation: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", ACM TOMS 47(4), 2021), its state filled from the stream's key by the 32-bit
 * finaliser of MurmurHash3 (Appleby) as a counter-based generator.
 *
 * A stream is named by its path from the root. Its numbers depend on the seed and that path alone, not on how
 * many numbers other streams have given: one more person in a scene does not move the noise of the others.
 */
export class Random {
  // The stream's key: two independent 32-bit lanes, so that paths do not collide in practice.
  readonly #high: number;
  readonly #low: number;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  private constructor(high: number, low: number) {
    this.#high = high;
    this.#low = low;
    this.#a = mix(high ^ 0x9e3779b9);
    this.#b = mix(low ^ 0x3c6ef372);
    this.#c = mix(high + 0xdaa66d2b);
    // The one state that xoshiro cannot leave is all zeros.
    this.#d = mix(low + 0x78dde6e4) | 1;
  }

  /** The root stream of `seed`, any finite number. */
  static seeded(seed: number): Random {
    return new Random(0x243f6a88, 0x85a308d3).child(seed);
  }

  /** The stream called `name` under this one. A number may be a time: it counts to the microsecond. */
  child(name: string | number): Random {
    let high = this.#high;
    let low = this.#low;
    const take = (word: number) => {
      high = mix(high ^ Math.imul(word, 0x9e3779b1));
      low = mix(low + Math.imul(word, 0x85ebca77) + 1);
    };
    if (typeof name === 'number') {
      const micros = Math.round(name * 1_000);
      take(micros | 0);
      take(Math.floor(micros / 0x1_0000_0000) | 0);
    } else {
      for (let i = 0; i < name.length; i++) take(name.charCodeAt(i));
      take(-1 - name.length);
    }
    return new Random(high, low);
  }

  /** 32 random bits, as an unsigned integer. */
  nextUint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result >>> 0;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.nextUint32() / 0x1_0000_0000);
  }

  /** Normal with the given mean and standard deviation (Box and Muller, 1958; the sine half is not kept). */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A direction in `length` dimensions, uniform on the unit sphere. */
  unitVector(length: number): Float32Array {
    const vector = new Float32Array(length);
    let squares = 0;
    for (let i = 0; i < length; i++) {
      const value = this.normal();
      vector[i] = value;
      squares += value * value;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let i = 0; i < length; i++) vector[i] = vector[i]! * scale;
    return vector;
  }
}

/** MurmurHash3's finaliser: every bit of the word reaches every bit of the result. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
