import {
  checkEnrolment,
  enrolGoal,
  enrolProgress,
  type RecordingCheck,
  type RecordingRefusal,
} from '../hearing/enrol.ts';
import { centroidsPerPerson } from '../hearing/match.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { buildVoiceGallery } from '../people/gallery.ts';
import { sha256OfFile } from '../people/import.ts';
import type { Enrolment } from '../people/store.ts';
import {
  type EnrolRecording,
  enrolRecording,
  recordingsKept,
  withoutPerson,
} from '../runtime/enrol-voices.ts';
import { voiceJoinLimits } from '../runtime/join-limits.ts';
import type { InputRecording } from '../runtime/voice-input.ts';
import type { VoiceSession } from '../runtime/voice-session.ts';
import { audit } from './audit.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { askConsent, consentJson, consentOptions, enrolName, Refusals } from './enrol-asks.ts';
import { anywayOption, refuseHarm } from './enrol-join.ts';
import { openPeople } from './import-notes.ts';
import { printJson, printLine, printNote } from './output.ts';
import { Progress } from './progress.ts';
import { openVoiceSession, recordingError } from './voices-hear.ts';
import { refuseAnother, refuseOthers } from './voices-one-person.ts';
import { readAloud, reading } from './voices-read-aloud.ts';
import { inputOptions, readVoiceTask, secondsOption } from './voices-session.ts';
import { plural } from './words.ts';

export const enrol: Command = {
  name: 'enrol',
  summary: 'add a person, from recordings of one voice',
  positionals: 'enrol NAME',
  options: { ...inputOptions, ...secondsOption, ...consentOptions, ...anywayOption },
  notes: [
    `Wanted are ${enrolGoal.voicedMs / 1000} to 30 seconds of speech in ${enrolGoal.recordings} recordings or more, some of it calm and some of it raised;`,
    'less works less well. A microphone asks for sentences to be read aloud and shows how far it is. Each recording must',
    'hold one voice alone, not clipped and well above the noise. A name that is known gets the recordings added. No',
    'recording is kept, only numbers, unless [people] keep_originals says so.',
    'Exit 1 when the microphone heard nothing usable or consent was not given, 2 when the recordings cannot be used.',
  ].join('\n'),
  run: enrolVoice,
};

async function enrolVoice(invocation: Invocation): Promise<ExitCode> {
  const { options, signal } = invocation;
  const name = enrolName(invocation, 'vigil voices enrol NAME --input FILE');
  const task = await readVoiceTask(invocation);
  using store = openPeople(task);
  const { keepOriginals } = task.config.people;
  const asked = await askConsent(invocation, store, { name, kind: 'voice', keepOriginals });
  if (asked === undefined) return 1;
  const { consent, before } = asked;

  await using session = await openVoiceSession(task, signal);
  const recordings =
    session.input.kind === 'microphone'
      ? await readAloud(session, task, signal)
      : await fromFiles(session, keepOriginals, signal);
  const [first, ...others] = recordings;
  if (first === undefined) return 1;
  if (before !== undefined) refuseAnother(store, before, first);
  const samples = [first.sample, ...others.map(({ sample }) => sample)] as const;
  const models = await session.models('all', signal);
  const limits = voiceLimits(models.match, task.config.hearing);
  refuseHarm({
    ...{ store, before, samples, perSample: centroidsPerPerson },
    limits: voiceJoinLimits(limits),
    anyway: options.anyway === true,
  });
  const enrolled = store.enrol({ name, consent, samples });
  audit(task.stateDirectory, 'enrolled', enrolled.person.subjectId);
  const gallery = buildVoiceGallery(store, models.pipelineId, centroidsPerPerson);
  const { subjectId } = enrolled.person;
  const kept = recordingsKept(store.samples(subjectId), models);
  const checks = checkEnrolment(kept, withoutPerson(gallery, subjectId), limits);
  tellEnrolled({ enrolled, recordings, kept, checks, names: gallery.names, json: options.json === true });
  return 0;
}

/** Every recording of the files that can be used. Throws UsageError when there is none, or of different people. */
async function fromFiles(
  session: VoiceSession,
  keepOriginals: boolean,
  signal: AbortSignal,
): Promise<EnrolRecording[]> {
  const { input } = session;
  const total = input.kind === 'recordings' ? input.paths.length + input.problems.length : undefined;
  const models = await session.models('all', signal);
  const accepted: EnrolRecording[] = [];
  const contents = new Set<string>();
  const refusals = new Refusals();
  const progress = new Progress('recordings', total);
  let looked = 0;
  try {
    for await (const item of session.recordings(reading(), signal)) {
      const path = item.kind === 'recording' ? item.input : item.path;
      progress.update(looked++, path);
      const result =
        item.kind === 'recording' ? await tryFile({ ...item, keepOriginals }, models, signal) : item.message;
      if (typeof result === 'string' || 'problem' in result) {
        progress.end();
        if (typeof result !== 'string') refusals.count(result.problem, result.reason);
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
  { input, sound, keepOriginals }: InputRecording & { readonly keepOriginals: boolean },
  models: WorkerVoiceModels,
  signal: AbortSignal,
): Promise<EnrolRecording | RecordingRefusal | string> {
  try {
    const contentSha256 = await sha256OfFile(input, signal);
    const provenance = { source: 'file', path: input, contentSha256 } as const;
    return await enrolRecording({ input, sound, provenance, keepOriginals }, models, signal);
  } catch (error) {
    return recordingError(error, input, signal);
  }
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
