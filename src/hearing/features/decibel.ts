const least = 1e-10;
const rangeDb = 80;

/**
 * 10 log10 of each value, none more than 80 dB under the greatest of all, as librosa.power_to_db(ref=1, amin=1e-10,
 * top_db=80).
 */
export function powerToDb(power: Float64Array): Float64Array {
  const db = new Float64Array(power.length);
  let loudest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < db.length; i++) {
    db[i] = 10 * Math.log10(Math.max(least, power[i]!));
    loudest = Math.max(loudest, db[i]!);
  }
  for (let i = 0; i < db.length; i++) db[i] = Math.max(loudest - rangeDb, db[i]!);
  return db;
}
