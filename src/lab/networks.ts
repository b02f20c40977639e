import type { Located, Pipeline } from '../models/manifest.ts';

/** Every network that is loaded for a pipeline, in the order in which a picture goes through them. */
export function networksOf({ detector, landmarks, embedder }: Pipeline, smallBoard: boolean): Located[] {
  const detectors =
    detector.kind === 'single'
      ? [detector.model]
      : [smallBoard ? detector.smallBoard : detector.landscape, detector.portrait, detector.second];
  return [...detectors, landmarks, embedder];
}
