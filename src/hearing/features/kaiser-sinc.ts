/**
 * A sinc under a Kaiser window, the impulse response of a good low-pass filter: its value `position` samples from the
 * middle. (Kaiser and Schafer, On the use of the I0-sinh window for spectrum analysis, 1980.)
 *
 * @param cutoff of the pass band, as a share of half the sample rate.
 * @param halfWidth where the window ends, in the unit of `position`.
 * @param beta shape of the window: more is less ripple and a wider slope.
 */
export function kaiserSinc(position: number, cutoff: number, halfWidth: number, beta: number): number {
  const x = Math.PI * cutoff * position;
  const sinc = x === 0 ? 1 : Math.sin(x) / x;
  const inside = 1 - (position / halfWidth) ** 2;
  return (cutoff * sinc * besselI0(beta * Math.sqrt(Math.max(0, inside)))) / besselI0(beta);
}

/** The modified Bessel function of the first kind and order 0, by its power series; for 0 <= x <= 20 to 1e-15. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
