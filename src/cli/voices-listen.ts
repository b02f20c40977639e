import type { VoiceAnswer } from '../decide/evidence.ts';
import type { MeterReading, SpeechNews } from '../runtime/hearing-speech.ts';
import { listeningMode } from '../runtime/voice-capture.ts';
import type { Command, ExitCode, Invocation } from './command.ts';
import { LevelMeter } from './level-meter.ts';
import { printJson, printNote } from './output.ts';
import { pathColumnWidth, Table } from './table.ts';
import {
  answerColumns,
  answerRow,
  type Expectation,
  type NamedStretch,
  type Naming,
  openNaming,
  readExpectation,
  Tally,
} from './voices-answers.ts';
import {
  conditionWords,
  listeningTo,
  type MicrophoneFacts,
  openVoiceSession,
  recordingError,
} from './voices-hear.ts';
import { inputOptions, peopleOptions, readVoiceTask, secondsOption } from './voices-session.ts';

export const listen: Command = {
  name: 'listen',
  summary: 'names who speaks, as they speak',
  options: {
    ...inputOptions,
    ...peopleOptions,
    ...secondsOption,
    'real-time': { help: 'play a recording at its own pace instead of as fast as possible' },
  },
  notes: [
    'Hears as the device does: a line when there is enough speech, again as more comes, and when a pause ends it; `final`',
    'says which. In the mode seven-second a line every seven seconds. On a terminal the level is shown meanwhile.',
    'Runs until Ctrl-C, --seconds, or the end of the recordings, which may be of any length. --expect NAME is met when',
    'NAME was named once and nobody else; --expect unknown when somebody unknown spoke and nobody was named.',
    'Exit 1 when that is not so, 2 when no recording could be used, 3 when a microphone, arecord or a model is missing or',
    'the microphone fails on its way; vigil run is what waits for it to come back.',
  ].join('\n'),
  run: listenToInput,
};

async function listenToInput(invocation: Invocation): Promise<ExitCode> {
  const { options, signal } = invocation;
  const task = await readVoiceTask(invocation);
  await using session = await openVoiceSession(task, signal);
  const { input } = session;
  const naming = await openNaming(session, task, 'newest', signal);
  const width = pathColumnWidth(input.kind === 'recordings' ? input.paths : []);
  const table = new Table([['INPUT', width], ...answerColumns]);
  const log = new AnswerLog(
    naming,
    readExpectation(invocation, naming),
    options.json === true ? undefined : table,
  );
  const meter = new LevelMeter();
  let heardMs = 0;
  const listening = () => ({
    ...listeningMode(task.config),
    limitMs: task.limitMs,
    onMeter: (reading: MeterReading) => {
      heardMs = reading.atMs;
      meter.show(reading);
    },
  });
  try {
    if (input.kind === 'microphone') {
      const { microphone } = input;
      const onOpened = (opened: MicrophoneFacts) => printNote(listeningTo(opened));
      await tellAll(
        session.listen({ ...listening(), onOpened }, signal),
        microphone.name,
        { log, meter },
        signal,
      );
      return log.exitCode();
    }
    for (const { path, message } of input.problems) log.problem(path, message);
    for (const path of input.paths) {
      const pace = options['real-time'] === true ? 'live' : 'fast';
      const onWarning = (warning: string) => printNote(`${path}: ${warning}`);
      try {
        const news = session.listenToFile(path, pace, { ...listening(), onWarning }, signal);
        const answers = await tellAll(news, path, { log, meter }, signal);
        if (answers === 0)
          log.answer({ input: path, startMs: 0, endMs: heardMs, answer: nobodySpeaks }, true);
      } catch (error) {
        log.problem(path, recordingError(error, path, signal));
      }
    }
    return log.exitCode();
  } catch (error) {
    // Being interrupted is how listening to a microphone ends.
    if (!signal.aborted || input.kind !== 'microphone') throw error;
    return log.exitCode();
  } finally {
    meter.clear();
  }
}

/** Names everything that is heard; gives how often somebody was asked about. */
async function tellAll(
  news: AsyncGenerator<SpeechNews, void, void>,
  input: string,
  { log, meter }: { log: AnswerLog; meter: LevelMeter },
  signal: AbortSignal,
): Promise<number> {
  let answers = 0;
  for await (const heard of news) {
    meter.clear();
    await log.hear(heard, input, signal);
    if (heard.kind === 'speech') answers++;
  }
  return answers;
}

/** Of a recording in which nobody says enough to be asked about. */
const nobodySpeaks: VoiceAnswer = {
  decision: 'no-speech',
  subjectId: null,
  score: null,
  secondSubjectId: null,
  secondScore: null,
  voicedMs: 0,
  levelDbfs: Number.NEGATIVE_INFINITY,
  reason: 'nobody speaks',
};

/** Names what is heard, prints it, and counts it. */
class AnswerLog {
  readonly #naming: Naming;
  readonly #expected: Expectation | undefined;
  /** Absent where objects are printed. */
  readonly #table: Table | undefined;
  readonly #tally = new Tally();
  /** What was printed last of the same speech. */
  #shown = '';
  #answers = 0;
  #problems = 0;
  #met = 0;
  #othersNamed = 0;

  constructor(naming: Naming, expected: Expectation | undefined, table: Table | undefined) {
    this.#naming = naming;
    this.#expected = expected;
    this.#table = table;
  }

  problem(path: string, message: string): void {
    this.#problems++;
    printNote(message);
    if (this.#table === undefined) printJson({ input: path, error: message });
  }

  async hear(news: SpeechNews, input: string, signal: AbortSignal): Promise<void> {
    switch (news.kind) {
      case 'began':
        this.#shown = '';
        this.#naming.namer.startAnew();
        break;
      case 'speech': {
        const answer = await this.#naming.namer.name(news.sound, signal);
        this.answer({ input, startMs: news.startMs, endMs: news.endMs, answer }, news.over);
        break;
      }
      case 'condition':
        printNote(`${input}: ${conditionWords[news.condition]}`);
        break;
      case 'overrun':
        printNote(
          `${input}: sound was lost, ${news.overruns} times by now: this machine is too slow or too busy`,
        );
        break;
    }
  }

  answer(stretch: NamedStretch, final: boolean): void {
    const { answer } = stretch;
    this.#answers++;
    if (this.#expected?.(answer) === true) this.#met++;
    else if (answer.decision === 'known') this.#othersNamed++;
    if (final) this.#tally.count(answer, this.#naming);
    const { json, cells } = answerRow(stretch, this.#naming);
    const said = `${answer.decision} ${answer.subjectId}`;
    if (this.#table === undefined) printJson({ ...json, final });
    else if (final || said !== this.#shown) this.#table.row([stretch.input, ...cells]);
    this.#shown = said;
  }

  exitCode(): ExitCode {
    if (this.#answers === 0 && this.#problems > 0) return 2;
    if (this.#answers === 0) printNote('Nobody spoke.');
    else printNote(`heard: ${this.#tally}`);
    if (this.#expected === undefined || (this.#met > 0 && this.#othersNamed === 0)) return 0;
    printNote(
      `What was expected was heard ${this.#met} times, and ${this.#othersNamed} times somebody else.`,
    );
    return 1;
  }
}
