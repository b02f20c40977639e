import { buildGallery, confusablePairs } from '../people/gallery.ts';
import type { Person } from '../people/person.ts';
import type { Enrolment, PeopleStore } from '../people/store.ts';
import { type EnrolCandidate, enrolCandidate, type NotEnrolled } from '../runtime/enrol-pictures.ts';
import type { FaceSession } from '../runtime/face-session.ts';
import { faceJoinLimits } from '../runtime/join-limits.ts';
import { matchLimits } from '../runtime/match-limits.ts';
import { BestFrames, framesWanted, GuidedFrames } from '../vision/enrol-frames.ts';
import { distanceBetween } from '../vision/match.ts';
import { defaultSeeOptions } from '../vision/see.ts';
import { audit } from './audit.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { askConsent, consentJson, consentOptions, enrolName, Refusals } from './enrol-asks.ts';
import { anywayOption, refuseHarm } from './enrol-join.ts';
import { type FaceTask, inputOptions, openTask, readTask } from './faces-session.ts';
import { openPeople } from './import-notes.ts';
import { printJson, printLine, printNote } from './output.ts';
import { Progress } from './progress.ts';
import { plural } from './words.ts';

/** Farther than this apart, two faces are certainly not one person's. */
const otherPersonDistance = defaultSeeOptions.replaceDistance;
/** Two frames of a video that are nearer in time show the same. */
const videoGapMs = 500;
/** A camera is looked through at most this long, unless --seconds says otherwise. */
const cameraLimitMs = 60_000;

export const enrol: Command = {
  name: 'enrol',
  summary: 'add a person, from the best pictures of one face',
  positionals: 'enrol NAME',
  options: {
    ...inputOptions,
    ...consentOptions,
    ...anywayOption,
  },
  notes: [
    'Takes up to three pictures: of a folder or a video the best ones, of a camera one straight and one to each side.',
    'Best is by detector score (which counts twice), eye distance, sharpness and pose. Each must show one face and keep',
    'the limits of enrolment, which are stricter than those of recognition. One picture works; three, taken on different',
    'days, work far better. A name that is known gets the pictures added. No picture is kept, only numbers, unless',
    '[people] keep_originals says so.',
    'Exit 1 when the camera saw no good face or consent was not given, 2 when the pictures cannot be used.',
  ].join('\n'),
  run: enrolPerson,
};

async function enrolPerson(invocation: Invocation): Promise<ExitCode> {
  const { options, signal } = invocation;
  const name = enrolName(invocation, 'vigil faces enrol NAME --input FILE');
  const task = await readTask(invocation);
  using store = openPeople(task);
  const { keepOriginals } = task.config.people;
  const asked = await askConsent(invocation, store, { name, kind: 'face', keepOriginals });
  if (asked === undefined) return 1;
  const { consent, before } = asked;

  await using session = await openTask(task, signal);
  const frames = await bestFrames(session, task, signal);
  const [first, ...others] = frames;
  if (first === undefined) return 1;
  const samples = [first.sample, ...others.map(({ sample }) => sample)] as const;
  const limits = faceJoinLimits(matchLimits(task.config, session.models));
  refuseHarm({ store, before, samples, limits, perSample: 1, anyway: options.anyway === true });
  const enrolled = store.enrol({ name, consent, samples });
  audit(task.stateDirectory, 'enrolled', enrolled.person.subjectId);
  const { models } = session;
  await tellEnrolled({ store, enrolled, before, frames, task, models, json: options.json === true }, signal);
  return 0;
}

/** The frames to enrol, best first; empty when a camera saw none. Throws UsageError when pictures hold none. */
async function bestFrames(
  session: FaceSession,
  task: FaceTask,
  signal: AbortSignal,
): Promise<readonly EnrolCandidate[]> {
  const { input } = session;
  const { keepOriginals } = task.config.people;
  if (input.kind === 'camera') return await guidedFrames(session, task, signal);
  const isVideo = input.kind === 'video';
  const best = new BestFrames<EnrolCandidate>(isVideo ? videoGapMs : 0);
  const contents = new Set<string>();
  const refusals = new Refusals();
  const person = new OnePerson();
  const progress = new Progress(isVideo ? 'frames' : 'pictures', isVideo ? undefined : input.paths.length);
  let looked = 0;
  try {
    for await (const item of session.pictures(signal)) {
      if (item.kind === 'problem') {
        progress.end();
        printNote(item.message);
        continue;
      }
      if (item.timestampMs >= task.limitMs) break;
      progress.update(looked++, item.input);
      const result = await enrolCandidate(item, { ...session, keepOriginals }, signal);
      if ('rank' in result) {
        person.check(result);
        const { contentSha256 } = result.sample.provenance;
        if (!contents.has(contentSha256)) best.offer(result);
        contents.add(contentSha256);
      } else {
        refusals.count(result.reason, result.message);
        if (input.kind === 'pictures' && input.folder !== undefined) {
          progress.end();
          printNote(`${item.input}: ${result.message}`);
        }
      }
    }
  } finally {
    progress.end();
  }
  const frames = best.frames();
  if (frames.length === 0) {
    const what = isVideo ? plural(looked, 'frame') : plural(looked, 'picture');
    throw new UsageError(
      `Nobody was enrolled: of ${what} none can be used${refusals.summary()}. ` +
        'Needed is one person alone, near, upright and looking at the camera, in even light. ' +
        'vigil faces detect shows what is seen.',
    );
  }
  return frames;
}

