import {
  checkEnrolment,
  enrolGoal,
  enrolProgress,
  type RecordingCheck,
  type RecordingRefusal,
} from '../hearing/enrol.ts';
import { centroidsPerPerson } from '../hearing/match.ts';
import { VoiceActivityRhythm } from '../hearing/rhythm.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { consentScope } from '../people/consent.ts';
import { buildVoiceGallery } from '../people/gallery.ts';
import { sha256OfFile } from '../people/import.ts';
import type { Person } from '../people/person.ts';
import type { Enrolment, PeopleStore } from '../people/store.ts';
import {
  contentOf,
  type EnrolRecording,
  enrolRecording,
  likenessOf,
  recordingsKept,
  withoutPerson,
} from '../runtime/enrol-voices.ts';
import type { InputRecording } from '../runtime/voice-input.ts';
import type { VoiceSession } from '../runtime/voice-session.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { askConsent, consentJson, consentOptions, enrolName, knownBefore } from './enrol-asks.ts';
import { openPeople } from './import-notes.ts';
import { LevelMeter } from './level-meter.ts';
import { printJson, printLine, printNote } from './output.ts';
import { Progress } from './progress.ts';
import { conditionWords, listeningTo, openVoiceSession, recordingError } from './voices-hear.ts';
import { inputOptions, readVoiceTask, secondsOption, type VoiceTask } from './voices-session.ts';
import { plural } from './words.ts';

/**
 * At a smaller cosine two recordings are certainly not one person's. A calm and a raised voice of one person can be
 * as far apart as 0.65; the voices of two people mostly have 0.5 to 0.6.
 */
const otherPersonCosine = 0.6;
/** A microphone is listened to at most this long, unless --seconds says otherwise. */
const guidedLimitMs = 240_000;
/** A pause of this length ends what is read aloud: longer than a breath. */
const readingGapMs = 2_000;
/** The newest speech that one reading may have. */
const readingMs = 30_000;

export const enrol: Command = {
  name: 'enrol',
  summary: 'add a person, from recordings of one voice',
  positionals: 'enrol NAME',
  options: { ...inputOptions, ...secondsOption, ...consentOptions },
  notes: [
    `Wanted are ${enrolGoal.voicedMs / 1000} to 30 seconds of speech in ${enrolGoal.recordings} recordings or more, some of it calm and some of it raised;`,
    'less works less well. A microphone asks for sentences to be read aloud and shows how far it is. Each recording must',
    'hold one voice alone, not clipped and well above the noise. A name that is known gets the recordings added. No',
    'recording is kept, only numbers.',
    'Exit 1 when the microphone heard nothing usable or consent was not given, 2 when the recordings cannot be used.',
  ].join('\n'),
  run: enrolVoice,
};

async function enrolVoice(invocation: Invocation): Promise<ExitCode> {
  const { options, signal } = invocation;
  const name = enrolName(invocation, 'vigil voices enrol NAME --input FILE');
  const task = await readVoiceTask(invocation);
  using store = openPeople(task);
  const before = knownBefore(store, name);
  const consent = await askConsent(invocation, name, consentScope(before, 'voice'));
  if (consent === undefined) return 1;

  await using session = await openVoiceSession(task, signal);
  const recordings =
    session.input.kind === 'microphone'
      ? await readAloud(session, task, signal)
      : await fromFiles(session, signal);
  const [first, ...others] = recordings;
  if (first === undefined) return 1;
  if (before !== undefined) refuseAnother(store, before, first);
  const samples = [first.sample, ...others.map(({ sample }) => sample)] as const;
  const enrolled = store.enrol({ name, consent, samples });
  const models = await session.models('all', signal);
  const limits = voiceLimits(models.match, task.config.hearing);
  const gallery = buildVoiceGallery(store, models.pipelineId, centroidsPerPerson);
  const { subjectId } = enrolled.person;
  const kept = recordingsKept(store.samples(subjectId), models);
  const checks = checkEnrolment(kept, withoutPerson(gallery, subjectId), limits);
  tellEnrolled({ enrolled, recordings, kept, checks, names: gallery.names, json: options.json === true });
  return 0;
}

