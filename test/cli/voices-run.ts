import { join, resolve } from 'node:path';
import { command as voices } from '../../src/cli/voices.ts';
import { type Ran, runCommand } from './run-command.ts';

export { objects, type Ran } from './run-command.ts';

const demoVoices = resolve(import.meta.dir, '../../demo/voices');
/** Generated speech: `train` of three people, `validation` of the same, `strangers` of two others. */
export const audios = demoVoices;
export const clip = (path: string) => join(demoVoices, `${path}.flac`);

/** Runs `vigil voices …` in this process, as the command line would; gives what it printed. */
export function vigilVoices(...words: string[]): Promise<Ran> {
  return runCommand(voices, words);
}

/** The same, told to stop by the signal, as by Ctrl-C. */
export function vigilVoicesUntil(signal: AbortSignal, ...words: string[]): Promise<Ran> {
  return runCommand(voices, words, signal);
}

/** What `identify` and `listen` print of one stretch of sound. */
export interface AnswerObject {
  readonly input: string;
  readonly error?: string;
  readonly startS: number;
  readonly endS: number;
  readonly voicedS: number;
  readonly decision: string;
  readonly name: string | null;
  readonly score: number | null;
  readonly secondName: string | null;
  readonly secondScore: number | null;
  readonly reason: string;
  readonly mode: string;
  readonly piece?: number;
  readonly final?: boolean;
}
