import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type IClientOptions, type IConnackPacket, MqttClient } from 'mqtt';
import { guardIncoming, mostPacketBytes } from './incoming.ts';
import type { ConnectMqtt, MqttListener, MqttMessage, MqttSession } from './session.ts';

const connectLimitMs = 15_000;
/** A broker that takes longer to acknowledge counts as gone. */
const publishLimitMs = 20_000;
const closeLimitMs = 1_000;
const keepaliveS = 30;

export interface MqttBroker {
  readonly host: string;
  readonly port: number;
  /** Null without TLS. PEM texts; `ca` null for the system's. */
  readonly tls: {
    readonly ca: string | null;
    readonly cert: string | null;
    readonly key: string | null;
  } | null;
  readonly version: '5' | '3.1.1';
  readonly clientId: string;
  readonly username: string | null;
  readonly password: string | null;
}

/** Connects to a broker on the network. */
export function mqttOver(broker: MqttBroker): ConnectMqtt {
  return async (listener, signal) => {
    signal.throwIfAborted();
    const session = new NetworkSession(broker, listener);
    try {
      await session.accepted(signal);
      return session;
    } catch (error) {
      session.cut();
      throw error;
    }
  };
}

function clientOptions(broker: MqttBroker, { lastWill }: MqttListener): IClientOptions {
  const { topic, payload, retain } = lastWill;
  return {
    protocolVersion: broker.version === '5' ? 5 : 4,
    clientId: broker.clientId,
    ...(broker.username === null ? {} : { username: broker.username }),
    ...(broker.password === null ? {} : { password: broker.password }),
    will: { topic, payload: Buffer.from(payload), qos: 1, retain },
    clean: true,
    keepalive: keepaliveS,
    connectTimeout: connectLimitMs,
    // Whoever uses the session decides when to try again, and keeps what waits.
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    ...(broker.version === '5' ? { properties: { maximumPacketSize: mostPacketBytes } } : {}),
  };
}

function openStream({ host, port, tls }: MqttBroker, onTrouble: (why: string) => void): Socket {
  const optional = <T>(name: string, value: T | null) => (value === null ? {} : { [name]: value });
  const socket =
    tls === null
      ? connectTcp({ host, port })
      : connectTls({
          ...{ host, port },
          // A certificate is asked for by name; an address has none (RFC 6066, section 3).
          ...(isIP(host) === 0 ? { servername: host } : {}),
          ...optional('ca', tls.ca),
          ...optional('cert', tls.cert),
          ...optional('key', tls.key),
        });
  socket.on('error', (error) => onTrouble(whyOf(error)));
  guardIncoming(socket, () => performance.now());
  return socket;
}

class NetworkSession implements MqttSession {
  readonly ended: Promise<string>;
  readonly #client: MqttClient;
  readonly #ended = Promise.withResolvers<string>();
  #trouble: string | undefined;

  constructor(broker: MqttBroker, listener: MqttListener) {
    // mqtt.js tells of no trouble with the stream once it is connected.
    const onTrouble = (why: string) => {
      this.#trouble ??= why;
    };
    const client = new MqttClient(() => openStream(broker, onTrouble), clientOptions(broker, listener));
    this.#client = client;
    this.ended = this.#ended.promise;
    // mqtt.js tells of most errors here and closes by itself; without a listener they would be thrown.
    client.on('error', (error) => this.#end(whyOf(error)));
    client.on('disconnect', (packet) =>
      this.#end(`the broker ended it, reason ${packet.reasonCode ?? 'unknown'}`),
    );
    client.on('close', () => this.#end('the connection is gone'));
    client.on('message', (topic, payload) => listener.onMessage(topic, payload.toString('utf8')));
  }

  async accepted(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onConnect = (_: IConnackPacket) => resolve();
    const onAbort = () => reject(signal.reason);
    this.#client.once('connect', onConnect);
    signal.addEventListener('abort', onAbort, { once: true });
    void this.ended.then((why) => reject(new Error(why)));
    const limit = setTimeout(
      () => reject(new Error(`it did not answer within ${connectLimitMs} ms`)),
      connectLimitMs,
    );
    try {
      await promise;
    } finally {
      clearTimeout(limit);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async publish({ topic, payload, retain }: MqttMessage): Promise<'taken' | 'refused'> {
    try {
      await this.#within(publishLimitMs, this.#client.publishAsync(topic, payload, { qos: 1, retain }));
      return 'taken';
    } catch (error) {
      if (this.#trouble !== undefined) throw error;
      return 'refused';
    }
  }

  async subscribe(filters: readonly string[]): Promise<void> {
    await this.#within(publishLimitMs, this.#client.subscribeAsync([...filters], { qos: 1 }));
  }

  async close(): Promise<void> {
    await Promise.race([this.#client.endAsync(), Bun.sleep(closeLimitMs)]);
    this.cut();
  }

  /** Ends it without a good-bye. */
  cut(): void {
    this.#client.end(true);
    this.#end('it was closed');
  }

  async #within(limitMs: number, work: Promise<unknown>): Promise<void> {
    const limit = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      limit.reject(new Error(`it did not answer within ${limitMs} ms`));
      this.cut();
    }, limitMs);
    const gone = this.ended.then((why) => {
      throw new Error(why);
    });
    try {
      await Promise.race([work, limit.promise, gone]);
    } finally {
      clearTimeout(timer);
      // Whichever of them lost has nothing more to say.
      for (const loser of [work, limit.promise, gone]) loser.catch(() => undefined);
    }
  }

  #end(why: string): void {
    this.#trouble ??= why;
    this.#ended.resolve(this.#trouble);
    this.#client.end(true);
  }
}

/** Reasons of MQTT for a refusal, in words that say what to do. */
const refusals: Readonly<Record<number, string>> = {
  1: 'it does not speak this version: set mqtt.version',
  4: 'user or password are wrong: see mqtt.username and mqtt.password_file',
  5: 'this user may not connect: see mqtt.username and mqtt.password_file',
  132: 'it does not speak this version: set mqtt.version',
  133: 'it does not take this client id: see mqtt.topic',
  134: 'user or password are wrong: see mqtt.username and mqtt.password_file',
  135: 'this user may not connect: see mqtt.username and mqtt.password_file',
  142: 'another device with the same mqtt.topic has connected',
};

function whyOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  const refusal = typeof code === 'number' ? refusals[code] : undefined;
  return (
    refusal ?? (typeof code === 'string' ? `${error.message || 'no connection'} (${code})` : error.message)
  );
}
