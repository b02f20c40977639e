import type { Clock, TimerId } from '../contract/clock.ts';
import { asHalError, HalError } from '../contract/errors.ts';
import type { Leases } from './leases.ts';
import {
  encode,
  MessageReader,
  parseRequest,
  protocolVersion,
  type Reply,
  type Request,
} from './protocol.ts';

/** The other end of a connection. */
export interface Peer {
  /** Writes now, or not at all: false when the peer does not read. */
  send(text: string): boolean;
  /** Closes the connection; `ended` of the connection need not be called afterwards, but may. */
  end(): void;
}

export interface KeeperOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  /** A client that says nothing for this long has died, as far as the lines are concerned. */
  readonly silenceMs: number;
  /** One sentence for whatever a client should not do: go while it holds a line, break the protocol. */
  readonly log: (text: string) => void;
  /** Told when the number of clients becomes one or zero. */
  readonly onClients?: (clients: 0 | 1) => void;
}

/**
 * The keeper's side of the protocol, apart from sockets and processes: one client at a time, and all lines safe as
 * soon as that client goes, falls silent, does not read its answers or breaks the protocol.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  #client: Connection | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** A peer has connected. When there is a client already, it hears `busy` as soon as it says something. */
  connected(peer: Peer): Connection | Refusal {
    if (this.#client !== undefined) return new Refusal(peer, this.#options);
    const connection = new Connection(peer, this.#options, () => {
      this.#client = undefined;
      this.#options.onClients?.(0);
    });
    this.#client = connection;
    this.#options.onClients?.(1);
    return connection;
  }
}

/**
 * One peer too many. It is answered when it has said something, and not before: a connection that is closed as soon as
 * it is made looks to the peer as if nobody listened.
 */
export class Refusal {
  readonly #peer: Peer;
  readonly #clock: Clock;
  readonly #silence: TimerId;

  constructor(peer: Peer, { clock, silenceMs }: KeeperOptions) {
    this.#peer = peer;
    this.#clock = clock;
    this.#silence = clock.setTimeout(() => peer.end(), silenceMs);
  }

  receive(_chunk: Uint8Array): void {
    this.#peer.send(encode(failure(null, new HalError('busy', 'line keeper', 'has a client already'))));
    this.ended();
    this.#peer.end();
  }

  ended(): void {
    this.#clock.clearTimeout(this.#silence);
  }
}

/** One client, from its connection to its end. */
export class Connection {
  readonly #peer: Peer;
  readonly #options: KeeperOptions;
  readonly #onEnd: () => void;
  readonly #reader = new MessageReader();
  #greeted = false;
  #open = true;
  #heardAtMs: number;
  #silence: TimerId;

  constructor(peer: Peer, options: KeeperOptions, onEnd: () => void) {
    this.#peer = peer;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#heardAtMs = options.clock.nowMs();
    this.#silence = this.#watchSilence();
  }

  /** Bytes came from the client. */
  receive(chunk: Uint8Array): void {
    if (!this.#open) return;
    const { clock, silenceMs } = this.#options;
    // After a pause of this process, what waited in the socket may be long out of date: a grant among it is not
    // for now.
    if (clock.nowMs() - this.#heardAtMs > silenceMs) {
      this.#cutOff(this.#silent());
      return;
    }
    try {
      for (const text of this.#reader.push(chunk)) {
        if (!this.#open) return;
        this.#heard();
        void this.#answer(parseRequest(text));
      }
    } catch (error) {
      this.#cutOff(asHalError(error, 'line keeper'));
    }
  }

  /** The client has closed the connection, or it broke. */
  ended(): void {
    this.#finish('the client has gone');
  }

  #heard(): void {
    this.#heardAtMs = this.#options.clock.nowMs();
    this.#options.clock.clearTimeout(this.#silence);
    this.#silence = this.#watchSilence();
  }

  #watchSilence(): TimerId {
    return this.#options.clock.setTimeout(() => this.#cutOff(this.#silent()), this.#options.silenceMs);
  }

  #silent(): HalError {
    return new HalError(
      'timeout',
      'line keeper',
      `heard nothing from the client for ${this.#options.silenceMs} ms`,
    );
  }

  async #answer(request: Request): Promise<void> {
    let reply: Reply;
    try {
      reply = await this.#perform(request);
    } catch (error) {
      reply = failure(request.id, asHalError(error, 'line keeper'));
    }
    if (!this.#open) return;
    if (!this.#peer.send(encode(reply))) this.#finish('the client does not read its answers');
    else if (!this.#greeted) this.#finish('the client did not greet in this version');
  }

  async #perform(request: Request): Promise<Reply> {
    const { leases, silenceMs, log } = this.#options;
    const { id } = request;
    if (request.op === 'hello') {
      if (request.version !== protocolVersion) {
        throw new HalError(
          'unsupported',
          'line keeper',
          `speaks version ${protocolVersion} of the protocol, the client ${request.version}: restart both from one release`,
        );
      }
      this.#greeted = true;
      // A line that cannot be brought to its safe level is tried again, and granted to nobody until then.
      leases.attend().catch((error: unknown) => log(asHalError(error, 'line keeper').message));
      return { ok: true, id, lines: [...leases.lines], silenceMs };
    }
    if (!this.#greeted)
      throw new HalError('invalid-argument', 'line keeper', 'the first request must be hello');
    switch (request.op) {
      case 'heartbeat':
        return { ok: true, id };
      case 'grant':
        await leases.grant(request.line, request.leaseMs);
        return { ok: true, id };
      case 'renew':
        await leases.renew(request.line, request.leaseMs);
        return { ok: true, id };
      case 'release':
        await leases.release(request.line);
        return { ok: true, id };
      case 'read':
        return { ok: true, id, on: await leases.read(request.line) };
    }
  }

  #cutOff(error: HalError): void {
    this.#peer.send(encode(failure(null, error)));
    this.#options.log(`client cut off: ${error.message}`);
    this.#finish('it was cut off');
  }

  #finish(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    const { clock, leases, log } = this.#options;
    clock.clearTimeout(this.#silence);
    const granted = leases.granted;
    // Safe first, everything else after. A line that cannot be made safe is tried again by the leases themselves.
    leases.abandon().catch((error: unknown) => log(asHalError(error, 'line keeper').message));
    const half = this.#reader.pendingBytes > 0 ? ', in the middle of a message' : '';
    if (granted.length > 0) log(`${granted.join(', ')} made safe under the client's lease: ${reason}${half}`);
    this.#peer.end();
    this.#onEnd();
  }
}

function failure(id: number | null, error: HalError): Reply {
  return { ok: false, id, kind: error.kind, device: error.device, message: error.message };
}
