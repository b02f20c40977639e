import { writeSync } from 'node:fs';
import { decodePicture, defaultDecodeLimits } from '../../../hal/linux/picture.ts';
import { ManifestError, ModelError, messageOf } from '../../models/errors.ts';
import { loadDetectorOf } from './catalogue.ts';
import { type DetectorLine, detectorTaskSchema } from './detector-messages.ts';
import type { PictureDetector } from './picture-detector.ts';

/** The child process of `runDetector`: one detector and what it needs, so that its memory can be told from others'. */
const { detector: choice, pictures } = detectorTaskSchema.parse(JSON.parse(await Bun.stdin.text()));
const { signal } = new AbortController();

const detector = await load();
if (detector !== undefined) {
  let warm = false;
  for (const path of pictures) {
    const line = await look(detector, path, warm);
    warm ||= line.kind === 'looked';
    say(line);
  }
}
// The process would wait for OpenCV's runtime.
process.exit(0);

async function load(): Promise<PictureDetector | undefined> {
  try {
    return await loadDetectorOf(choice);
  } catch (error) {
    if (!(error instanceof ModelError) && !(error instanceof ManifestError)) throw error;
    say({ kind: 'not-loaded', message: error.message });
    return undefined;
  }
}

async function look(finder: PictureDetector, path: string, warm: boolean): Promise<DetectorLine> {
  try {
    const picture = await decodePicture(path, defaultDecodeLimits, signal);
    const { widthPx, heightPx, originalWidthPx } = picture;
    // The first look is slower than all that follow: what it runs is compiled while it runs.
    if (!warm) await finder.detect(picture);
    const before = process.cpuUsage();
    const found = await finder.detect(picture);
    const used = process.cpuUsage(before);
    const faces = found.map(({ box, score }) => ({ box, score }));
    const processorMs = (used.user + used.system) / 1000;
    return { kind: 'looked', faces, widthPx, heightPx, originalWidthPx, processorMs };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) };
  }
}

function say(line: DetectorLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
