import { resolve } from 'node:path';
import { projectTrained } from '../runtime/trained-voices.ts';
import type { Invocation, OptionSpec } from './command.ts';
import { readSettings, type Settings, timeOption } from './settings.ts';

/** What `vigil voices …` commands have in common. */
export const inputOptions = {
  input: {
    value: 'FILE|DIR|microphone',
    help: 'what to listen to, may be given several times; `microphone` is the configured one, and a card is one too',
    default: 'microphone',
    multiple: true,
  },
  config: { value: 'FILE', help: 'the configuration' },
  state: { value: 'DIR', help: 'where people and added models are stored' },
  json: { help: 'one JSON object a line' },
} as const satisfies Record<string, OptionSpec>;

export const secondsOption = {
  seconds: { value: 'N', help: 'end a microphone after this time' },
} as const satisfies Record<string, OptionSpec>;

/** For commands that name people. */
export const peopleOptions = {
  audios: {
    value: 'DIR',
    help: 'folder whose `train` holds recordings named after people, taken in first; default from the configuration',
  },
  mode: {
    value: 'voice-activity|seven-second',
    help: 'compare voices with those enrolled, or ask the trained network; default from the configuration',
  },
  trained: { value: 'DIR', help: 'mode seven-second: where the trained network is', default: projectTrained },
  expect: { value: 'NAME', help: 'exit 1 unless this person is named; `unknown`: unless nobody is' },
} as const satisfies Record<string, OptionSpec>;

/** What a command was asked to do, with the configuration that holds for it. */
export interface VoiceTask extends Settings {
  readonly inputs: readonly string[];
  /** The audios folder; `audiosGiven` when the user, not the default, names it. */
  readonly audios: string;
  readonly audiosGiven: boolean;
  /** The folder of the trained network. */
  readonly trained: string;
  readonly limitMs: number | undefined;
}

const projectAudios = resolve(import.meta.dir, '../../audios');

/** Reads the options and the configuration. Throws UsageError and ConfigError. */
export async function readVoiceTask(invocation: Invocation): Promise<VoiceTask> {
  const { input, trained } = invocation.options;
  const settings = await readSettings(invocation, { audios: 'people.audios', mode: 'hearing.mode' });
  const { audios } = settings.config.people;
  return {
    ...settings,
    inputs: Array.isArray(input) ? input : [],
    audios: audios ?? projectAudios,
    audiosGiven: audios !== undefined,
    trained: typeof trained === 'string' ? trained : projectTrained,
    limitMs: timeOption(invocation, 'seconds'),
  };
}
