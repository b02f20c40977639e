import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ServerWebSocket } from 'bun';
import { InputError } from '../input-error.ts';
import { interfaceVersion, type TestMessage } from './messages.ts';
import { RequestRate } from './request-rate.ts';
import { type RunningInterface, runningPath } from './running.ts';
import type { Served, TestDoors } from './served.ts';
import { statusOf } from './status.ts';
import { type TestEnd, TestSession } from './test-session.ts';
import { AccessToken } from './token.ts';
import { traceStream } from './trace-stream.ts';

/** Not encrypted, so for this computer alone; from elsewhere it is reached through SSH. */
const address = '127.0.0.1';
const mostRequestBytes = 64 * 1024;
/** A test that has not been heard of for this long is over. Bun's least is 8. */
const idleLimitS = 8;
/** What may wait for a slow network before a test is cut off. */
const mostUnsentBytes = 8 * 1024 * 1024;
const requestRate = { atOnce: 100, perSecond: 50 };
/** A script without waits asks as fast as it is answered. */
const testRate = { atOnce: 500, perSecond: 200 };
/** Whoever guesses is slowed down; whoever has the token is not. */
const wrongTokenRate = { atOnce: 10, perSecond: 1 };
/** Codes of WebSocket (RFC 6455, section 7.4.1). */
const closeCodes = { goingAway: 1001, policy: 1008 } as const;

/** The device's own interface while it is served. */
export interface DeviceInterface extends AsyncDisposable {
  /** `http://127.0.0.1:4711`. */
  readonly url: string;
  readonly tokenPath: string;
}

interface Connection {
  session: TestSession | undefined;
}

/**
 * Serves the device's own interface on `port` of the loopback address, 0 for any that is free: status and trace for
 * whoever bears the token, and a test's WebSocket where the test doors are open. Rejects with InputError when the port
 * cannot be had.
 */
