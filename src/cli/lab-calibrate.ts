import { availableParallelism } from 'node:os';
import { faceLine, nothingCalibrated } from '../decide/calibration.ts';
import type { Rate } from '../decide/rate.ts';
import { openLabFaces } from '../lab/cache/remembered-faces.ts';
import {
  calibrateFaces,
  type FaceCalibration,
  mostOf,
  type Outcome,
  type OwnedFace,
  picturesNeeded,
} from '../lab/calibrate/faces.ts';
import { calibrateVoices, type VoiceCalibration } from '../lab/calibrate/voices.ts';
import { readFaceDataset } from '../lab/dataset.ts';
import { describePictures } from '../lab/described-pictures.ts';
import { findStrangerVoices } from '../lab/voices-layout.ts';
import { PeopleStore } from '../people/store.ts';
import { galleryHash, writeCalibration } from '../runtime/calibration-file.ts';
import { matchLimits } from '../runtime/match-limits.ts';
import { storedVoices } from '../runtime/stored-voices.ts';
import { type Command, type Invocation, MissingError, UsageError } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';
import { jsonOption, stateOption } from './people-named.ts';
import { readSettings } from './settings.ts';
import { Steps } from './steps.ts';

/** `vigil lab calibrate`: what a device's own people and strangers say about its limits. */
export const calibrate: Command = {
  name: 'calibrate',
  summary: 'how often a stranger would be let in by your own people’s pictures; what preset door rests on',
  options: {
    strangers: {
      value: 'DIR',
      help: 'pictures of people who are not enrolled: a folder a person (DIR/NAME/...), or NAME.jpg',
    },
    'stranger-voices': {
      value: 'DIR',
      help: 'recordings of people who are not enrolled: one file, or one folder, each',
    },
    rate: { value: 'SHARE', help: 'the share of strangers who may be let in', default: '1/1000' },
    config: { value: 'FILE', help: 'the configuration: its models and limits are calibrated' },
    state: stateOption,
    json: jsonOption,
  },
  notes: [
    'Every own picture is compared with the mean of the person’s other ones, every stranger’s with all enrolled; each',
    'enrolled person is a stranger to the others, too. Intervals are Wilson’s, 95 %. None of n strangers let in says that',
    'at most 3 in n are (rule of three), so that a rate of 1/1000 takes 3,000 strangers to show; with fewer, preset door',
    'stays shut and this says what is missing. The result is kept in the state directory (calibration.json, numbers and ids',
    'alone) and is used from the next start on, until the people or the models change. Of strangers nothing is kept.',
  ].join('\n'),

  async run(invocation) {
    const { options, signal } = invocation;
    const wantedRate = rateOption(invocation);
    const voiceFolder = options['stranger-voices'];
    const strangerVoices = typeof voiceFolder === 'string' ? await findStrangerVoices(voiceFolder) : [];
    const { config, stateDirectory } = await readSettings(invocation, {});
    using store = PeopleStore.open({
      directory: stateDirectory,
      wallClock: { nowUtcMs: () => Date.now() },
    });
    const nobody = 'nobody is enrolled by these models: vigil faces enrol NAME, then again';
    if (store.people().length === 0) throw new MissingError(nobody);
    const steps = new Steps();
    try {
      await using faces = await openLabFaces(
        { config, stateDirectory, threads: availableParallelism(), cache: undefined },
        signal,
      );
      const { pipelineId } = faces;
      const enrolled = store
        .embeddings('face', pipelineId)
        .map(({ subjectId, embedding }): OwnedFace => ({ person: subjectId, embedding }));
      if (enrolled.length === 0) throw new MissingError(nobody);
      const strangers =
        typeof options.strangers === 'string'
          ? await strangerFaces(options.strangers, faces.describers, steps, signal)
          : [];
      const limits = matchLimits(config, faces);
      const modelLine = faceLine(nothingCalibrated, pipelineId, faces.match.threshold);
      const result = calibrateFaces({ enrolled, strangers, limits, wantedRate, modelLine });
      const nameOf = (subjectId: string) => store.nameOf(subjectId) ?? subjectId;
      const missing = missingFor(result, wantedRate);
      const compared = await storedVoices(store, { config, stateDirectory }, strangerVoices, signal);
      const voices =
        compared === null ? null : calibrateVoices(compared.recordings, compared.strangers, compared.limits);
      for (const path of compared?.speechless ?? [])
        printNote(`${path} has too little speech and is left out`);
      if (compared === null && strangerVoices.length > 0) {
        printNote('nobody’s voice is known, and so no stranger’s was compared: vigil voices enrol NAME');
      }
      await writeCalibration(stateDirectory, {
        v: 1,
        madeUtcMs: Date.now(),
        faces: {
          pipelineId,
          gallerySha256: galleryHash(store, 'face', pipelineId),
          people: result.people,
          strangers: result.strangers.people,
          wantedRate,
          threshold: result.suggested.threshold,
          margin: result.suggested.margin,
          falseAccepts: result.now.falseAccepts,
          falseRejects: result.now.falseRejects,
          line: result.line,
        },
        voices:
          compared === null || voices === null
            ? null
            : {
                pipelineId: compared.pipelineId,
                gallerySha256: galleryHash(store, 'voice', compared.pipelineId),
                people: voices.people,
                strangers: voices.strangers,
                falseAccepts: voices.falseAccepts,
                falseRejects: voices.falseRejects,
                line: voices.line,
                missing: [...voices.missing],
              },
        missing,
      });
      steps.end();
      if (options.json === true) printJson({ ...result, wantedRate, missing, voices });
      else
        for (const line of [...tell(result, wantedRate, missing, nameOf), ...tellVoices(voices)])
          printLine(line);
      return 0;
    } finally {
      steps.end();
    }
  },
};

