import { readFile, stat } from 'node:fs/promises';
import { InputError } from '../runtime/input-error.ts';
import {
  type DeviceStatus,
  interfaceVersion,
  refusalSchema,
  statusSchema,
  type TestAnswer,
  type TestMessage,
  type TestQuestion,
  testMessageSchema,
} from '../runtime/interface/messages.ts';
import { RigError, ScriptError } from './target.ts';

/** A device on a loopback or a fast network answers within this time; opening the networks takes most of it. */
const answerLimitMs = 60_000;
const statusLimitMs = 5_000;

/** A device's own interface, as a test reaches it. */
export interface Host {
  /** `http://127.0.0.1:4711`. */
  readonly url: string;
  readonly token: string;
}

/** The interface at `address`, as `127.0.0.1:4711` or `http://127.0.0.1:4711`. Throws InputError. */
export function hostUrl(address: string): string {
  const url = URL.parse(address.startsWith('http://') ? address : `http://${address}`);
  if (url === null || url.port === '' || url.pathname !== '/' || url.username !== '' || url.search !== '') {
    throw new InputError(
      `--target ${address}: allowed are sim and the address and port that vigil run says, as 127.0.0.1:4711`,
    );
  }
  return url.origin;
}

/** The token in a file of its owner alone. Rejects with InputError for one that others can read, or that holds none. */
export async function readToken(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw new InputError(`${path} can be read by others than its owner: chmod 600 ${path}`);
    }
    const token = (await readFile(path, 'utf8')).trim();
    if (/^[\w-]{20,200}$/.test(token)) return token;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${path} cannot be read: ${error instanceof Error ? error.message : error}. vigil run says where its token is`,
    );
  }
  throw new InputError(`${path} holds no token: vigil run says which file does`);
}

/** What the device is and how it is now. Rejects with RigError when it does not say. */
export async function statusOfHost({ url, token }: Host): Promise<DeviceStatus> {
  let text: string;
  try {
    const response = await fetch(`${url}/v1/status`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(statusLimitMs),
      redirect: 'error',
    });
    text = await response.text();
    if (!response.ok) throw new RigError(`${url} refuses: ${refusalIn(text)}`);
  } catch (error) {
    if (error instanceof RigError) throw error;
    throw new RigError(`${url} does not answer: ${error instanceof Error ? error.message : error}`);
  }
  const status = statusSchema.safeParse(jsonIn(text));
  if (status.success) return status.data;
  throw new RigError(`${url} is no device of this version of Vigil`);
}

export type News = Extract<TestMessage, { tell: 'news' }>;

/** One test's line to a device. What the device tells comes to `onNews`, before the answer to what is asked after it. */
export class HostConnection {
  readonly #socket: WebSocket;
  readonly #onNews: (news: News) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<TestAnswer>>();
  readonly #lost = Promise.withResolvers<never>();
  #lastId = 0;

  /** Rejects with RigError when the device does not take the test, and with the signal's reason. */
  static async open(
    { url, token }: Host,
    onNews: (news: News) => void,
    signal: AbortSignal,
  ): Promise<HostConnection> {
    signal.throwIfAborted();
    const socket = new WebSocket(`${url.replace('http:', 'ws:')}/v1/test`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const opened = Promise.withResolvers<void>();
    const abort = () => opened.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    socket.addEventListener('open', () => opened.resolve());
    socket.addEventListener('close', () => opened.reject(new RigError(`${url} does not take a test`)));
    try {
      await opened.promise;
      return new HostConnection(socket, onNews);
    } catch (error) {
      socket.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private constructor(socket: WebSocket, onNews: (news: News) => void) {
    this.#socket = socket;
    this.#onNews = onNews;
    this.#lost.promise.catch(() => {});
    socket.addEventListener('message', ({ data }) => this.#take(data));
    socket.addEventListener('close', ({ reason }) => {
      this.#fail(new RigError(`the connection to the device is lost${reason === '' ? '' : `: ${reason}`}`));
    });
  }

  /** Rejects with RigError when the connection is lost. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  /** Rejects with ScriptError for what cannot be, with RigError when the device cannot do it or does not answer. */
  async ask(question: TestQuestion): Promise<TestAnswer> {
    const id = ++this.#lastId;
    const answered = Promise.withResolvers<TestAnswer>();
    this.#waiting.set(id, answered);
    this.#socket.send(JSON.stringify({ v: interfaceVersion, id, ...question }));
    const limit = setTimeout(() => {
      answered.reject(new RigError(`the device did not answer within ${answerLimitMs / 1_000} s`));
    }, answerLimitMs);
    try {
      const answer = await Promise.race([answered.promise, this.#lost.promise]);
      if (answer.error === null) return answer;
      const { of, message } = answer.error;
      throw of === 'asked' ? new ScriptError(message) : new RigError(`the device: ${message}`);
    } finally {
      clearTimeout(limit);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#socket.close();
  }

  #take(data: unknown): void {
    const message = testMessageSchema.safeParse(typeof data === 'string' ? jsonIn(data) : undefined);
    if (!message.success) {
      this.#fail(new RigError('the device said something that this version of Vigil does not know'));
      this.#socket.close();
    } else if (message.data.tell === 'news') this.#onNews(message.data);
    else this.#waiting.get(message.data.id)?.resolve(message.data);
  }

  #fail(error: RigError): void {
    this.#lost.reject(error);
  }
}

function refusalIn(text: string): string {
  const refusal = refusalSchema.safeParse(jsonIn(text));
  return refusal.success ? refusal.data.error : 'it is no device of this version of Vigil';
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
