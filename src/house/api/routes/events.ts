import { z } from 'zod';
import { type JournalEntry, wholeEntry } from '../../../journal/entry.ts';
import { type HouseEvent, houseEventSchema } from '../../event.ts';
import { withName } from '../../people-known.ts';
import { happeningOf } from '../../reporter.ts';
import { eventStream } from '../event-stream.ts';
import { type LiveEvents, mostListeners } from '../live-events.ts';
import { Problem } from '../problem.ts';
import { type Route, route } from '../route.ts';
import type { Stores } from '../stores.ts';

const digits = (most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(most));
const kinds = ['decision', 'visit', 'output', 'door', 'fault', 'mode'] as const;
const person = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

const querySchema = z.strictObject({
  kind: z
    .enum(kinds)
    .optional()
    .describe('Grants and refusals; visits that ended; outputs; the door; faults; states.'),
  person: person.optional(),
  before: digits(Number.MAX_SAFE_INTEGER).optional().describe('`next` of the page before.'),
  limit: digits(200).default(50),
});

export interface EventSources {
  readonly stores: Stores;
  readonly live: LiveEvents;
  /** Whether a token still counts. */
  readonly mayListen: (request: Request) => boolean;
  /** Tells the server that an answer has no end. */
  readonly keepOpen: (request: Request) => void;
}

/** What happened, and what happens. */
export function eventRoutes({ stores, live, mayListen, keepOpen }: EventSources): Route[] {
  const names = () => new Map(stores.people.people().map(({ subjectId, name }) => [subjectId, name]));
  return [
    route(
      {
        ...{ method: 'get', path: '/api/v1/events', scope: 'status', query: querySchema, status: 200 },
        summary:
          'What happened, newest first, from the journal; with names for a token with the scope `names`',
        answer: z.strictObject({
          events: z.array(houseEventSchema.and(z.object({ name: z.string().optional() }))),
          /** To be given as `before` for what was earlier; null at the end. */
          next: z.int().nullable(),
        }),
        problems: [404],
      },
      ({ query, asker }) => {
        const entries = stores.journal.list({
          kinds: query.kind === undefined ? kinds : [query.kind],
          ...(query.person === undefined ? {} : { subjectId: query.person }),
          ...(query.before === undefined ? {} : { beforeSeq: query.before }),
          limit: query.limit,
        });
        const known = asker.scopes.includes('names') ? names() : new Map<string, string>();
        const last = entries.length < query.limit ? undefined : entries.at(-1);
        return {
          events: entries.flatMap((entry) => eventOf(entry) ?? []).map((event) => withName(event, known)),
          next: last?.seq ?? null,
        };
      },
    ),
    route(
      {
        ...{ method: 'get', path: '/api/v1/events/stream', scope: 'status', status: 200 },
        summary: 'What happens, as server-sent events; `Last-Event-ID` tells what was missed',
        ...{ answer: z.string(), answerType: 'text/event-stream' },
      },
      ({ asker, request }) => {
        if (live.listeners >= mostListeners) {
          throw new Problem(503, 'too many listen already', { 'retry-after': '10' });
        }
        keepOpen(request);
        const withNames = asker.scopes.includes('names');
        return eventStream({
          missed: live.after(request.headers.get('last-event-id')),
          listen: (listener) => live.listen(listener),
          shown: (event) => (withNames ? withName(event, names()) : event),
          mayListen: () => mayListen(request),
        });
      },
    ),
  ];
}

/** Undefined for an entry whose person was erased, or that was emptied. */
function eventOf(entry: JournalEntry): HouseEvent | undefined {
  const whole = wholeEntry(entry);
  const happening = whole === undefined ? undefined : happeningOf(whole);
  if (happening === undefined) return undefined;
  return { id: `journal-${entry.seq}`, at: new Date(entry.utcMs).toISOString(), ...happening };
}