/** `1/1000`, `0.001` or `0.1 %`. Throws UsageError. */
function rateOption({ options }: Invocation): number {
  const text = String(options.rate);
  const [, upper, lower] = /^\s*([\d.]+)\s*\/\s*([\d.]+)\s*$/.exec(text) ?? [];
  const [, percent] = /^\s*([\d.]+)\s*%\s*$/.exec(text) ?? [];
  const rate =
    upper !== undefined
      ? Number(upper) / Number(lower)
      : percent === undefined
        ? Number(text)
        : Number(percent) / 100;
  if (rate >= 1e-6 && rate <= 0.5) return rate;
  throw new UsageError(`--rate takes a share from 1/1000000 to 1/2, as 1/1000 or 0.1 %, not '${text}'`);
}

/** The face of each stranger's pictures. Pictures without one are counted and said. */
async function strangerFaces(
  directory: string,
  describers: Parameters<typeof describePictures>[1],
  steps: Steps,
  signal: AbortSignal,
): Promise<OwnedFace[]> {
  const dataset = await readFaceDataset(directory, signal);
  for (const remark of dataset.remarks) printNote(remark);
  const paths = dataset.people.flatMap(({ pictures }) => pictures.map(({ path }) => path));
  const { bySha256, problems } = await describePictures(
    paths,
    describers,
    (done, total) => steps.update('looking at strangers', done, total),
    signal,
  );
  for (const problem of problems.values()) printNote(problem);
  let faceless = 0;
  const faces = dataset.people.flatMap(({ person, pictures }) =>
    pictures.flatMap(({ sha256 }): OwnedFace[] => {
      const middle = bySha256.get(sha256)?.middle;
      if (middle === undefined) faceless++;
      return middle === undefined ? [] : [{ person, embedding: middle.embedding }];
    }),
  );
  if (faceless > 0) printNote(`${faceless} pictures of strangers have no face and are left out`);
  return faces;
}

function tellVoices(voices: VoiceCalibration | null): string[] {
  if (voices === null) return [];
  const { people, recordings, strangers, falseAccepts, falseRejects, confused, line, missing } = voices;
  return [
    '',
    `voices: ${people} people with ${recordings} recordings, ${strangers} strangers, limits in force`,
    `  strangers let in          ${tellRate(falseAccepts)}`,
    `  own recordings not named  ${tellRate(falseRejects)}`,
    `  named as somebody else    ${tellRate(confused)}`,
    line === null
      ? 'weight of a voice: the default model’s stays in force'
      : `weight of a voice: even at ${line.evenAt.toFixed(3)} above the model’s threshold, ${line.bansPerUnit.toFixed(1)} bans a unit, ` +
        `from ${line.leastBans.toFixed(1)} to ${line.mostBans.toFixed(1)}`,
    ...missing.map((sentence) => `  ${sentence}`),
  ];
}

