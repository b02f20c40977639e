import type { Server, ServerWebSocket } from 'bun';
import { z } from 'zod';
import { type Asker, roles } from '../credentials/scopes.ts';
import type { Asset, Assets } from './assets.ts';
import type { SessionAnswer } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { requestKind, requests } from './requests.ts';
import type { Sessions } from './sessions.ts';
import type { Spectators } from './spectators.ts';
import { hostIn, type LoopbackAddress } from './worker-messages.ts';

/** A page that is this far behind is dropped; it comes back and gets the story anew. */
const mostBufferedBytes = 1_000_000;
/** Sockets: a page has one, and one more while it looks at the picture. */
const mostViewers = 64;
/** Nothing that a page sends is long, but for kinds of requests that say so. */
const usualBodyBytes = 4_096;
const mostBodyBytes = Math.max(...Object.keys(requests).map(bodyLimitOf));
/** WebSocket close codes: a page that cannot follow may try again, one that talks may not. */
const closeCodes = { tryAgainLater: 1013, unsupported: 1003 } as const;

const keySchema = z.strictObject({ key: z.string().max(200) });

export interface PageServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly address: LoopbackAddress;
  readonly sessions: Sessions;
  /** Everybody may see names: nobody in them is real. */
  readonly namesForAll: boolean;
  readonly assets: () => Promise<Assets>;
  readonly chartNames: readonly string[];
  readonly chart: (name: string) => Promise<string>;
  /** The newest records, one a line. */
  readonly past: () => Promise<string>;
  /** Asks the device. Rejects with Refusal. */
  readonly ask: (name: string, body: unknown, asker: Asker) => Promise<unknown>;
  /** Pages that are open; `storyWanted` where one of them has not been told anything yet. */
  readonly onViewers: (viewers: number, storyWanted: boolean) => void;
  readonly spectators: Spectators;
  /** One has come, or one has gone. */
  readonly onSpectators: (newcomer: Asker | null) => void;
}

/** What a socket is for: to be told what happens, or to be shown what the device sees and hears. */
interface SocketUse {
  readonly of: 'story' | 'senses';
  readonly asker: Asker;
  /** It was not told yet where the device is. */
  isNew: boolean;
}
type PageSocket = ServerWebSocket<SocketUse>;

/**
 * Serves the page and its socket on the loopback address. Paths are compared, never joined to a folder. Throws from
 * the constructor when the port cannot be had (`code` EADDRINUSE where somebody else has it).
 */
