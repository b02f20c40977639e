/**
 * Makes the voices of the built-in scene: speech of five invented speakers by espeak-ng 1.51 (formant synthesis), at
 * 16 kHz and -26 dBFS, as FLAC by ffmpeg. A maintainer's script: `bun demo/voices/make.ts`. With the same versions of
 * both programs it gives the same samples again.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface Speaker {
  readonly name: string;
  readonly enrolled: boolean;
  /** What tells the speaker from the others: a voice variant of espeak-ng, its speed (words a minute) and pitch. */
  readonly voice: readonly string[];
}

const speakers: readonly Speaker[] = [
  { name: 'Ana', enrolled: true, voice: ['-v', 'en-us+f2', '-s', '165'] },
  { name: 'Bea', enrolled: true, voice: ['-v', 'en-us+anika', '-s', '155'] },
  { name: 'Cleo', enrolled: true, voice: ['-v', 'en-us+Alicia', '-s', '185'] },
  { name: 'Stranger', enrolled: false, voice: ['-v', 'en-us+klatt3', '-s', '160'] },
  // Near Ana, and not to be taken for her.
  { name: 'Stranger-like-Ana', enrolled: false, voice: ['-v', 'en-us+aunty', '-s', '165'] },
];

const pause = ' <break time="450ms"/> ';
const enrolmentTexts = [
  [
    'Good morning, it is me again.',
    'I left my umbrella in the hall yesterday.',
    'I would like to fetch it before the rain begins, if I may come in.',
  ],
  [
    'The red bicycle stands behind the house, next to the old apple tree.',
    'Somebody should bring it inside before evening.',
    'Nobody knows whose it is.',
  ],
  [
    'Lunch is at half past twelve today.',
    'We have soup, fresh bread and a large bowl of cherries.',
    'Please tell the others that they should be here in time.',
  ],
];
const probeTexts = [
  [
    'Hello, it is rather cold out here.',
    'Could you open the door for me, please?',
    'I have both hands full, and the basket is heavy.',
  ],
  [
    'When the train reached the valley, the sun was low.',
    'We walked along the river and counted the bridges.',
    'There were seven in all.',
  ],
];

const sampleRateHz = 16_000;
const levelDbfs = -26;

for (const { name, enrolled, voice } of speakers) {
  const folders = enrolled ? { train: enrolmentTexts, validation: probeTexts } : { strangers: probeTexts };
  for (const [folder, texts] of Object.entries(folders)) {
    for (const [index, sentences] of texts.entries()) {
      const spoken = run(['espeak-ng', ...voice, '-m', '--stdout', sentences.join(pause)]);
      const samples = atLevel(resample(spoken));
      const file = join(import.meta.dir, folder, `${name}${index + 1}.flac`);
      await mkdir(dirname(file), { recursive: true });
      await Bun.write(file, encode(samples));
      console.log(`${file}: ${(samples.length / sampleRateHz).toFixed(1)} s`);
    }
  }
}

/** WAV of any rate to samples at 16 kHz. */
function resample(wav: Uint8Array): Int16Array {
  const raw = ['-f', 's16le', '-ar', `${sampleRateHz}`, '-ac', '1', '-'];
  const bytes = run(['ffmpeg', '-v', 'error', '-i', '-', ...raw], wav);
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
}

function atLevel(samples: Int16Array): Int16Array {
  let squares = 0;
  for (const sample of samples) squares += (sample / 32_768) ** 2;
  const gain = 10 ** (levelDbfs / 20) / Math.sqrt(squares / samples.length);
  return samples.map((sample) => Math.round(sample * gain));
}

function encode(samples: Int16Array): Uint8Array {
  const raw = ['-f', 's16le', '-ar', `${sampleRateHz}`, '-ac', '1', '-i', '-'];
  const flac = ['-c:a', 'flac', '-compression_level', '12', '-bitexact', '-f', 'flac', '-'];
  return run(['ffmpeg', '-v', 'error', ...raw, ...flac], new Uint8Array(samples.buffer));
}

function run(command: readonly string[], stdin?: Uint8Array): Uint8Array {
  const done = Bun.spawnSync([...command], { ...(stdin === undefined ? {} : { stdin }), stderr: 'inherit' });
  if (!done.success) throw new Error(`${command[0]} failed`);
  return Uint8Array.from(done.stdout);
}