/** Every recording of the files that can be used. Throws UsageError when there is none, or of different people. */
async function fromFiles(session: VoiceSession, signal: AbortSignal): Promise<EnrolRecording[]> {
  const { input } = session;
  const total = input.kind === 'recordings' ? input.paths.length + input.problems.length : undefined;
  const models = await session.models('all', signal);
  const accepted: EnrolRecording[] = [];
  const contents = new Set<string>();
  const refusals = new Refusals();
  const progress = new Progress('recordings', total);
  let looked = 0;
  try {
    for await (const item of session.recordings({ ...reading() }, signal)) {
      const path = item.kind === 'recording' ? item.input : item.path;
      progress.update(looked++, path);
      const result = item.kind === 'recording' ? await tryFile(item, models, signal) : item.message;
      if (typeof result === 'string' || 'problem' in result) {
        progress.end();
        if (typeof result !== 'string') refusals.count(result);
        printNote(typeof result === 'string' ? result : `${path}: ${result.reason}`);
        continue;
      }
      const { contentSha256 } = result.sample.provenance;
      if (contents.has(contentSha256)) continue;
      contents.add(contentSha256);
      refuseOthers(accepted, result);
      accepted.push(result);
    }
  } finally {
    progress.end();
  }
  if (accepted.length > 0) return accepted;
  throw new UsageError(
    `Nobody was enrolled: of ${plural(looked, 'recording')} none can be used${refusals.summary()}. ` +
      'Needed are some seconds of one person alone, speaking near the microphone in a quiet room.',
  );
}

async function tryFile(
  { input, sound }: InputRecording,
  models: WorkerVoiceModels,
  signal: AbortSignal,
): Promise<EnrolRecording | RecordingRefusal | string> {
  try {
    const contentSha256 = await sha256OfFile(input, signal);
    const provenance = { source: 'file', path: input, contentSha256 } as const;
    return await enrolRecording({ input, sound, provenance }, models, signal);
  } catch (error) {
    return recordingError(error, input, signal);
  }
}

/** What is to be read aloud, in which voice. Read in ten seconds or so. */
const readings = [
  {
    how: 'in your usual voice',
    text: [
      'The harbour is quiet before the first boats leave, and the gulls sit along the wall.',
      'Somebody has left a yellow bucket beside the steps; by noon it will be full of rain.',
      'I like to walk here early, when the bread is still warm.',
    ],
  },
  {
    how: 'louder, as if to somebody across the street',
    text: [
      'Wait a moment! You have forgotten your umbrella, and the weather is about to turn.',
      'The bus at nine has gone already; take the next one from the other side.',
      'Give my love to everybody at home, and call me when you get there!',
    ],
  },
  {
    how: 'in your usual voice, from two steps farther away',
    text: [
      'Eight large apples, five jars of honey and a dozen fresh eggs lie on the kitchen table.',
      'Our neighbour plays the cello on Thursdays, usually the same slow piece.',
      'When the window is open you can hear every note as far as the bridge.',
    ],
  },
] as const;

/** A rhythm that ends only with a pause. */
function reading() {
  return {
    rhythm: new VoiceActivityRhythm({
      decideAfterMs: Number.POSITIVE_INFINITY,
      utteranceGapMs: readingGapMs,
    }),
    kept: { speechMs: readingMs },
  };
}

/** Asks for sentences to be read aloud until there is enough speech. What is usable by the end is given. */
async function readAloud(
  session: VoiceSession,
  task: VoiceTask,
  signal: AbortSignal,
): Promise<EnrolRecording[]> {
  const models = await session.models('all', signal);
  const accepted: EnrolRecording[] = [];
  const refusals = new Refusals();
  const meter = new LevelMeter();
  const facts = () => accepted.map(({ recording }) => recording);
  const ask = () => {
    const wanted = readings[accepted.length % readings.length];
    if (wanted === undefined) return;
    printNote(`\nPlease read this aloud, ${wanted.how}, and then pause:\n`);
    for (const line of wanted.text) printNote(`    ${line}`);
    printNote('');
  };
  const limitMs = task.limitMs ?? guidedLimitMs;
  try {
    const news = session.listen(
      {
        ...reading(),
        limitMs,
        onOpened(microphone) {
          printNote(listeningTo(microphone));
          ask();
        },
        onMeter(heard) {
          const { voicedMs } = enrolProgress(facts());
          const gathered = ((voicedMs + heard.voicedMs) / 1000).toFixed(0);
          meter.show(heard, `${gathered} of ${enrolGoal.voicedMs / 1000} s`);
        },
      },
      signal,
    );
    for await (const heard of news) {
      meter.clear();
      if (heard.kind === 'condition') printNote(conditionWords[heard.condition]);
      if (heard.kind === 'overrun') printNote('sound was lost: this machine is too busy');
      if (heard.kind !== 'speech') continue;
      const { sound } = heard;
      const input = session.input.kind === 'microphone' ? session.input.microphone.name : '';
      const provenance = {
        source: 'microphone',
        microphone: input,
        contentSha256: contentOf(sound),
      } as const;
      const result = await enrolRecording({ input, sound, provenance }, models, signal);
      if ('problem' in result) {
        refusals.count(result);
        printNote(`Not used: ${result.reason}.`);
      } else {
        refuseOthers(accepted, result);
        accepted.push(result);
      }
      const { share, advice } = enrolProgress(facts());
      printNote(`${Math.floor(100 * share)} %: ${advice}`);
      if (share >= 1) break;
      ask();
    }
  } finally {
    meter.clear();
  }
  if (accepted.length === 0) {
    printNote(`Nobody was enrolled: no usable speech within ${limitMs / 1000} s${refusals.summary()}.`);
  }
  return accepted;
}

