import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareFiles, compareWithPublished, type Difference, Network } from './compare.ts';
import { ConversionError } from './errors.ts';
import { openPublishedNetworks } from './published-network.ts';
import type { PackageFiles } from './published-package.ts';
import { cut, decodePicture, type RgbPicture, stretch } from './rgb-picture.ts';
import { type ConvertedModel, convertShippedModels, openSources } from './shipped-models.ts';

type Subject = 'picture' | 'face' | 'chip';

interface Trial {
  readonly subject: Subject;
  /** How far its numbers may differ: pixels, or an embedding's components. Scores may by 1e-4. */
  readonly limit: number;
}

const detector = { subject: 'picture', limit: 0.1 } as const;
const trials: Readonly<Record<string, Trial>> = {
  'blazeface_back_256x192.onnx': detector,
  'blazeface_back_192x160.onnx': detector,
  'blazeface_back_256x256.onnx': detector,
  'blazeface_short_128x128.onnx': { subject: 'face', limit: 0.1 },
  'landmark68.onnx': { subject: 'face', limit: 0.1 },
  'face128.q8.onnx': { subject: 'chip', limit: 1e-4 },
  'ssd_mobilenetv1.q8.onnx': detector,
};
const scoreLimit = 1e-4;

/**
 * `bun run models:verify-conversion [--models DIR]`: converts everything anew in memory and shows, on the faces
 * of face-api's six demo pictures, that it gives what lies in models/ (or in DIR), byte by byte and number by
 * number, and what the published networks give in TensorFlow.js. Takes a minute or two. Exit code 1 where a
 * number differs by more than its limit, or a byte from models/.
 */
async function main(): Promise<number> {
  const { values: options } = parseArgs({ options: { models: { type: 'string' } } });
  const folder = options.models ?? join(import.meta.dir, '../../../models');
  const log = (line: string) => console.error(line);
  const sources = await openSources(log);
  log('Converting');
  const converted = convertShippedModels(sources);
  log('Looking for faces in the demo pictures');
  const subjects = await findSubjects(converted, sources.faceApi);

  let failures = 0;
  for (const { file, bytes } of converted) {
    const { subject, limit } = trialOf(file);
    const shipped = Bun.file(join(folder, file));
    if (!(await shipped.exists())) throw new ConversionError(`There is no ${file} in ${folder}.`);
    const shippedBytes = await shipped.bytes();
    const same = Buffer.from(shippedBytes).equals(bytes);
    if (!same && options.models === undefined) failures += 1;
    console.log(`${file} and the file in ${folder}: ${same ? 'the same bytes' : 'OTHER BYTES'}`);
    const networks = [await Network.load(bytes), await Network.load(shippedBytes)] as const;
    failures += report(await compareFiles(...networks, subjects[subject]), limit);
  }
  for (const published of await openPublishedNetworks(sources)) {
    const { file, sidePx } = published;
    const { subject, limit } = trialOf(file);
    log(`Running the published network of ${file} in TensorFlow.js`);
    // One of each picture: TensorFlow.js is slow.
    const pictures = await Promise.all(subjects.first[subject].map((picture) => stretch(picture, sidePx)));
    const bytes = bytesOf(converted, file);
    console.log(`${file} and the published network in TensorFlow.js, ${pictures.length} pictures`);
    failures += report(await compareWithPublished(await Network.load(bytes), published, pictures), limit);
  }
  console.log(failures === 0 ? 'The conversion gives what is shipped.' : `${failures} comparisons failed.`);
  return failures === 0 ? 0 : 1;
}

/** Prints each difference and gives the number of those that are over their limit. */
function report(differences: readonly Difference[], limit: number): number {
  let tooFar = 0;
  for (const { output, values, largest } of differences) {
    const most = output.includes('score') ? scoreLimit : limit;
    if (largest > most) tooFar += 1;
    console.log(
      `  ${output.padEnd(10)} ${String(values).padStart(6)} values, largest difference ` +
        `${largest.toExponential(1)}, limit ${most}: ${largest <= most ? 'ok' : 'TOO FAR'}`,
    );
  }
  return tooFar;
}

type Subjects = Readonly<Record<Subject, readonly RgbPicture[]>>;

/** The demo pictures, all faces in them with as much again around, and 150 px chips of those. */
async function findSubjects(
  converted: readonly ConvertedModel[],
  demo: PackageFiles,
): Promise<Subjects & { readonly first: Subjects }> {
  const network = await Network.load(bytesOf(converted, 'blazeface_back_256x256.onnx'));
  const all = { picture: [] as RgbPicture[], face: [] as RgbPicture[], chip: [] as RgbPicture[] };
  const first = { picture: all.picture, face: [] as RgbPicture[], chip: [] as RgbPicture[] };
  for (let number = 1; number <= 6; number += 1) {
    const picture = await decodePicture(demo.bytes(`demo/sample${number}.jpg`));
    all.picture.push(picture);
    const boxes = (await network.run(picture)).get('boxes') ?? new Float32Array();
    for (let start = 0; start < boxes.length; start += 4) {
      const [left = 0, top = 0, right = 0, bottom = 0] = boxes.subarray(start, start + 4);
      const [dx, dy] = [(right - left) / 2, (bottom - top) / 2];
      const face = cut(picture, [left - dx, top - dy, right + dx, bottom + dy]);
      const chip = await stretch(face, 150);
      for (const list of start === 0 ? [all, first] : [all]) {
        list.face.push(face);
        list.chip.push(chip);
      }
    }
  }
  return { ...all, first };
}

function bytesOf(converted: readonly ConvertedModel[], file: string): Uint8Array {
  const model = converted.find((candidate) => candidate.file === file);
  if (model === undefined) throw new ConversionError(`${file} was not converted.`);
  return model.bytes;
}

function trialOf(file: string): Trial {
  const trial = trials[file];
  if (trial === undefined) throw new ConversionError(`Nothing says how to compare ${file}.`);
  return trial;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConversionError)) throw error;
  console.error(error.message);
  process.exitCode = 3;
}
