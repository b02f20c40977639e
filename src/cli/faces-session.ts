import { resolve } from 'node:path';
import { type FaceSession, openFaceSession } from '../runtime/face-session.ts';
import { type Invocation, type OptionSpec, UsageError } from './command.ts';
import { readSettings, type Settings, timeOption } from './settings.ts';

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
export interface FaceTask extends Settings {
  readonly input: string;
  /** The dataset folder; `datasetGiven` when the user, not the default, names it. */
  readonly dataset: string;
  readonly datasetGiven: boolean;
  readonly limitMs: number;
}

const projectDataset = resolve(import.meta.dir, '../../dataset');

/** Reads the options and the configuration. Throws UsageError and ConfigError. */
export async function readTask(invocation: Invocation): Promise<FaceTask> {
  const { input } = invocation.options;
  if (typeof input !== 'string') {
    throw new UsageError('What is to be looked at? Give --input FILE, DIR, VIDEO or camera.');
  }
  const settings = await readSettings(invocation, { dataset: 'people.dataset' });
  const { dataset } = settings.config.people;
  return {
    input,
    ...settings,
    dataset: dataset ?? projectDataset,
    datasetGiven: dataset !== undefined,
    limitMs: timeOption(invocation, 'seconds') ?? Number.POSITIVE_INFINITY,
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
