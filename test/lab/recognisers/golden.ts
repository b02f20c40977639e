import { readFileSync } from 'node:fs';
import { z } from 'zod';

const file = z.object({ file: z.string(), label: z.int(), native: z.string(), cubic: z.string() });
const predictions = z.object({ predictions: z.array(z.tuple([z.int(), z.number()])) });
const ways = z.object({ eigen: predictions, eigen40: predictions, fisher: predictions, lbph: predictions });

const golden = z.object({
  train: z.array(file),
  test: z.array(file),
  recognisers: z.object({ native: ways, cubic: ways }),
});

/** Label and distance that OpenCV 4.6 gave for each of the files to try, after learning from the others. */
export type RecogniserGolden = z.infer<typeof golden>;

export function readRecogniserGolden(path: string): RecogniserGolden {
  return golden.parse(JSON.parse(readFileSync(path, 'utf8')));
}
