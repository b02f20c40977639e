import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareNetworks, cut, decodePicture, Network, type RgbPicture, resize } from './compare.ts';
import { ConversionError } from './errors.ts';
import { faceApi, openPackage } from './published-package.ts';
import { type ConvertedModel, convertShippedModels } from './shipped-models.ts';

type Subject = 'picture' | 'face' | 'chip';

/** What each network is shown, and how far two files of it may differ: scores 1e-4, pixels a tenth. */
const trials: Readonly<Record<string, { subject: Subject; limits: Record<string, number> }>> = {
  'blazeface_back_256x192.onnx': { subject: 'picture', limits: { boxes: 0.1, scores: 1e-4, points: 0.1 } },
  'blazeface_back_192x160.onnx': { subject: 'picture', limits: { boxes: 0.1, scores: 1e-4, points: 0.1 } },
  'blazeface_back_256x256.onnx': { subject: 'picture', limits: { boxes: 0.1, scores: 1e-4, points: 0.1 } },
  'blazeface_short_128x128.onnx': { subject: 'face', limits: { boxes: 0.1, scores: 1e-4, points: 0.1 } },
  'landmark68.onnx': { subject: 'face', limits: { landmarks: 0.01 } },
  'face128.q8.onnx': { subject: 'chip', limits: { embeddings: 1e-5 } },
  'ssd_mobilenetv1.q8.onnx': { subject: 'picture', limits: { boxes: 0.1, scores: 1e-4 } },
};

/**
 * `bun run models:verify-conversion [--models DIR]`: converts everything anew in memory and compares it with
 * what lies in models/ (or in DIR): byte by byte, and by what both give for the faces in face-api's six demo
 * pictures. Exit code 1 where a number differs by more than its limit, or where a byte differs in models/.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { models: { type: 'string' } } });
  const folder = values.models ?? join(import.meta.dir, '../../../models');
  const bytesMustMatch = values.models === undefined;
  const log = (line: string) => console.error(line);
  const converted = await convertShippedModels(log);
  log('Comparing');
  const subjects = await findSubjects(converted, log);

  let failures = 0;
  for (const { file, bytes } of converted) {
    const trial = trials[file];
    const shippedFile = Bun.file(join(folder, file));
    if (trial === undefined || !(await shippedFile.exists())) {
      throw new ConversionError(`There is no ${file} in ${folder} to compare with.`);
    }
    const shipped = await shippedFile.bytes();
    const same = Buffer.from(shipped).equals(bytes);
    if (bytesMustMatch && !same) failures += 1;
    console.log(`${file}: ${same ? 'the same bytes' : 'OTHER BYTES'}`);
    const networks = [await Network.load(bytes), await Network.load(shipped)] as const;
    for (const { output, values, largest, limit } of await compareNetworks(
      ...networks,
      subjects[trial.subject],
      trial.limits,
    )) {
      const verdict = largest <= limit ? 'ok' : 'TOO FAR';
      if (largest > limit) failures += 1;
      console.log(
        `  ${output.padEnd(10)} ${String(values).padStart(6)} values, largest difference ` +
          `${largest.toExponential(1)}, limit ${limit}: ${verdict}`,
      );
    }
  }
  console.log(failures === 0 ? 'The conversion gives what is shipped.' : `${failures} comparisons failed.`);
  return failures === 0 ? 0 : 1;
}

/** Pictures, the faces found in them (twice the box, as the second look sees them), and 150 px cuts of those. */
async function findSubjects(
  converted: readonly ConvertedModel[],
  log: (line: string) => void,
): Promise<Readonly<Record<Subject, readonly RgbPicture[]>>> {
  const demo = await openPackage(faceApi, ['demo/sample*.jpg'], log);
  const detectorBytes = converted.find(({ file }) => file === 'blazeface_back_256x256.onnx')?.bytes;
  if (detectorBytes === undefined) throw new ConversionError('No detector was converted.');
  const detector = await Network.load(detectorBytes);
  const subjects = { picture: [] as RgbPicture[], face: [] as RgbPicture[], chip: [] as RgbPicture[] };
  for (let number = 1; number <= 6; number += 1) {
    const picture = await decodePicture(demo.bytes(`demo/sample${number}.jpg`));
    subjects.picture.push(picture);
    const boxes = (await detector.run(picture)).get('boxes') ?? new Float32Array();
    for (let start = 0; start < boxes.length; start += 4) {
      const [left = 0, top = 0, right = 0, bottom = 0] = boxes.subarray(start, start + 4);
      const face = cut(picture, [
        left - (right - left) / 2,
        top - (bottom - top) / 2,
        right + (right - left) / 2,
        bottom + (bottom - top) / 2,
      ]);
      subjects.face.push(face);
      subjects.chip.push(await resize(face, 150));
    }
  }
  return subjects;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConversionError)) throw error;
  console.error(error.message);
  process.exitCode = 3;
}