/** What there is too little of to open a door by, in sentences without names. */
function missingFor(result: FaceCalibration, wantedRate: number): string[] {
  const { thin, shown, strangersNeeded, suggested, line, now } = result;
  const compared = suggested.falseAccepts.of;
  const asOneIn = `1 in ${Math.round(1 / wantedRate)}`;
  return [
    ...(thin.length === 0
      ? []
      : [`${thin.length} of ${result.people} people have fewer than ${picturesNeeded} pictures`]),
    ...(shown
      ? []
      : [
          `${compared} strangers cannot show that at most ${asOneIn} is let in: that takes ${strangersNeeded} of whom none is, or more`,
        ]),
    ...(line === null ? ['own pictures are not nearer than those of strangers, or there are too few'] : []),
    ...(suggested.threshold < now.threshold || suggested.margin > now.margin
      ? [
          `under the limits in force more strangers than ${asOneIn}, or somebody else, would be let in: set vision.threshold and vision.margin as suggested`,
        ]
      : []),
  ];
}

function tell(
  result: FaceCalibration,
  wantedRate: number,
  missing: readonly string[],
  nameOf: (subjectId: string) => string,
): string[] {
  const { people, pictures, strangers, now, suggested, byPeople, confusable, thin, line } = result;
  const changed = suggested.threshold !== now.threshold || suggested.margin !== now.margin;
  return [
    `${people} people with ${pictures} pictures; ${strangers.people} strangers with ${strangers.pictures}`,
    '',
    ...tellOutcome('limits in force', now),
    ...(changed ? ['', ...tellOutcome('suggested', suggested)] : []),
    '',
    'a stranger is within the threshold of somebody, where so many people are enrolled:',
    ...byPeople.map(
      ({ people: count, falseAccepts, most }) =>
        `  ${String(count).padStart(5)}  ${percent(falseAccepts)}, at most ${percent(most)}`,
    ),
    '',
    ...(line === null
      ? []
      : [
          `weight of a face: even at distance ${line.evenAt.toFixed(3)}, ${line.bansPerUnit.toFixed(1)} bans a unit, ` +
            `from ${line.leastBans.toFixed(1)} to ${line.mostBans.toFixed(1)}`,
        ]),
    ...confusable.map(
      ({ person, other, distance }) =>
        `confusable: ${nameOf(person)} and ${nameOf(other)}, ${distance.toFixed(3)} apart`,
    ),
    ...(thin.length === 0
      ? []
      : [`fewer than ${picturesNeeded} pictures: ${thin.map(nameOf).join(', ')} (vigil faces enrol NAME)`]),
    '',
    missing.length === 0
      ? `enough for preset door, at ${percent(wantedRate)}; used from the next start on`
      : 'not enough for preset door:',
    ...missing.map((sentence) => `  ${sentence}`),
  ];
}

function tellOutcome(what: string, outcome: Outcome): string[] {
  const { threshold, margin, falseAccepts, falseRejects, confused } = outcome;
  return [
    `${what}: threshold ${threshold.toFixed(4)}, margin ${margin.toFixed(4)}`,
    `  strangers let in          ${tellRate(falseAccepts)}${falseAccepts.count === 0 && falseAccepts.of > 0 ? `; rule of three: at most ${percent(mostOf(falseAccepts))}` : ''}`,
    `  own pictures not named    ${tellRate(falseRejects)}`,
    `  named as somebody else    ${tellRate(confused)}`,
  ];
}

function tellRate({ count, of, low, high }: Rate): string {
  return of === 0 ? 'none to count' : `${count} of ${of} (${percent(low)} to ${percent(high)})`;
}

function percent(share: number): string {
  return Number.isNaN(share) ? 'not known' : `${Number((100 * share).toPrecision(2))} %`;
}
