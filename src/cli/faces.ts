import { didYouMean } from '../config/nearest.ts';
import { nameKey } from '../people/names.ts';
import { detectFaces, embedFaces, type LookedFace, recogniseFaces } from '../runtime/face-looks.ts';
import type { Command, CommandGroup } from './command.ts';
import { enrol } from './faces-enrol.ts';
import { type FaceCommand, lookAtInput } from './faces-look.ts';
import { knownPeople } from './faces-people.ts';
import { inputOptions } from './faces-session.ts';
import { printNote } from './output.ts';

const saveOption = {
  value: 'DIR',
  help: 'write annotated pictures here; of a video or a camera, one whenever something else is decided',
} as const;

const common = [
  'A folder is searched with all its folders; a picture that cannot be read is said and stops nothing. Exit 0 when at',
  'least one picture was looked at, 2 when none could be, 3 when a camera, ffmpeg or a model is missing.',
  'Boxes and landmarks are pixels of a picture of widthPx x heightPx; one larger than 4096 px is shrunk first, and',
  'originalWidthPx and originalHeightPx then say from what.',
].join('\n');

const detect: Command = {
  name: 'detect',
  summary: 'every face: where it is, how good it is',
  options: { ...inputOptions, save: saveOption },
  notes: `The decision is \`usable\`, or what keeps the face from being recognised.\n${common}`,
  run: (invocation) => lookAtInput(detecting, invocation),
};

const recognise: Command = {
  name: 'recognise',
  summary: 'who it is, with the distances to the nearest two people',
  options: {
    ...inputOptions,
    save: saveOption,
    dataset: {
      value: 'DIR',
      help: 'pictures named after people, taken in first; default from the configuration',
    },
    expect: { value: 'NAME', help: 'exit 1 unless this person is named; `unknown`: unless nobody is' },
  },
  notes: [
    'A face is `known`, `unknown`, `unsure` (two people are too near each other, or too few frames), or not good enough',
    'to be compared. Distances are squared L2 of unit vectors.',
    '--expect NAME is met by pictures when each has a face that is known as NAME, by a video or a camera when one frame',
    'has. --expect unknown wants an unknown face, and nobody named beside it. A picture that cannot be read meets nothing.',
    common,
  ].join('\n'),
  run: (invocation) => lookAtInput(recognising, invocation),
};

const embed: Command = {
  name: 'embed',
  summary: 'every face as numbers, whatever its quality',
  options: { ...inputOptions, save: saveOption },
  notes: `With --json the whole embedding, of unit length, and the id of the pipeline it came from.\n${common}`,
  run: (invocation) => lookAtInput(embedding, invocation),
};

/** `vigil faces`: what the face pipeline makes of a picture, a folder, a video or a camera; and who is added. */
export const command: CommandGroup = {
  name: 'faces',
  summary: 'detect, recognise, embed, enrol: pictures, folders, videos, cameras',
  commands: [detect, recognise, embed, enrol],
};

const detecting: FaceCommand = {
  name: 'detect',
  columns: [
    ['SCORE', 5],
    ['EYES', 7],
    ['SHARP', 6],
    ['LIGHT', 5],
    ['DECISION', 12],
    ['WHY', 0],
  ],
  async view({ models }, task) {
    return {
      look: detectFaces(models, task.config),
      json: (face) => ({ ...measured(face), decision: face.decision, reason: face.reason }),
      cells(face) {
        if (face === undefined) return ['', '', '', '', 'no-face'];
        const { score, quality } = face.face;
        return [
          score.toFixed(2),
          `${quality.eyeDistancePx.toFixed(0)} px`,
          quality.sharpness.toFixed(0),
          quality.brightness.toFixed(0),
          face.decision,
          face.reason ?? '',
        ];
      },
      label: scoreLabel,
    };
  },
};

