import { HalError } from '../../hal/contract/errors.ts';
import type { SoundCondition } from '../../machines/events.ts';
import { FeatureError } from '../hearing/features/features193.ts';
import { listeningMode } from '../runtime/voice-capture.ts';
import type { InputRecording, RecordingProblem, VoiceInput } from '../runtime/voice-input.ts';
import { VoiceSession } from '../runtime/voice-session.ts';
import { type ExitCode, type Invocation, UsageError } from './command.ts';
import { LevelMeter } from './level-meter.ts';
import { printJson, printNote } from './output.ts';
import { Progress } from './progress.ts';
import { type Columns, pathColumnWidth, Table } from './table.ts';
import { readVoiceTask, type VoiceTask } from './voices-session.ts';
import { plural } from './words.ts';

/** What the notes of these commands have in common. */
export const recordingNotes = [
  'A folder is searched with all its folders; a recording that cannot be read is said and stops nothing. WAV, FLAC, OGG',
  'and MP3 of 4 to 384 kHz, mixed to one channel; ten minutes at most (vigil voices listen hears longer ones). Of a',
  'microphone: what is said next. Exit 0 when at least one recording was used, 1 when nobody spoke, 2 when none could',
  'be used, 3 when a microphone, arecord or a model is missing.',
].join('\n');

/** One line of what was heard. */
export interface VoiceRow {
  readonly json: object;
  /** Cells of the table, in the order of its columns. */
  readonly cells: readonly string[];
}

/** What a command makes of one recording. */
export interface VoiceView {
  /** Rejects with an error whose message is for people when this recording cannot be used and the next may be. */
  hear(recording: InputRecording, signal: AbortSignal): Promise<readonly VoiceRow[]>;
  /** How many recordings met what was expected; absent where nothing was. */
  readonly met?: () => number;
  /** What there is to say at the end of a folder. */
  readonly summary?: () => string;
}

export interface VoiceCommand {
  readonly columns: Columns;
  /** The rhythm in which a microphone is listened to; that of the configuration where absent. */
  readonly rhythm?: 'voice-activity' | 'seven-second';
  view(session: VoiceSession, task: VoiceTask, invocation: Invocation): Promise<VoiceView>;
}

/**
 * Listens to every recording of the input, or to what a microphone hears next, and shows what it is. 0 when at least
 * one recording could be used and what was expected is there, 1 when it is not, 2 when none could be used.
 */
export async function hearInput(command: VoiceCommand, invocation: Invocation): Promise<ExitCode> {
  const { options, signal } = invocation;
  const task = await readVoiceTask(invocation);
  await using session = await openVoiceSession(task, signal);
  const { input } = session;
  const view = await command.view(session, task, invocation);
  const report = new Report(command, view, input, options.json === true);
  const total = input.kind === 'recordings' ? input.paths.length + input.problems.length : undefined;
  const progress = new Progress('recordings', total);
  const meter = new LevelMeter();
  const listening = {
    ...listeningMode(task.config, command.rhythm),
    limitMs: task.limitMs,
    onOpened: (microphone: MicrophoneFacts) => printNote(listeningTo(microphone)),
    onMeter: meter.show.bind(meter),
  };
  try {
    for await (const item of session.recordings(listening, signal)) {
      meter.clear();
      progress.update(report.heard + report.problems, item.kind === 'recording' ? item.input : item.path);
      const rows = item.kind === 'recording' ? await hear(item, view, signal) : item;
      progress.end();
      if ('message' in rows) report.problem(rows);
      else if (item.kind === 'recording') report.recording(item, rows);
    }
  } finally {
    meter.clear();
    progress.end();
  }
  return report.exitCode();
}

/** What the task listens to. Throws UsageError where an option does not fit the input. */
export async function openVoiceSession(task: VoiceTask, signal: AbortSignal): Promise<VoiceSession> {
  const session = await VoiceSession.open(task, signal);
  if (session.input.kind === 'recordings' && task.limitMs !== undefined) {
    throw new UsageError('--seconds is for a microphone');
  }
  return session;
}

export interface MicrophoneFacts {
  readonly name: string;
  readonly sampleRateHz: number;
  readonly channels: number;
}

export function listeningTo({ name, sampleRateHz, channels }: MicrophoneFacts): string {
  return `listening to ${name}: ${sampleRateHz} Hz, ${plural(channels, 'channel')}`;
}

/** What the sound is called when it is not good. */
export const conditionWords = {
  good: 'the sound is good again',
  zeros: 'digital silence: the microphone is muted or dead',
  stuck: 'one unchanging level: the microphone is broken',
  clipped: 'overdriven: turn the microphone down, or speak farther away',
} as const satisfies Readonly<Record<SoundCondition, string>>;

async function hear(
  recording: InputRecording,
  view: VoiceView,
  signal: AbortSignal,
): Promise<readonly VoiceRow[] | RecordingProblem> {
  const { input: path } = recording;
  try {
    return await view.hear(recording, signal);
  } catch (error) {
    return { kind: 'problem', path, message: recordingError(error, path, signal) };
  }
}

/**
 * Why one recording cannot be used though the next may be, with its path. Throws the error again where it is that of
 * the models, or the signal's reason.
 */
export function recordingError(error: unknown, path: string, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (error instanceof FeatureError) return `${path}: ${error.message}`;
  if (!(error instanceof HalError)) throw error;
  if (error.device === path) return error.message;
  if (error.kind === 'invalid-argument' || error.retryable) return `${path}: ${error.message}`;
  throw error;
}

/** Prints what was heard, and counts it. */
class Report {
  readonly #view: VoiceView;
  readonly #recordings: boolean;
  readonly #folder: boolean;
  readonly #table: Table;
  readonly #json: boolean;
  heard = 0;
  problems = 0;

  constructor({ columns }: VoiceCommand, view: VoiceView, input: VoiceInput, json: boolean) {
    this.#view = view;
    this.#recordings = input.kind === 'recordings';
    const paths = input.kind === 'recordings' ? input.paths : [];
    this.#folder = paths.length > 1;
    this.#table = new Table([['RECORDING', pathColumnWidth(paths)], ...columns]);
    this.#json = json;
  }

  problem({ path, message }: RecordingProblem): void {
    this.problems++;
    printNote(message);
    if (this.#json) printJson({ input: path, error: message });
  }

  recording({ input, warnings }: InputRecording, rows: readonly VoiceRow[]): void {
    this.heard++;
    for (const warning of warnings) printNote(`${input}: ${warning}`);
    for (const { json, cells } of rows) {
      if (this.#json) printJson(json);
      else this.#table.row([input, ...cells]);
    }
  }

  exitCode(): ExitCode {
    const { heard, problems } = this;
    if (heard === 0) {
      if (!this.#recordings) printNote('Nobody spoke.');
      else if (problems > 1) printNote(`None of ${problems} recordings could be used.`);
      return this.#recordings ? 2 : 1;
    }
    if (this.#folder && this.#view.summary !== undefined) printNote(this.#view.summary());
    if (this.#view.met === undefined) return 0;
    const met = this.#view.met();
    const asked = heard + problems;
    if (met === asked) return 0;
    printNote(`Expected in ${plural(asked, 'recording')}, and found in ${met}.`);
    return 1;
  }
}