/** Why recordings were not used, each reason once with its count and its newest numbers. */
class Refusals {
  readonly #reasons = new Map<string, { count: number; reason: string }>();

  count({ problem, reason }: RecordingRefusal): void {
    this.#reasons.set(problem, { count: (this.#reasons.get(problem)?.count ?? 0) + 1, reason });
  }

  summary(): string {
    const parts = [...this.#reasons].map(
      ([problem, { count, reason }]) => `${count} x ${problem}: ${reason}`,
    );
    return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
  }
}

/** Throws UsageError as soon as two recordings are not one person's. */
function refuseOthers(accepted: readonly EnrolRecording[], next: EnrolRecording): void {
  for (const earlier of accepted) {
    const likeness = likenessOf(earlier.sample, next.sample);
    if (likeness >= otherPersonCosine) continue;
    throw new UsageError(
      `Nobody was enrolled: ${earlier.input} and ${next.input} are of different people ` +
        `(cosine ${likeness.toFixed(2)}, at least ${otherPersonCosine}). Give recordings of one person.`,
    );
  }
}

/** Under a known name another person's voice would spoil both. */
function refuseAnother(store: PeopleStore, person: Person, first: EnrolRecording): void {
  const { pipelineId } = first.sample;
  const known = store
    .samples(person.subjectId)
    .filter((sample) => sample.kind === 'voice' && sample.pipelineId === pipelineId);
  const likeness = Math.max(...known.map((sample) => likenessOf(sample, first.sample)));
  if (known.length === 0 || likeness >= otherPersonCosine) return;
  throw new UsageError(
    `Nothing was added: this is not the voice that is known as ${person.name} (cosine ${likeness.toFixed(2)}, ` +
      `at least ${otherPersonCosine}). Use another name, or erase the old one: vigil people forget "${person.name}"`,
  );
}

interface Told {
  readonly enrolled: Enrolment;
  readonly recordings: readonly EnrolRecording[];
  /** All of the person's recordings, the new ones last, and how each fits the others. */
  readonly kept: ReturnType<typeof recordingsKept>;
  readonly checks: readonly RecordingCheck[];
  readonly names: ReadonlyMap<string, string>;
  readonly json: boolean;
}

function tellEnrolled({ enrolled, recordings, kept, checks, names, json }: Told): void {
  const { person, isNew } = enrolled;
  const nearest = new Map<string, number>();
  for (const { confusableWith } of checks) {
    if (confusableWith === null) continue;
    const name = names.get(confusableWith.subjectId) ?? confusableWith.subjectId;
    nearest.set(name, Math.max(nearest.get(name) ?? 0, confusableWith.score));
  }
  const confusable = [...nearest].map(([name, score]) => ({ name, score: Number(score.toFixed(6)) }));
  for (const { name, score } of confusable) {
    printNote(
      `${person.name} and ${name} can be taken for each other (cosine ${score.toFixed(3)}): give more recordings of both.`,
    );
  }
  for (const { score, threshold } of checks) {
    if (score === null || score >= threshold) continue;
    printNote(
      `A recording fits the others at ${score.toFixed(3)} only, under ${threshold.toFixed(3)}: ` +
        'more recordings of the same kind make it known.',
    );
  }
  const { share, advice, voicedMs } = enrolProgress(kept);
  const samples = kept.length;
  if (json) {
    printJson({
      name: person.name,
      subjectId: person.subjectId,
      isNew,
      samples,
      voicedS: Number((voicedMs / 1000).toFixed(3)),
      share: Number(share.toFixed(3)),
      recordings: recordings.map(({ input, sample }) => ({ input, quality: sample.quality })),
      consent: consentJson(person.consent),
      confusable,
    });
    return;
  }
  printLine(`${isNew ? 'Enrolled' : 'Added to'} ${person.name}: ${plural(recordings.length, 'recording')}`);
  for (const { input, recording } of recordings) {
    const { voicedMs, levelDbfs, speechToPauseDb } = recording;
    const noise = speechToPauseDb === null ? '' : `, ${speechToPauseDb.toFixed(0)} dB over the pauses`;
    printLine(
      `  ${input}: ${(voicedMs / 1000).toFixed(1)} s of speech, ${levelDbfs.toFixed(0)} dB of full scale${noise}`,
    );
  }
  if (share < 1) {
    printNote(
      `${person.name} is known by ${(voicedMs / 1000).toFixed(0)} s of speech in ${plural(samples, 'recording')}, ` +
        `${Math.floor(100 * share)} % of what is good: ${advice}. vigil voices enrol "${person.name}" adds to it.`,
    );
  }
  printNote('Try it: vigil voices listen, or start the device: vigil run');
}
