/**
 * The 193 features of seven seconds of speech-like sound at 32 kHz, on one thread, beside librosa in the same run:
 * `VIGIL_LIBROSA_PYTHON=/path/to/python bun bench/features.ts [--no-peer]`.
 */
import type { Sound } from '../hal/contract/sound.ts';
import { Random } from '../hal/sim/random.ts';
import { features193 } from '../src/hearing/features/features193.ts';
import { LibrosaPeer } from './peer/librosa.ts';
import { type Figure, finish, rounded } from './support/report.ts';
import { median } from './support/statistics.ts';

const required = 2;
const rounds = 8;
const runsPerRound = { ours: 10, peer: 3 };

const sound = speechLike(7, 32_000);
const python = process.env.VIGIL_LIBROSA_PYTHON;
const alone = process.argv.includes('--no-peer') || python === undefined;
using peer = alone ? undefined : await LibrosaPeer.start(python, sound);

const start = performance.now();
const { vector } = features193(sound);
const firstMs = performance.now() - start;
const greatestShare = peer?.features.reduce(
  (most, value, i) => Math.max(most, Math.abs(vector[i]! - value) / Math.max(1e-3, Math.abs(value))),
  0,
);
if (greatestShare !== undefined && !(greatestShare < 1e-3)) throw new Error('they are not the same features');

for (let i = 0; i < 10; i++) features193(sound);
const times = { ours: [] as number[], peer: [] as number[] };
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < runsPerRound.ours; i++) {
    const before = performance.now();
    features193(sound);
    times.ours.push(performance.now() - before);
  }
  times.peer.push(...((await peer?.runs(runsPerRound.peer)) ?? []));
}
const [ours, theirs] = [median(times.ours), median(times.peer)];
const figures: Figure[] = [
  { what: '7 s at 32 kHz', value: rounded(ours), unit: 'ms' },
  { what: 'the first in a process', value: rounded(firstMs), unit: 'ms' },
];
if (peer !== undefined) {
  figures.push(
    { what: 'peer', value: rounded(theirs), unit: 'ms' },
    {
      what: "speed, of the peer's",
      value: rounded(theirs / ours),
      unit: 'times',
      limit: { least: required },
    },
  );
}
finish({
  bench: 'features',
  ...(peer === undefined ? {} : { peer: peer.description }),
  ...(python === undefined
    ? { skipped: 'no peer: VIGIL_LIBROSA_PYTHON names no Python with librosa 0.11.0 and resampy 0.4.2' }
    : {}),
  figures,
});

/** Syllables of a buzzing voice with two formants, and breath. */
function speechLike(seconds: number, sampleRateHz: number): Sound {
  const random = Random.seeded(7);
  let phase = 0;
  const samples = Float32Array.from({ length: seconds * sampleRateHz }, (_, n) => {
    const t = n / sampleRateHz;
    const pitchHz = 130 + 25 * Math.sin(2 * Math.PI * 0.7 * t);
    phase += (2 * Math.PI * pitchHz) / sampleRateHz;
    let voice = 0;
    for (let harmonic = 1; harmonic <= 30; harmonic++) {
      const hz = harmonic * pitchHz;
      const formants = 1 / (1 + ((hz - 600) / 200) ** 2) + 0.5 / (1 + ((hz - 1800) / 300) ** 2);
      voice += formants * Math.sin(harmonic * phase);
    }
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 2.3 * t));
    return 0.1 * syllable * voice + random.uniform(-0.002, 0.002);
  });
  return { samples, sampleRateHz, startMs: 0 };
}
