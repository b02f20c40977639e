import { resolve } from 'node:path';
import { readConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { type FaceSession, openFaceSession } from '../runtime/face-session.ts';
import { type Invocation, type OptionSpec, UsageError } from './command.ts';

/** What `vigil faces …` commands have in common. */
export const inputOptions = {
  input: {
    value: 'FILE|DIR|VIDEO|camera',
    help: 'what to look at; `camera` is the configured one, and a device or rtsp:// address is one too',
  },
  config: { value: 'FILE', help: 'the configuration' },
  state: { value: 'DIR', help: 'where people and added models are stored' },
  seconds: { value: 'N', help: 'end a video or a camera after this time' },
  json: { help: 'one JSON object a line' },
} as const satisfies Record<string, OptionSpec>;

/** What a command was asked to do, with the configuration that holds for it. */
export interface FaceTask {
  readonly input: string;
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  /** The dataset folder; `datasetGiven` when the user, not the default, names it. */
  readonly dataset: string;
  readonly datasetGiven: boolean;
  readonly limitMs: number;
}

const projectDataset = resolve(import.meta.dir, '../../dataset');

/** Reads the options and the configuration. Throws UsageError and ConfigError. */
export async function readTask({ options }: Invocation): Promise<FaceTask> {
  const { input, seconds } = options;
  if (typeof input !== 'string') {
    throw new UsageError('What is to be looked at? Give --input FILE, DIR, VIDEO or camera.');
  }
  const flags = [
    { option: options.state, key: 'state.directory', flag: '--state' },
    { option: options.dataset, key: 'people.dataset', flag: '--dataset' },
  ].flatMap(({ option, key, flag }) => (typeof option === 'string' ? [{ key, value: option, flag }] : []));
  const file = typeof options.config === 'string' ? options.config : undefined;
  const { config } = await readConfig({ file, flags });
  const limitS = seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds);
  if (!(limitS > 0)) throw new UsageError(`--seconds must be a number above 0, not '${seconds}'`);
  return {
    input,
    config,
    stateDirectory: stateDirectory(config.state.directory),
    dataset: config.people.dataset ?? projectDataset,
    datasetGiven: config.people.dataset !== undefined,
    limitMs: limitS * 1000,
  };
}

/** Opens what the task looks at. Throws UsageError where an option does not fit the input. */
export async function openTask(task: FaceTask, signal: AbortSignal, leaveOut?: string): Promise<FaceSession> {
  const session = await openFaceSession({ ...task, leaveOut }, signal);
  if (session.input.kind === 'pictures' && Number.isFinite(task.limitMs)) {
    await session[Symbol.asyncDispose]();
    throw new UsageError('--seconds is for a video or a camera');
  }
  return session;
}