async function guidedFrames(
  session: FaceSession,
  task: FaceTask,
  signal: AbortSignal,
): Promise<readonly EnrolCandidate[]> {
  const { keepOriginals } = task.config.people;
  const guided = new GuidedFrames<EnrolCandidate>();
  const refusals = new Refusals();
  const person = new OnePerson();
  const limitMs = Number.isFinite(task.limitMs) ? task.limitMs : cameraLimitMs;
  let said = '';
  let saidAtMs = Number.NEGATIVE_INFINITY;
  for await (const item of session.pictures(signal)) {
    if (item.kind === 'problem') continue;
    const { prompt } = guided;
    if (prompt === undefined || item.timestampMs >= limitMs) break;
    const result = await enrolCandidate(item, { ...session, keepOriginals }, signal);
    const good = 'rank' in result ? { frame: result, yawRatio: result.face.quality.yawRatio } : undefined;
    if (good !== undefined) person.check(good.frame);
    guided.next(item.timestampMs, good);
    if ('message' in result) refusals.count(result.reason, result.message);
    const text = 'message' in result ? `${prompt} (${hints[result.reason]}: ${result.message})` : prompt;
    const words = 'message' in result ? `${prompt}${result.reason}` : prompt;
    // Not faster than it can be read.
    if (words !== said && item.timestampMs - saidAtMs >= 1000) {
      printNote(text);
      said = words;
      saidAtMs = item.timestampMs;
    }
  }
  if (guided.frames.length === 0) {
    printNote(`Nobody was enrolled: no good face within ${limitMs / 1000} s${refusals.summary()}.`);
  }
  return [...guided.frames].sort((a, b) => b.rank - a.rank);
}

const hints: Readonly<Record<NotEnrolled['reason'], string>> = {
  'no-face': 'nobody is there',
  'unclear-face': 'the face is not seen clearly',
  'several-faces': 'one person only',
  'too-small': 'come nearer',
  blurred: 'hold still',
  'too-dark': 'more light on the face',
  'too-bright': 'less light on the face',
  'low-contrast': 'light from the front, and a clean lens',
  turned: 'turn back a little',
  covered: 'uncover the face',
};

/** Throws UsageError as soon as two faces are not one person's. */
class OnePerson {
  #first: EnrolCandidate | undefined;

  check(candidate: EnrolCandidate): void {
    this.#first ??= candidate;
    const first = this.#first;
    const distance = distanceBetween(first.sample.embedding, candidate.sample.embedding);
    if (distance <= otherPersonDistance) return;
    throw new UsageError(
      `Nobody was enrolled: ${place(first)} and ${place(candidate)} show different people ` +
        `(distance ${distance.toFixed(2)}, at most ${otherPersonDistance}). Give pictures of one person.`,
    );
  }
}

function place({ picture: { input, frame, timestampMs } }: EnrolCandidate): string {
  return frame === 0 ? input : `${input} at ${(timestampMs / 1000).toFixed(1)} s`;
}

interface Told {
  readonly store: PeopleStore;
  readonly enrolled: Enrolment;
  readonly before: Person | undefined;
  readonly frames: readonly EnrolCandidate[];
  readonly task: FaceTask;
  readonly models: FaceSession['models'];
  readonly json: boolean;
}

async function tellEnrolled(told: Told, signal: AbortSignal): Promise<void> {
  const { store, enrolled, frames, task, json } = told;
  const { person, isNew } = enrolled;
  const samples = store.samples(person.subjectId).length;
  const gallery = buildGallery(store, frames[0]?.sample.pipelineId ?? '');
  const { threshold, margin } = matchLimits(task.config, told.models);
  const pairs = await confusablePairs(gallery, new Set([person.subjectId]), threshold + margin, signal);
  const confusable = pairs.map(({ otherSubjectId, distance }) => ({
    name: gallery.names.get(otherSubjectId) ?? otherSubjectId,
    distance: Number(distance.toFixed(6)),
  }));
  for (const other of confusable) {
    printNote(
      `${person.name} and ${other.name} can be taken for each other (distance ${other.distance.toFixed(3)}): ` +
        'give more pictures of both.',
    );
  }
  if (json) {
    printJson({
      name: person.name,
      subjectId: person.subjectId,
      isNew,
      samples,
      frames: frames.map(({ picture, face, rank }) => ({
        input: picture.input,
        frame: picture.frame,
        timestampMs: picture.timestampMs,
        score: Number(face.score.toFixed(4)),
        quality: face.quality,
        rank: Number(rank.toFixed(3)),
      })),
      consent: consentJson(person.consent),
      confusable,
    });
    return;
  }
  printLine(`${isNew ? 'Enrolled' : 'Added to'} ${person.name}: ${plural(frames.length, 'picture')}`);
  for (const frame of frames) {
    const { eyeDistancePx, sharpness, yawRatio } = frame.face.quality;
    printLine(
      `  ${place(frame)}: score ${frame.face.score.toFixed(2)}, eyes ${eyeDistancePx.toFixed(0)} px apart, ` +
        `sharpness ${sharpness.toFixed(0)}, turned ${Math.abs(yawRatio).toFixed(2)}`,
    );
  }
  if (samples < framesWanted) {
    printNote(
      `${person.name} is known by ${plural(samples, 'picture')}. Three, taken on different days, work far better: ` +
        `vigil faces enrol "${person.name}" --input …`,
    );
  }
  printNote('Try it: vigil faces recognise --input camera, or start the device: vigil run');
}
