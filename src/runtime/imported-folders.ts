import { resolve } from 'node:path';

/** Pictures of people are imported from here unless the configuration says otherwise. */
export const projectDataset = resolve(import.meta.dir, '../../dataset');
/** Recordings of people likewise, from its folder `train`. */
export const projectAudios = resolve(import.meta.dir, '../../audios');
