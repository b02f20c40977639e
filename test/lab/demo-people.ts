import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { demoPicture, readAlignedGolden } from '../vision/golden.ts';

const golden = join(import.meta.dir, '../golden/face/landmarks-embeddings-demo.json');

/** A face cut out of a photograph, changed so that it is another picture of the same person. */
const variants = [
  { name: 'a', change: (picture: sharp.Sharp) => picture },
  { name: 'b', change: (picture: sharp.Sharp) => picture.flop().linear(0.7, 10) },
  { name: 'c', change: (picture: sharp.Sharp) => picture.rotate(12, { background: '#808080' }).blur(1) },
  { name: 'd', change: (picture: sharp.Sharp) => picture.flop().rotate(-9, { background: '#404040' }) },
] as const;

/**
 * Writes `pictures` (at most 4) pictures each of `people` (at most 23) people as folder/P01/a.jpg: the faces in the
 * demo photographs of the package @vladmandic/face-api (MIT), and changed copies of them.
 */
export async function writeDemoPeople(folder: string, people: number, pictures: number): Promise<void> {
  const faces = readAlignedGolden(golden).flatMap(({ file, faces: inFile }) =>
    inFile.map(({ box }) => ({ file: demoPicture(file), box })),
  );
  await Promise.all(
    faces.slice(0, people).map(async ({ file, box }, place) => {
      const person = join(folder, `P${String(place + 1).padStart(2, '0')}`);
      mkdirSync(person, { recursive: true });
      const { width, height } = await sharp(file).metadata();
      const left = Math.max(0, Math.round(box.x - 0.4 * box.width));
      const top = Math.max(0, Math.round(box.y - 0.4 * box.height));
      const face = await sharp(file)
        .extract({
          ...{ left, top },
          width: Math.min(width - left, Math.round(1.8 * box.width)),
          height: Math.min(height - top, Math.round(1.8 * box.height)),
        })
        .resize({ width: 200 })
        .png()
        .toBuffer();
      await Promise.all(
        variants.slice(0, pictures).map(({ name, change }) =>
          change(sharp(face))
            .jpeg()
            .toFile(join(person, `${name}.jpg`)),
        ),
      );
    }),
  );
}
