import type { Clock } from '../../../hal/contract/clock.ts';
import type { Credentials } from '../../credentials/credentials.ts';
import { CredentialsError } from '../../credentials/errors.ts';
import type { Asker } from '../../credentials/scopes.ts';
import { JournalError } from '../../journal/errors.ts';
import { PeopleStoreError } from '../../people/errors.ts';
import { RequestRate } from '../../runtime/interface/request-rate.ts';
import { Counts, type MetricFamily } from '../metrics/family.ts';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';

/** Of everybody together, so that the thread of the page has time for pages. */
const rateOfAll = { atOnce: 400, perSecond: 200 };
const rateOfOne = { atOnce: 60, perSecond: 20 };
/** Whoever guesses is slowed down; whoever has a token is not. */
const rateOfGuesses = { atOnce: 20, perSecond: 1 };
/** Tokens whose rate is remembered; the oldest goes. */
const mostAskers = 256;

export interface ApiOptions {
  readonly routes: readonly Route[];
  readonly bearer: Credentials['bearer'];
  /** Time that is never set: rates must not depend on the time of day. */
  readonly clock: Pick<Clock, 'nowMs'>;
}

interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Answers programs: who they are, whether they may, how often, and which route it is. Never rejects. */
export class Api {
  readonly #options: ApiOptions;
  readonly #all: RequestRate;
  readonly #guesses: RequestRate;
  readonly #rates = new Map<string, RequestRate>();
  readonly #requests = new Counts('vigil_api_requests_total', 'Requests of programs, by status.');

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#all = new RequestRate(options.clock, rateOfAll);
    this.#guesses = new RequestRate(options.clock, rateOfGuesses);
  }

  get requests(): MetricFamily {
    return this.#requests.family();
  }

  async answer(request: Request): Promise<Response> {
    const response = await this.#answer(request);
    this.#requests.add({ status: String(response.status) });
    return response;
  }

  /** Whose token a request bears; undefined where it bears none that counts. */
  static bearerOf(request: Request, bearer: Credentials['bearer']): Asker | undefined {
    const secret = /^Bearer (\S{1,200})$/.exec(request.headers.get('authorization') ?? '')?.[1];
    return secret === undefined ? undefined : bearer(secret);
  }

  async #answer(request: Request): Promise<Response> {
    try {
      if (!this.#all.take()) throw tooMany();
      const { route, params } = this.#find(request);
      const asker = this.#asker(route, request);
      return await route.answerTo({ params, request, asker });
    } catch (error) {
      return asProblem(error).response();
    }
  }

  #find(request: Request): Found {
    const { pathname } = new URL(request.url);
    const here = this.#options.routes.flatMap((route) => {
      const params = paramsOf(route.path, pathname);
      return params === undefined ? [] : [{ route, params }];
    });
    if (here.length === 0) throw new Problem(404, 'there is nothing here; see /api/v1/openapi.json');
    const method = request.method.toLowerCase();
    // Of HEAD the server sends the head alone.
    const found = here.find(({ route }) => route.method === (method === 'head' ? 'get' : method));
    if (found !== undefined) return found;
    const allow = here.map(({ route }) => route.method.toUpperCase()).join(', ');
    throw new Problem(405, `allowed here: ${allow}`, { allow });
  }

  #asker({ scope }: Route, request: Request): Asker {
    if (scope === null) return { name: 'anybody', scopes: [] };
    const asker = Api.bearerOf(request, this.#options.bearer);
    if (asker === undefined) {
      if (!this.#guesses.take()) throw tooMany();
      throw new Problem(
        401,
        'send a token that counts as `Authorization: Bearer TOKEN`; one is made by vigil token create, ' +
          'and one that ends counts for nothing while the clock of the device is not set',
        { 'www-authenticate': 'Bearer' },
      );
    }
    if (!this.#rateOf(asker).take()) throw tooMany();
    if (!asker.scopes.includes(scope)) throw new Problem(403, `this token has not the scope ${scope}`);
    return asker;
  }

  #rateOf({ name }: Asker): RequestRate {
    let known = this.#rates.get(name);
    if (known === undefined) {
      known = new RequestRate(this.#options.clock, rateOfOne);
      const [oldest] = this.#rates.keys();
      if (this.#rates.size >= mostAskers && oldest !== undefined) this.#rates.delete(oldest);
      this.#rates.set(name, known);
    }
    return known;
  }
}

/** What a store says is wrong with its file may have its path in it: that is for whoever runs the device. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PeopleStoreError && error.kind === 'name-invalid')
    return new Problem(422, error.message);
  const isStore =
    error instanceof PeopleStoreError || error instanceof JournalError || error instanceof CredentialsError;
  return isStore
    ? new Problem(503, `what is stored cannot be used now (${error.kind}): see vigil doctor`, {
        'retry-after': '5',
      })
    : new Problem(500, 'it could not be answered; the device goes on');
}

function tooMany(): Problem {
  return new Problem(429, 'too many requests; again in a second', { 'retry-after': '1' });
}

/** The parameters in a path; undefined where it is another. */
function paramsOf(pattern: string, pathname: string): Record<string, string> | undefined {
  const [parts, given] = [pattern.split('/'), pathname.split('/')];
  if (parts.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const text = given[at] ?? '';
    if (name === undefined && part !== text) return undefined;
    if (name === undefined) continue;
    try {
      params[name] = decodeURIComponent(text);
    } catch {
      return undefined;
    }
  }
  return params;
}
