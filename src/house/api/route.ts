import { z } from 'zod';
import type { Asker, Scope } from '../../credentials/scopes.ts';
import { everyAnswer, Problem } from './problem.ts';

/** What a request brings, checked. */
export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly asker: Asker;
  readonly request: Request;
  /** Aborted when whoever asked is gone. */
  readonly signal: AbortSignal;
}

/** A body that is taken as it is: a picture, a recording. */
export interface BytesBody {
  readonly types: readonly string[];
  readonly mostBytes: number;
}

interface Definition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** `/api/v1/people/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** What whoever asks must be allowed; null for what anybody may know. */
  readonly scope: Scope | null;
  readonly params?: P;
  readonly query?: Q;
  readonly json?: B;
  readonly bytes?: BytesBody;
  readonly status: 200 | 201;
  readonly answer: A;
  /** Other than JSON: the handler gives a Response. */
  readonly answerType?: string;
  /** Statuses of problems that are this route's own. */
  readonly problems?: readonly number[];
}

/** A route as the server and the OpenAPI document know it. */
export interface Route extends Definition<z.ZodType, z.ZodType, z.ZodType, z.ZodType> {
  /** Answers a call whose asker may make it. Rejects with Problem. */
  answerTo(raw: RawCall): Promise<Response>;
}

export interface RawCall {
  readonly params: Readonly<Record<string, string>>;
  readonly request: Request;
  readonly asker: Asker;
}

const mostJsonBytes = 16_384;
const nothing = z.strictObject({});

/** A route: its definition, and what it does with a call whose parts have been checked by it. */
export function route<
  A extends z.ZodType,
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = z.ZodUndefined,
>(
  definition: Definition<P, Q, B, A>,
  handle: (
    call: Call<z.output<P>, z.output<Q>, B extends z.ZodUndefined ? Uint8Array : z.output<B>>,
  ) => Promise<z.input<A> | Response> | z.input<A> | Response,
): Route {
  const { params, query, json, bytes, status, answer } = definition;
  return {
    ...definition,
    async answerTo({ params: given, request, asker }) {
      const url = new URL(request.url);
      const call = {
        params: checked(params ?? nothing, given, 'path'),
        query: checked(query ?? nothing, single(url.searchParams), 'query'),
        body: await bodyOf(request, json, bytes),
        ...{ asker, request, signal: request.signal },
      };
      // The parts were checked by the very schemas that the types are of.
      const answered = await handle(call as Parameters<typeof handle>[0]);
      if (answered instanceof Response) return answered;
      return new Response(JSON.stringify(answer.parse(answered)), {
        status,
        headers: { ...everyAnswer, 'content-type': 'application/json' },
      });
    },
  };
}

function checked(schema: z.ZodType, value: unknown, where: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem(400, `${where}: ${issuesText(result.error)}`);
}

/** What is wrong, where; of what was given nothing is repeated. */
function issuesText({ issues }: z.ZodError): string {
  return issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`)
    .join('; ');
}

function single(search: URLSearchParams): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of search) {
    if (Object.hasOwn(values, name)) throw new Problem(400, 'query: a parameter is given twice');
    Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return values;
}

async function bodyOf(
  request: Request,
  json: z.ZodType | undefined,
  bytes: BytesBody | undefined,
): Promise<unknown> {
  if (json === undefined && bytes === undefined) return undefined;
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const types = bytes?.types ?? ['application/json'];
  if (!types.includes(type)) throw new Problem(415, `the body must be of ${types.join(', ')}`);
  const mostBytes = bytes?.mostBytes ?? mostJsonBytes;
  const length = request.headers.get('content-length');
  if (length === null) throw new Problem(411, 'say how long the body is (Content-Length)');
  if (!(Number(length) <= mostBytes)) throw new Problem(413, `the body may have ${mostBytes} bytes`);
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.length > mostBytes) throw new Problem(413, `the body may have ${mostBytes} bytes`);
  if (json === undefined) {
    if (body.length === 0) throw new Problem(400, 'the body is empty');
    return body;
  }
  return checked(json, parsed(body), 'body');
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Problem(400, 'the body is no JSON in UTF-8');
  }
}
