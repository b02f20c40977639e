import type { StatelyInspectionEvent } from '@statelyai/inspect';
import type { Server, ServerWebSocket } from 'bun';
import { machines } from '../../machines/index.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { Refusal } from './refusal.ts';
import { refused } from './responses.ts';
import { Site } from './site.ts';
import { StatelyEvents } from './stately-events.ts';

/** An inspector that is this far behind is dropped; it comes back and is told who lives. */
const mostBufferedBytes = 1_000_000;
const mostSockets = 8;
const address = '127.0.0.1';
/** WebSocket close code (RFC 6455, section 7.4.1) for an inspector that talks. */
const unsupportedCode = 1003;

/** Tells inspectors on this machine what the machines do, in the Stately Inspector's format. Nothing is taken from them. */
export class StatelyServer implements AsyncDisposable {
  readonly #server: Server<undefined>;
  readonly #site: Site;
  readonly #sockets = new Set<ServerWebSocket<undefined>>();
  #events = newEvents();
  #stopObserving = () => {};

  /** Port 0 is any that is free. Throws when the port cannot be had. */
  constructor(port: number) {
    this.#server = Bun.serve<undefined>({
      hostname: address,
      port,
      development: false,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        maxPayloadLength: 1_024,
        backpressureLimit: mostBufferedBytes,
        closeOnBackpressureLimit: true,
        open: (socket) => {
          this.#sockets.add(socket);
          for (const event of this.#events.living()) socket.send(JSON.stringify(event));
        },
        message: (socket) => socket.close(unsupportedCode, 'this socket only tells'),
        close: (socket) => void this.#sockets.delete(socket),
      },
    });
    const served = { address, port: this.#server.port ?? port, encrypted: false, hosts: [] };
    this.#site = new Site(served);
  }

  /** `ws://127.0.0.1:8080` */
  get url(): string {
    return this.#site.url.replace('http', 'ws');
  }

  /** From now on this device is told of. */
  show(trace: TraceRecorder): void {
    this.#stopObserving();
    this.#events = newEvents();
    for (const record of trace.records()) this.#events.see(record);
    for (const event of this.#events.living()) this.#tell(event);
    this.#stopObserving = trace.observe((record) => {
      const event = this.#events.see(record);
      if (event !== undefined) this.#tell(event);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopObserving();
    await this.#server.stop(true);
  }

  #tell(event: StatelyInspectionEvent): void {
    if (this.#sockets.size === 0) return;
    const text = JSON.stringify(event);
    for (const socket of this.#sockets) socket.send(text);
  }

  #answer(request: Request, server: Server<undefined>): Response | undefined {
    try {
      this.#site.requireOwnOrigin(request, this.#site.hostOf(request));
      if (this.#sockets.size >= mostSockets) throw new Refusal(503, 'too many inspectors are open');
      if (!server.upgrade(request, { data: undefined })) throw new Refusal(426, 'this is a WebSocket');
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  }
}

function newEvents(): StatelyEvents {
  const configurations = new Map<string, object>(
    Object.entries(machines).map(([name, machine]) => [name, machine.config]),
  );
  return new StatelyEvents(
    (logic) => {
      const configuration = configurations.get(logic);
      return configuration === undefined ? undefined : JSON.stringify(configuration);
    },
    () => Date.now(),
  );
}
