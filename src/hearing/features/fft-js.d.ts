/** fft.js carries no types; only what is used here. Arrays hold real and imaginary parts in turns. */
declare module 'fft.js' {
  export default class FFT {
    /** @param size a power of two, at least 2. */
    constructor(size: number);
    /** Both arrays hold 2 * size numbers and differ. */
    transform(out: Float64Array, data: Float64Array): void;
    /** Divides by size. Both arrays hold 2 * size numbers and differ. */
    inverseTransform(out: Float64Array, data: Float64Array): void;
  }
}
