import { resolve } from 'node:path';
import type { Rate } from '../decide/rate.ts';
import { defaultTraining } from '../hearing/train/network.ts';
import type { TrainedAccuracy, TrainedDescription } from '../hearing/trained-file.ts';
import { projectTrained } from '../runtime/trained-voices.ts';
import { trainVoiceNetwork } from '../runtime/voice-training.ts';
import type { Command } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';
import { numberOption } from './settings.ts';
import { Steps } from './steps.ts';
import { Table } from './table.ts';

const projectAudios = resolve(import.meta.dir, '../../audios');

/** `vigil voices train`: the closed-set network of the audios folder. */
export const train: Command = {
  name: 'train',
  summary: 'train the network that mode seven-second asks',
  options: {
    audios: { value: 'DIR', help: 'folder with train/ and validation/', default: projectAudios },
    output: { value: 'DIR', help: 'where the network goes', default: projectTrained },
    'piece-seconds': {
      value: 'N',
      help: 'recordings are cut into pieces this long: what is heard at once when listening',
      default: '7',
    },
    epochs: { value: 'N', help: 'how often all pieces are learnt', default: String(defaultTraining.epochs) },
    patience: {
      value: 'N',
      help: 'end after so many epochs that were no better',
      default: String(defaultTraining.patience),
    },
    seed: { value: 'N', help: 'the same seed and recordings give the same network', default: '1' },
    compare: { help: 'also try nearest neighbours and a support vector machine on the same features' },
    json: { help: 'one JSON object' },
  },
  notes: [
    'Sound files are named after the speaker and a number (Ana1.wav, Ana12.flac) or lie in a folder a speaker',
    '(Ana/monday.mp3); WAV, FLAC, OGG and MP3. Without validation/, a quarter of each speaker is held back. Two speakers',
    'or more, and of each a minute or more in several recordings, as they will be heard: same microphone, same distance.',
    'Written: voices.onnx, voices.json (labels, seed, hashes, accuracy), training.svg, confusion.svg; the old network stays',
    'until the new one is ready. Recordings that cannot be used end it with exit 2, each named.',
    'The network says which of its speakers it is, never that it is none of them: it gives about half of all strangers a',
    'name. To tell strangers, enrol voices instead (vigil voices enrol); nothing has to be trained for it.',
  ].join('\n'),

  async run(invocation) {
    const { options, signal } = invocation;
    const output = String(options.output);
    const steps = new Steps();
    const { description, names } = await trainVoiceNetwork(
      {
        folder: String(options.audios),
        output,
        pieceMs: 1000 * numberOption(invocation, 'piece-seconds', { least: 1, most: 60 }),
        epochs: numberOption(invocation, 'epochs', { least: 1, most: 10_000, whole: true }),
        patience: numberOption(invocation, 'patience', { least: 1, most: 10_000, whole: true }),
        seed: numberOption(invocation, 'seed', { least: 0, most: 2 ** 31, whole: true }),
        compare: options.compare === true,
        progress: (step, done, total, note) => steps.update(step, done, total, note),
        warn: (warning) => steps.warn(warning),
      },
      signal,
    ).finally(() => steps.end());
    if (options.json === true) printJson({ output, files: names, ...description });
    else printReport(description);
    printNote(`Written to ${output}: ${names.join(', ')}`);
    return 0;
  },
};

function printReport({ labels, training, accuracy, confusion, compared }: TrainedDescription): void {
  printLine(
    `${labels.length} speakers, ${training.trainPieces} pieces to learn from, ${training.validationPieces} to try; ${training.epochs} epochs, the weights of epoch ${training.bestEpoch} are kept.`,
  );
  printLine();
  const ways: [string, TrainedAccuracy][] = [['the network', accuracy]];
  if (compared !== undefined) {
    ways.push(['5 nearest neighbours', compared.nearestNeighbours]);
    ways.push(['support vector machine', compared.supportVectors]);
  }
  printTable(
    ['RIGHT, OF VALIDATION', 'PIECES', 'RECORDINGS'],
    ways.map(([way, { pieces, recordings }]) => [way, rateText(pieces), rateText(recordings)]),
  );
  printLine('In brackets 95 % intervals. The same recordings chose the epoch: fresh ones do a little worse.');
  printLine();
  printTable(
    ['SPOKE / NAMED', ...labels],
    labels.map((label, spoken) => [label, ...confusion[spoken]!.map((pieces) => String(pieces))]),
  );
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widthOf = (column: number) =>
    Math.max(...[head, ...rows].map((cells) => Bun.stringWidth(cells[column] ?? '')));
  const table = new Table(head.map((title, column) => [title, widthOf(column)]));
  for (const row of rows) table.row(row);
}

function rateText({ count, of, low, high }: Rate): string {
  const percent = (share: number) => (100 * share).toFixed(1);
  return `${count} of ${of}, ${percent(count / of)} % (${percent(low)} to ${percent(high)})`;
}