export class PageServer {
  readonly port: number;
  readonly #options: PageServerOptions;
  readonly #server: Server<SocketUse>;
  readonly #viewers = new Set<PageSocket>();

  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#server = Bun.serve<SocketUse>({
      hostname: options.address,
      port: options.port,
      development: false,
      maxRequestBodySize: mostBodyBytes,
      fetch: (request, server) => this.#answer(request, server),
      error: () => refused(new Refusal(500, 'the page failed here; the device goes on')),
      websocket: {
        maxPayloadLength: 1_024,
        backpressureLimit: mostBufferedBytes,
        closeOnBackpressureLimit: true,
        idleTimeout: 60,
        open: (socket) => this.#opened(socket),
        message: (socket) => socket.close(closeCodes.unsupported, 'this socket only tells'),
        close: (socket) => this.#closed(socket),
      },
    });
    this.port = this.#server.port ?? 0;
  }

  /** Where the device is: to pages that do not know yet, or to all. */
  tellStory(text: string, toAll: boolean): void {
    for (const viewer of this.#viewers) {
      if (!viewer.data.isNew && !toAll) continue;
      viewer.data.isNew = false;
      this.#send(viewer, text);
    }
  }

  /** What happened: to every page that knows where the device was before. */
  tellRecords(text: string): void {
    for (const viewer of this.#viewers) if (!viewer.data.isNew) this.#send(viewer, text);
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  #opened(socket: PageSocket): void {
    if (socket.data.of === 'senses') {
      this.#options.spectators.add(socket);
      this.#options.onSpectators(socket.data.asker);
    } else {
      this.#viewers.add(socket);
      this.#options.onViewers(this.#viewers.size, true);
    }
  }

  #closed(socket: PageSocket): void {
    if (socket.data.of === 'senses') {
      this.#options.spectators.delete(socket);
      this.#options.onSpectators(null);
    } else {
      this.#viewers.delete(socket);
      this.#options.onViewers(this.#viewers.size, false);
    }
  }

  #send(viewer: PageSocket, text: string): void {
    viewer.send(text);
    if (viewer.getBufferedAmount() > mostBufferedBytes) viewer.terminate();
  }

  async #answer(request: Request, server: Server<SocketUse>): Promise<Response | undefined> {
    try {
      const host = this.#ownHost(request);
      const { pathname } = new URL(request.url);
      if (pathname === '/live' || pathname === '/senses')
        return this.#upgrade(pathname, request, server, host);
      if (request.method === 'POST') return await this.#post(pathname, request, host);
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw new Refusal(405, 'only reading and signing in', { allow: 'GET, HEAD, POST' });
      }
      return await this.#get(pathname, request, host);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  }

  async #get(pathname: string, request: Request, host: string): Promise<Response> {
    if (pathname !== '/') requireOwnSite(request);
    if (pathname === '/records') return answer(await this.#options.past(), 'application/x-ndjson');
    if (pathname === '/session') return json(this.#session(this.#isSignedIn(request)));
    const chart = /^\/charts\/([a-z]+)\.svg$/.exec(pathname)?.[1];
    if (chart !== undefined && this.#options.chartNames.includes(chart)) {
      return answer(await this.#options.chart(chart), 'image/svg+xml; charset=utf-8');
    }
    const { html, files } = await this.#options.assets();
    if (pathname === '/') return answer(html, 'text/html; charset=utf-8', pageHeaders(host));
    for (const file of files) if (pathname === file.path) return kept(file);
    throw new Refusal(404, 'there is nothing here');
  }

  async #post(pathname: string, request: Request, host: string): Promise<Response> {
    requireOwnOrigin(request, host);
    if (pathname === '/session') {
      const key = keySchema.safeParse(await bodyOf(request, usualBodyBytes));
      if (!key.success) throw new Refusal(400, 'this is not what is asked for here');
      return this.#signIn(key.data);
    }
    const name = /^\/ask\/([a-z-]+)$/.exec(pathname)?.[1];
    if (name === undefined) throw new Refusal(404, 'there is nothing here');
    const asker = this.#asker(request);
    return json(await this.#options.ask(name, await bodyOf(request, bodyLimitOf(name)), asker));
  }

  #signIn({ key }: z.infer<typeof keySchema>): Response {
    const signIn = this.#options.sessions.signIn(key);
    if (!signIn.accepted) {
      const { retryAfterMs } = signIn;
      if (retryAfterMs === 0) throw new Refusal(403, 'this is not the key that the device has now');
      const seconds = String(Math.ceil(retryAfterMs / 1_000));
      throw new Refusal(429, `too many wrong keys; again in ${seconds} s`, { 'retry-after': seconds });
    }
    const cookie = `${this.#cookieName}=${signIn.session}; Path=/; HttpOnly; SameSite=Strict`;
    return json(this.#session(true), { 'set-cookie': cookie });
  }

  #asker(request: Request): Asker {
    if (this.#isSignedIn(request)) return { name: 'whoever has the key', scopes: roles.admin };
    return { name: 'anybody', scopes: this.#options.namesForAll ? roles.viewer : ['status'] };
  }

  #session(signedIn: boolean): SessionAnswer {
    return { signedIn, namesAllowed: signedIn || this.#options.namesForAll };
  }

  #isSignedIn(request: Request): boolean {
    const cookies = (request.headers.get('cookie') ?? '').split(/; */);
    const start = `${this.#cookieName}=`;
    const session = cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length);
    return this.#options.sessions.isSignedIn(session);
  }

  /** Cookies are not kept apart by port. */
  get #cookieName(): string {
    return `vigil-${this.port}`;
  }

  #upgrade(
    pathname: '/live' | '/senses',
    request: Request,
    server: Server<SocketUse>,
    host: string,
  ): undefined {
    requireOwnOrigin(request, host);
    const asker = this.#asker(request);
    if (pathname === '/senses' && !asker.scopes.includes('live')) {
      throw new Refusal(403, 'this is for those who may: live');
    }
    if (this.#viewers.size + this.#options.spectators.count >= mostViewers) {
      throw new Refusal(503, 'too many pages are open');
    }
    const data: SocketUse = { of: pathname === '/senses' ? 'senses' : 'story', asker, isNew: true };
    if (!server.upgrade(request, { data })) throw new Refusal(426, 'this is a WebSocket');
  }

  /** A browser on this machine reaches the page by these names; any other is somebody's trick (DNS rebinding). */
  #ownHost(request: Request): string {
    const host = request.headers.get('host') ?? '';
    const own = `${hostIn(this.#options.address)}:${this.port}`;
    if (host === own || host === `localhost:${this.port}`) return host;
    throw new Refusal(403, `the page is at http://${own}/`);
  }
}

/** What belongs to the page is for the page: another one neither shows it nor makes the device work for it. */
function requireOwnSite(request: Request): void {
  const site = request.headers.get('sec-fetch-site') ?? 'none';
  if (site !== 'same-origin' && site !== 'none') throw new Refusal(403, 'another page asks');
}

/** A browser names the page that asks: it must be ours. */
function requireOwnOrigin(request: Request, host: string): void {
  if (request.headers.get('origin') !== `http://${host}`) throw new Refusal(403, 'another page asks');
}

/** What a request brings, which is yet to be checked. */
async function bodyOf(request: Request, mostBytes: number): Promise<unknown> {
  if (request.headers.get('content-type') !== 'application/json') {
    throw new Refusal(415, 'only application/json');
  }
  // Before anything of it is read; who sends more than is said is cut off there.
  const bytes = Number(request.headers.get('content-length') ?? Number.POSITIVE_INFINITY);
  if (bytes > mostBytes)
    throw new Refusal(413, `at most ${mostBytes} bytes are taken here, with their number said`);
  return await request.json().catch(() => undefined);
}

function bodyLimitOf(name: string): number {
  return requestKind(name)?.mostBytes ?? usualBodyBytes;
}

const everyAnswer = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** The page loads its own script and style, talks to its own server, and that is all. */
function pageHeaders(host: string): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      `connect-src 'self' ws://${host}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  };
}

function answer(body: string, type: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { headers: { ...everyAnswer, 'content-type': type, ...headers } });
}

function kept({ body, type }: Asset): Response {
  return answer(body, type, { 'cache-control': 'public, max-age=31536000, immutable' });
}

function json(body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return answer(JSON.stringify(body), 'application/json', headers);
}

function refused({ status, message, headers }: Refusal): Response {
  const type = 'text/plain; charset=utf-8';
  return new Response(`${message}\n`, {
    status,
    headers: { ...everyAnswer, 'content-type': type, ...headers },
  });
}
