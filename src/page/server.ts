import type { Server, ServerWebSocket } from 'bun';
import { z } from 'zod';
import type { Asker, Scope } from '../credentials/scopes.ts';
import type { Admission, SignIn, Visitor } from './admission.ts';
import type { Assets } from './assets.ts';
import type { Kiosk } from './kiosk.ts';
import { type SessionAnswer, signedOutCode } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { requestKind, requests } from './requests.ts';
import { answer, elsewhere, html, json, kept, refused } from './responses.ts';
import { Site, type SiteOptions } from './site.ts';
import type { Spectators } from './spectators.ts';

/** A page that is this far behind is dropped; it comes back and gets the story anew. */
const mostBufferedBytes = 1_000_000;
/** A page has one, and one more while it looks at the picture. */
const mostSockets = 64;
/** Whoever has no rights any more is looked for at this pace. */
const expelEveryMs = 500;
/** Nothing that a page sends is long, but for kinds of requests that say so. */
const usualBodyBytes = 4_096;
const mostBodyBytes = Math.max(...Object.keys(requests).map(bodyLimitOf));
/** WebSocket close code (RFC 6455, section 7.4.1) for a page that talks. */
const unsupportedCode = 1003;

const keySchema = z.strictObject({ key: z.string().max(200) });
const passwordSchema = z.strictObject({ name: z.string().max(64), password: z.string().max(1_000) });
const signInSchema = z.union([keySchema, passwordSchema]);

export interface PageServerOptions extends Omit<SiteOptions, 'encrypted'> {
  /** Certificate and key, in PEM; null where the page is not encrypted. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly admission: Admission;
  readonly assets: () => Promise<Assets>;
  readonly chartNames: readonly string[];
  readonly chart: (name: string) => Promise<string>;
  /** The newest records, one a line. */
  readonly past: () => Promise<string>;
  /** Asks the device. Rejects with Refusal. */
  readonly ask: (name: string, body: unknown, asker: Asker) => Promise<unknown>;
  /** Pages that are open; `storyWanted` where one of them has not been told anything yet. */
  readonly onViewers: (viewers: number, storyWanted: boolean) => void;
  /** Answers programs; null where they are not answered. */
  readonly api: ProgramApi | null;
  /** What the journal says of whoever signed in, or failed to. */
  readonly onSignIn: (action: string, by: string) => void;
  readonly spectators: Spectators;
  readonly kiosk: Kiosk;
  /** One has come, or one has gone. */
  readonly onSpectators: (newcomer: Asker | null) => void;
}

/** What answers programs at the page's address, by tokens of their own. */
export interface ProgramApi {
  owns(pathname: string): boolean;
  answer(request: Request): Promise<Response>;
  /** The longest body that it takes. */
  readonly mostBodyBytes: number;
}

/** What a socket is for, and what whoever has it must be allowed. */
const sockets = {
  /** To be told what happens. */
  '/live': 'status',
  /** To be shown what the device sees and hears. */
  '/senses': 'live',
  /** To be a kiosk: to be told whom to greet, and shown the picture alone. */
  '/kiosk/live': 'kiosk',
} as const satisfies Readonly<Record<string, Scope>>;

interface SocketUse {
  readonly path: keyof typeof sockets;
  readonly session: string | undefined;
  /** It was not told yet where the device is. */
  isNew: boolean;
}
type PageSocket = ServerWebSocket<SocketUse>;

/**
 * Serves the page and its socket. Paths are compared, never joined to a folder. Throws from the constructor when the
 * address cannot be had (`code` EADDRINUSE where somebody else has the port).
 */
export class PageServer {
  readonly site: Site;
  readonly #options: PageServerOptions;
  readonly #cookieName: string;
  readonly #server: Server<SocketUse>;
  readonly #sockets = new Set<PageSocket>();
  readonly #expelling: Timer;

