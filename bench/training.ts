/**
 * Training the default voice network on 512 pieces of eight speakers for 200 epochs, without their features:
 * `bun bench/training.ts`. And that a second training gives the very same network.
 */
import { Random } from '../hal/sim/random.ts';
import { featureCount } from '../src/hearing/features/features193.ts';
import { defaultTraining, type Examples, fitNetwork } from '../src/hearing/train/network.ts';
import { finish, rounded } from './support/report.ts';

const classes = 8;
const limitS = 25;
const epochs = defaultTraining.epochs;

const random = Random.seeded(1);
const training = examples(512, random.child('training'));
const validation = examples(64, random.child('validation'));

const start = performance.now();
const network = await fit(epochs);
const seconds = (performance.now() - start) / 1000;
if (network.epochs.length !== epochs) throw new Error('it ended early');
const few = [await fit(5), await fit(5)].map(({ layers }) =>
  JSON.stringify(layers.map(({ weights }) => [...weights])),
);
if (few[0] !== few[1]) throw new Error('the same seed gave two networks');

finish({
  bench: 'training',
  figures: [
    { what: '512 pieces, 200 epochs', value: rounded(seconds), unit: 's', limit: { most: limitS } },
    { what: 'one epoch', value: rounded((1000 * seconds) / epochs), unit: 'ms' },
  ],
});

function fit(count: number) {
  const settings = { classes, epochs: count, patience: count, seed: 1 };
  return fitNetwork(training, validation, settings, () => undefined, new AbortController().signal);
}

/** Scaled features of speakers who differ in an eighth of them. */
function examples(count: number, noise: Random): Examples {
  const speakers = Array.from({ length: count }, (_, i) => i % classes);
  return {
    classes: speakers,
    vectors: speakers.map((speaker) =>
      Float32Array.from({ length: featureCount }, (_, i) => noise.normal(i % classes === speaker ? 1 : 0, 1)),
    ),
  };
}
