import type { VigilConfig } from '../config/schema.ts';
import { projectAudios, projectDataset } from './imported-folders.ts';
import { projectTrained } from './trained-voices.ts';

/** Where files of people lie. */
export interface PeopleFolders {
  /** Pictures named after people. */
  readonly dataset: string;
  /** Its `train` and `validation` hold recordings named after people. */
  readonly audios: string;
  /** A network that was trained on voices. */
  readonly trained: string;
}

/** Those that the configuration names, else those of the project. */
export function peopleFolders({ dataset, audios }: VigilConfig['people']): PeopleFolders {
  return { dataset: dataset ?? projectDataset, audios: audios ?? projectAudios, trained: projectTrained };
}