  constructor(options: PageServerOptions) {
    this.#options = options;
    const { address, tls } = options;
    this.#server = Bun.serve<SocketUse>({
      hostname: address,
      port: options.port,
      ...(tls === null ? {} : { tls }),
      development: false,
      maxRequestBodySize: Math.max(mostBodyBytes, options.api?.mostBodyBytes ?? 0),
      fetch: (request, server) => this.#answer(request, server),
      error: () => refused(new Refusal(500, 'the page failed here; the device goes on')),
      websocket: {
        maxPayloadLength: 1_024,
        backpressureLimit: mostBufferedBytes,
        closeOnBackpressureLimit: true,
        idleTimeout: 60,
        open: (socket) => this.#opened(socket),
        message: (socket) => socket.close(unsupportedCode, 'this socket only tells'),
        close: (socket) => this.#closed(socket),
      },
    });
    const port = this.#server.port ?? options.port;
    this.site = new Site({ address, port, hosts: options.hosts, encrypted: tls !== null });
    this.#expelling = setInterval(() => this.#expel(), expelEveryMs);
    // Cookies are not kept apart by port; one with this prefix is sent over an encrypted connection to this host alone.
    this.#cookieName = `${tls === null ? '' : '__Host-'}vigil-${port}`;
  }

  /** Where the device is: to pages that do not know yet, or to all. */
  tellStory(text: string, toAll: boolean): void {
    for (const viewer of this.#viewers()) {
      if (!viewer.data.isNew && !toAll) continue;
      viewer.data.isNew = false;
      this.#send(viewer, text);
    }
  }

  /** What happened: to every page that knows where the device was before. */
  tellRecords(text: string): void {
    for (const viewer of this.#viewers()) if (!viewer.data.isNew) this.#send(viewer, text);
  }

  /** The answer to this request has no end. */
  keepOpen(request: Request): void {
    this.#server.timeout(request, 0);
  }

  async stop(): Promise<void> {
    clearInterval(this.#expelling);
    await this.#server.stop(true);
  }

  #viewers(): PageSocket[] {
    return [...this.#sockets].filter(({ data }) => data.path === '/live');
  }

  #opened(socket: PageSocket): void {
    const { path, session } = socket.data;
    this.#sockets.add(socket);
    const { spectators, kiosk, onSpectators, admission } = this.#options;
    if (path !== '/live') {
      spectators.add(socket, path === '/senses' ? 'all' : 'picture');
      onSpectators(path === '/senses' ? admission.visitor(session).asker : null);
    }
    if (path === '/kiosk/live') kiosk.add(socket);
    if (path !== '/senses') this.#countViewers(true);
  }

  /** A kiosk is told of what happens, too. */
  #countViewers(storyWanted: boolean): void {
    this.#options.onViewers(this.#viewers().length + this.#options.kiosk.count, storyWanted);
  }

  #closed(socket: PageSocket): void {
    this.#sockets.delete(socket);
    const { spectators, kiosk, onSpectators } = this.#options;
    spectators.delete(socket);
    kiosk.delete(socket);
    if (socket.data.path !== '/live') onSpectators(null);
    if (socket.data.path !== '/senses') this.#countViewers(false);
  }

  /** Ends what somebody has open who was removed, signed out, or has another password. */
  #expel(): void {
    for (const socket of this.#sockets) {
      const { path, session } = socket.data;
      if (!allows(this.#options.admission.visitor(session), sockets[path]))
        socket.close(signedOutCode, 'sign in');
    }
  }

  #send(viewer: PageSocket, text: string): void {
    viewer.send(text);
    if (viewer.getBufferedAmount() > mostBufferedBytes) viewer.terminate();
  }

  async #answer(request: Request, server: Server<SocketUse>): Promise<Response | undefined> {
    try {
      const host = this.site.hostOf(request);
      const { pathname } = new URL(request.url);
      if (this.#options.api?.owns(pathname) === true) return await this.#options.api.answer(request);
      if (isSocket(pathname)) return this.#upgrade(pathname, request, server, host);
      if (request.method === 'POST') {
        this.site.requireOwnOrigin(request, host);
        return await this.#post(pathname, request, server.requestIP(request)?.address ?? '');
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw new Refusal(405, 'only reading and asking', { allow: 'GET, HEAD, POST' });
      }
      return await this.#get(pathname, request, host);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  }

  async #get(pathname: string, request: Request, host: string): Promise<Response> {
    const visitor = this.#options.admission.visitor(this.#sessionOf(request));
    if (pathname === '/' || pathname === '/login' || pathname === '/kiosk') {
      const { page, login, kiosk } = await this.#options.assets();
      if (pathname === '/login') return html(login, this.site.socketOrigin(host));
      const isKiosk = pathname === '/kiosk';
      if (!allows(visitor, isKiosk ? 'kiosk' : 'status')) return elsewhere('/login');
      return html(isKiosk ? kiosk : page, this.site.socketOrigin(host));
    }
    this.site.requireOwnSite(request);
    if (pathname === '/session') return json(sessionAnswer(visitor));
    if (pathname === '/records') {
      requireScope(visitor, 'status');
      return answer(await this.#options.past(), 'application/x-ndjson');
    }
    const chart = /^\/charts\/([a-z]+)\.svg$/.exec(pathname)?.[1];
    if (chart !== undefined && this.#options.chartNames.includes(chart)) {
      requireScope(visitor, 'status');
      return answer(await this.#options.chart(chart), 'image/svg+xml; charset=utf-8');
    }
    const { files } = await this.#options.assets();
    for (const file of files) if (pathname === file.path) return kept(file);
    throw new Refusal(404, 'there is nothing here');
  }

  async #post(pathname: string, request: Request, address: string): Promise<Response> {
    const session = this.#sessionOf(request);
    if (pathname === '/session') return await this.#signIn(await bodyOf(request, usualBodyBytes), address);
    if (pathname === '/sign-out') {
      this.#options.admission.signOut(session);
      return json(sessionAnswer(this.#options.admission.visitor(undefined)), {
        'set-cookie': this.#cookie('', '; Max-Age=0'),
      });
    }
    const name = /^\/ask\/([a-z-]+)$/.exec(pathname)?.[1];
    if (name === undefined) throw new Refusal(404, 'there is nothing here');
    const kind = requestKind(name);
    const visitor = this.#options.admission.visitor(session);
    // Before what it brings is read: that may be long.
    if (kind !== undefined) requireScope(visitor, kind.scope);
    const body = await bodyOf(request, bodyLimitOf(name));
    return json(await this.#options.ask(name, body, visitor.asker));
  }

  async #signIn(body: unknown, address: string): Promise<Response> {
    const { admission } = this.#options;
    const shown = signInSchema.safeParse(body);
    if (!shown.success) throw new Refusal(400, 'this is not what is asked for here');
    const signIn: SignIn =
      'key' in shown.data
        ? admission.signInByKey(shown.data.key, address)
        : await admission.signInByPassword(shown.data.name, shown.data.password, address);
    if (!signIn.accepted) {
      const { retryAfterMs } = signIn;
      if (retryAfterMs === 0) {
        // Not the name that was given: people type passwords there.
        this.#options.onSignIn('failed to sign in', `somebody at ${address}`);
        throw new Refusal(403, 'that was wrong');
      }
      const seconds = String(Math.ceil(retryAfterMs / 1_000));
      throw new Refusal(429, `too many tries; again in ${seconds} s`, { 'retry-after': seconds });
    }
    const { session } = signIn;
    this.#options.onSignIn('signed in', admission.visitor(session).asker.name);
    return json(sessionAnswer(admission.visitor(session)), { 'set-cookie': this.#cookie(session) });
  }

  #cookie(session: string, more = ''): string {
    const secure = this.#options.tls === null ? '' : '; Secure';
    return `${this.#cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict${secure}${more}`;
  }

  #sessionOf(request: Request): string | undefined {
    const cookies = (request.headers.get('cookie') ?? '').split(/; */);
    const start = `${this.#cookieName}=`;
    return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length);
  }

  #upgrade(path: SocketUse['path'], request: Request, server: Server<SocketUse>, host: string): undefined {
    this.site.requireOwnOrigin(request, host);
    const session = this.#sessionOf(request);
    requireScope(this.#options.admission.visitor(session), sockets[path]);
    if (this.#sockets.size >= mostSockets) throw new Refusal(503, 'too many pages are open');
    if (!server.upgrade(request, { data: { path, session, isNew: true } })) {
      throw new Refusal(426, 'this is a WebSocket');
    }
  }
}

function isSocket(pathname: string): pathname is SocketUse['path'] {
  return Object.hasOwn(sockets, pathname);
}

function allows({ asker }: Visitor, scope: Scope): boolean {
  return asker.scopes.includes(scope);
}

/** Throws Refusal where the visitor may not. */
function requireScope(visitor: Visitor, scope: Scope): void {
  if (allows(visitor, scope)) return;
  if (!visitor.signedIn) throw new Refusal(401, 'sign in');
  throw new Refusal(403, `this is for those who may: ${scope}`);
}

function sessionAnswer({ signedIn, asker }: Visitor): SessionAnswer {
  return { name: signedIn ? asker.name : null, scopes: asker.scopes };
}

/** What a request brings, which is yet to be checked. */
async function bodyOf(request: Request, mostBytes: number): Promise<unknown> {
  if (request.headers.get('content-type') !== 'application/json') {
    throw new Refusal(415, 'only application/json');
  }
  // Before anything of it is read; who sends more than is said is cut off there.
  const bytes = Number(request.headers.get('content-length') ?? Number.POSITIVE_INFINITY);
  if (!(bytes <= mostBytes)) {
    throw new Refusal(413, `at most ${mostBytes} bytes are taken here, with their number said`);
  }
  return await request.json().catch(() => undefined);
}

function bodyLimitOf(name: string): number {
  return requestKind(name)?.mostBytes ?? usualBodyBytes;
}
