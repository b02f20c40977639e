import { z } from 'zod';
import type { Asker } from '../../../credentials/scopes.ts';
import { faceDecisions, voiceDecisions } from '../../../decide/evidence.ts';
import { UploadError, type Uploads, UploadsBusyError } from '../../../runtime/uploads.ts';
import { Problem } from '../problem.ts';
import { type Route, route } from '../route.ts';
import type { Stores } from '../stores.ts';

/** The longest body that the API takes. */
export const mostUploadBytes = 8 * 1_048_576;

/** What it is, its content says. */
const anyBytes = 'application/octet-stream';

const cosine = z.number().nullable();
const whoSchema = z.strictObject({
  /** Who it is, or who is nearest; null where nobody is. */
  person: z.string().nullable(),
  /** For a token with the scope `names`. */
  name: z.string().optional(),
  /** How alike they are: 1 is the same. */
  score: cosine,
  secondPerson: z.string().nullable(),
  secondName: z.string().optional(),
  secondScore: cosine,
});

const faceSchema = whoSchema.extend({
  decision: z.enum([...faceDecisions, 'usable']),
  reason: z.string().nullable(),
  box: z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
});

const voiceSchema = whoSchema.extend({
  decision: z.enum(voiceDecisions),
  reason: z.string(),
  /** The speech that it rests on. */
  voicedS: z.number(),
});

/** Who is in a picture, whose voice is in a recording. Nothing of what was sent is kept. */
export function recogniseRoutes(uploads: Uploads, stores: Stores): Route[] {
  /** What a person is called by whoever asks. */
  const namesFor = ({ scopes }: Asker) => {
    const may = scopes.includes('names');
    return (field: 'name' | 'secondName', person: string | null) => {
      const name = may && person !== null ? stores.people.nameOf(person) : undefined;
      return name === undefined ? {} : { [field]: name };
    };
  };
  return [
    route(
      {
        ...{ method: 'post', path: '/api/v1/recognise', scope: 'recognise', status: 200, problems: [422] },
        summary: 'Who is in a picture',
        bytes: { types: ['image/jpeg', 'image/png', 'image/webp', anyBytes], mostBytes: mostUploadBytes },
        answer: z.strictObject({ widthPx: z.int(), heightPx: z.int(), faces: z.array(faceSchema) }),
      },
      async ({ body, asker }) => {
        const { widthPx, heightPx, faces } = await handled(uploads.recognise(body, stores.people));
        const nameOf = namesFor(asker);
        return {
          ...{ widthPx, heightPx },
          faces: faces.map(({ face, decision, reason, match }) => {
            const [person, secondPerson] = [match?.subjectId ?? null, match?.secondSubjectId ?? null];
            return {
              ...{ decision, reason, box: face.box, person, secondPerson },
              ...nameOf('name', person),
              ...nameOf('secondName', secondPerson),
              score: cosineOf(match?.distance ?? null),
              secondScore: cosineOf(match?.secondDistance ?? null),
            };
          }),
        };
      },
    ),
    route(
      {
        ...{ method: 'post', path: '/api/v1/identify', scope: 'recognise', status: 200, problems: [422] },
        summary: 'Whose voice is in a recording of at most a minute',
        bytes: {
          types: ['audio/wav', 'audio/x-wav', 'audio/flac', 'audio/ogg', 'audio/mpeg', anyBytes],
          mostBytes: mostUploadBytes,
        },
        answer: voiceSchema,
      },
      async ({ body, asker }) => {
        const heard = await handled(uploads.identify(body, stores.people));
        const { decision, reason, subjectId: person, secondSubjectId: secondPerson } = heard;
        const nameOf = namesFor(asker);
        return {
          ...{ decision, reason, person, secondPerson, score: heard.score, secondScore: heard.secondScore },
          ...nameOf('name', person),
          ...nameOf('secondName', secondPerson),
          voicedS: heard.voicedMs / 1_000,
        };
      },
    ),
  ];
}

async function handled<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UploadError) throw new Problem(422, error.message);
    const busy = error instanceof UploadsBusyError;
    throw new Problem(
      503,
      busy ? 'others wait already; again in some seconds' : 'the models cannot be used now: see vigil doctor',
      { 'retry-after': busy ? '3' : '30' },
    );
  }
}

/** Of unit vectors the squared distance is twice what the cosine lacks to 1. */
function cosineOf(distance: number | null): number | null {
  return distance === null ? null : 1 - distance / 2;
}