export async function serveInterface(served: Served, port: number): Promise<DeviceInterface> {
  const token = await AccessToken.create(served.stateDirectory);
  const server = new InterfaceServer(served, token);
  const path = runningPath(served.stateDirectory);
  const end = async () => {
    await server.stop();
    await token[Symbol.asyncDispose]();
  };
  try {
    const url = server.listen(port);
    const testDoors = served.testDoors !== null;
    const running: RunningInterface = { v: interfaceVersion, pid: process.pid, url, testDoors };
    await writeFile(path, `${JSON.stringify(running)}\n`, { mode: 0o600 });
    return {
      url,
      tokenPath: token.path,
      async [Symbol.asyncDispose]() {
        await end();
        await Bun.file(path).delete();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

class InterfaceServer {
  readonly #served: Served;
  readonly #token: AccessToken;
  readonly #requests: RequestRate;
  readonly #wrongTokens: RequestRate;
  readonly #asked: RequestRate;
  #server: Bun.Server<Connection> | undefined;
  /** One test at a time: it is over when the device was given back. */
  #testing: TestSession | 'coming' | undefined;
  #tests = 0;
  #last: ({ readonly number: number } & TestEnd) | null = null;

  constructor(served: Served, token: AccessToken) {
    const { clock } = served.lives;
    this.#served = served;
    this.#token = token;
    this.#requests = new RequestRate(clock, requestRate);
    this.#wrongTokens = new RequestRate(clock, wrongTokenRate);
    this.#asked = new RequestRate(clock, testRate);
  }

  /** Gives the address that it is served at. Throws InputError. */
  listen(port: number): string {
    try {
      this.#server = Bun.serve<Connection>({
        hostname: address,
        port,
        maxRequestBodySize: mostRequestBytes,
        development: false,
        fetch: (request, server) => this.#answer(request, server),
        error: () => refusal(500, 'it could not be answered'),
        websocket: {
          maxPayloadLength: mostRequestBytes,
          idleTimeout: idleLimitS,
          sendPings: true,
          backpressureLimit: mostUnsentBytes,
          closeOnBackpressureLimit: true,
          open: (socket) => this.#open(socket),
          message: (socket, message) => this.#take(socket, message),
          close: (socket) => socket.data.session?.close(),
        },
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new InputError(
        `the device's interface cannot be served at ${address}:${port}: ${why}; name another with --interface-port`,
      );
    }
    return `http://${address}:${this.#server.port}`;
  }

  async stop(): Promise<void> {
    const testing = this.#testing;
    if (testing instanceof TestSession) {
      testing.close();
      await testing.ended;
    }
    await this.#server?.stop(true);
  }

  #answer(request: Request, server: Bun.Server<Connection>): Response | undefined {
    const stranger = whyStranger(request);
    if (stranger !== undefined) return refusal(403, stranger);
    if (!this.#token.isIn(request.headers.get('authorization'))) {
      if (!this.#wrongTokens.take())
        return refusal(429, 'too many requests without the token: wait a second');
      return refusal(
        401,
        "send the device's token as 'Authorization: Bearer TOKEN'; vigil run says which file holds it",
      );
    }
    if (!this.#requests.take()) return refusal(429, 'too many requests: wait a second');
    const { pathname, searchParams } = new URL(request.url);
    const route = `${request.method} ${pathname}`;
    switch (route) {
      case 'GET /v1/status':
        return Response.json(statusOf(this.#served, this.#testDoors()));
      case 'GET /v1/trace': {
        const from = Number(searchParams.get('from') ?? '1');
        if (!Number.isInteger(from) || from < 0) return refusal(400, 'from: a record number, from 0 on');
        return this.#trace(request, server, from);
      }
      case 'GET /v1/test':
        return this.#upgrade(request, server);
      default:
        return refusal(404, `there is no ${route}; allowed: ${routes.join(', ')}`);
    }
  }

  #testDoors() {
    if (this.#served.testDoors === null) return null;
    return { last: this.#last, running: this.#testing !== undefined };
  }

  #trace(request: Request, server: Bun.Server<Connection>, from: number): Response {
    const { device } = this.#served.lives;
    if (device === undefined) return refusal(503, 'the firmware does not run now: ask again');
    server.timeout(request, 0); // a device at rest may say nothing for long
    const stream = traceStream(device.trace, device.wallClock, from);
    return new Response(stream, { headers: { 'content-type': 'application/x-ndjson' } });
  }

  #upgrade(request: Request, server: Bun.Server<Connection>): Response | undefined {
    if (this.#served.testDoors === null) {
      return refusal(403, 'its test doors are shut: start the device with vigil run --allow-test-doors');
    }
    if (this.#testing !== undefined) return refusal(409, 'another test runs: wait for its end');
    this.#testing = 'coming';
    if (server.upgrade(request, { data: { session: undefined } })) return undefined;
    this.#testing = undefined;
    return refusal(426, 'a test speaks WebSocket');
  }

  #open(socket: ServerWebSocket<Connection>): void {
    const { testDoors } = this.#served;
    if (testDoors !== null) socket.data.session = this.#newSession(socket, testDoors);
  }

  #newSession(socket: ServerWebSocket<Connection>, testDoors: TestDoors): TestSession {
    const number = ++this.#tests;
    const session = new TestSession(this.#served, testDoors, number, {
      send: (message: TestMessage) => void socket.send(JSON.stringify(message)),
      cut: (why) => socket.close(closeCodes.policy, why.slice(0, 120)),
    });
    this.#testing = session;
    void session.ended.then((end) => {
      this.#last = { number, ...end };
      this.#testing = undefined;
      socket.close(closeCodes.goingAway, 'the test is over');
    });
    return session;
  }

  #take(socket: ServerWebSocket<Connection>, message: string | Buffer): void {
    if (!this.#asked.take()) socket.close(closeCodes.policy, 'too many requests');
    else if (typeof message !== 'string') socket.close(closeCodes.policy, 'a message that is no text');
    else socket.data.session?.take(message);
  }
}

const routes = ['GET /v1/status', 'GET /v1/trace', 'GET /v1/test'];

/**
 * Why a request is none of a program's own; undefined when it may be. A page of a website says where it is from, or
 * calls this computer by a name that it had resolved to it (DNS rebinding).
 */
function whyStranger({ headers }: Request): string | undefined {
  if (headers.has('origin')) return 'it answers programs, and no page of a website';
  const host = /^(?:\[(.+)\]|([^:]*))(?::\d+)?$/.exec(headers.get('host') ?? '');
  const name = host?.[1] ?? host?.[2] ?? '';
  if (name === 'localhost' || isIP(name) !== 0) return undefined;
  return `call it by its address, ${address}, and not by a name`;
}

function refusal(status: number, error: string): Response {
  return Response.json({ v: interfaceVersion, error }, { status });
}