const recognising: FaceCommand = {
  name: 'recognise',
  columns: [
    ['DECISION', 12],
    ['NAME', 20],
    ['DISTANCE', 8],
    ['SECOND', 20],
    ['DISTANCE', 8],
    ['WHY', 0],
  ],
  async view({ models, clock }, task, { options, signal }) {
    const gallery = await knownPeople(task, models, signal);
    const nameOf = (subjectId: string | null | undefined): string | null =>
      subjectId == null ? null : (gallery.names.get(subjectId) ?? subjectId);
    const withNames = (reason: string | null): string | null =>
      reason?.replace(/\bp_\w+/g, (subjectId) => nameOf(subjectId) ?? subjectId) ?? null;
    const expected = typeof options.expect === 'string' ? options.expect : undefined;
    if (expected !== undefined && expected !== 'unknown')
      warnUnlessKnown(expected, [...gallery.names.values()]);
    return {
      look: recogniseFaces(models, gallery, clock, task.config),
      json: (face) => ({
        ...measured(face),
        track: face.track,
        decision: face.decision,
        name: nameOf(face.match?.subjectId),
        distance: rounded(face.match?.distance, 6),
        secondName: nameOf(face.match?.secondSubjectId),
        secondDistance: rounded(face.match?.secondDistance, 6),
        reason: withNames(face.reason),
      }),
      cells: (face) =>
        face === undefined
          ? ['no-face']
          : [
              face.decision,
              nameOf(face.match?.subjectId) ?? '-',
              face.match?.distance?.toFixed(3) ?? '',
              nameOf(face.match?.secondSubjectId) ?? '-',
              face.match?.secondDistance?.toFixed(3) ?? '',
              withNames(face.reason) ?? '',
            ],
      label({ decision, match }) {
        const said = nameOf(match?.subjectId) ?? decision.replaceAll('-', ' ');
        return match?.distance == null ? said : `${said} ${match.distance.toFixed(3)}`;
      },
      ...(expected === undefined
        ? {}
        : { meets: (faces: readonly LookedFace[]) => meets(faces, expected, nameOf) }),
    };
  },
};

const embedding: FaceCommand = {
  name: 'embed',
  columns: [
    ['SCORE', 5],
    ['EYES', 7],
    ['DECISION', 12],
    ['EMBEDDING', 0],
  ],
  async view({ models }, task) {
    return {
      look: embedFaces(models, task.config),
      json: (face) => ({
        ...measured(face),
        decision: face.decision,
        reason: face.reason,
        // Nine digits give back the very same 32-bit number.
        embedding: [...(face.embedding ?? [])].map((value) => Number(value.toPrecision(9))),
        model: models.pipelineId,
      }),
      cells(face) {
        if (face === undefined) return ['', '', 'no-face'];
        const { score, quality } = face.face;
        const numbers = [...(face.embedding ?? [])];
        const first = numbers.slice(0, 4).map((value) => value.toFixed(3));
        return [
          score.toFixed(2),
          `${quality.eyeDistancePx.toFixed(0)} px`,
          face.decision,
          `${first.join(' ')} … (${numbers.length} numbers, all with --json)`,
        ];
      },
      label: scoreLabel,
    };
  },
};

function measured({ face }: LookedFace) {
  const { box, score, landmarks, quality } = face;
  return {
    box: {
      x: rounded(box.x, 2),
      y: rounded(box.y, 2),
      width: rounded(box.width, 2),
      height: rounded(box.height, 2),
    },
    score: rounded(score, 4),
    landmarks: landmarks.map(([x, y]) => [rounded(x, 2), rounded(y, 2)]),
    quality: {
      eyeDistancePx: rounded(quality.eyeDistancePx, 2),
      sharpness: rounded(quality.sharpness, 2),
      brightness: rounded(quality.brightness, 2),
      contrast: rounded(quality.contrast, 2),
      yawRatio: rounded(quality.yawRatio, 4),
      rollDeg: rounded(quality.rollDeg, 2),
      covered: rounded(quality.covered, 3),
    },
  };
}

function rounded(value: number | null | undefined, decimals: number): number | null {
  return value == null ? null : Number(value.toFixed(decimals));
}

function scoreLabel({ decision, face }: LookedFace): string {
  return `${decision === 'usable' ? 'face' : decision.replaceAll('-', ' ')} ${face.score.toFixed(2)}`;
}

function meets(
  faces: readonly LookedFace[],
  expected: string,
  nameOf: (subjectId: string | null | undefined) => string | null,
): boolean {
  const known = faces.filter(({ decision }) => decision === 'known');
  if (expected === 'unknown') {
    return known.length === 0 && faces.some(({ decision }) => decision === 'unknown');
  }
  return known.some(({ match }) => nameKey(nameOf(match?.subjectId) ?? '') === nameKey(expected));
}

function warnUnlessKnown(expected: string, names: readonly string[]): void {
  if (names.some((name) => nameKey(name) === nameKey(expected))) return;
  printNote(`Nobody is known as ${expected}${didYouMean(expected, names)}; vigil people list shows all.`);
}
