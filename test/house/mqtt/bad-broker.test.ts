import { afterEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { mqttOver } from '../../../src/house/mqtt/connect.ts';
import type { MqttSession } from '../../../src/house/mqtt/session.ts';

const never = new AbortController().signal;
/** Accepted, of both versions: CONNACK without a session (MQTT 3.1.1, section 3.2). */
const accepted = Uint8Array.of(0x20, 2, 0, 0);
let server: { port: number; stop(force?: boolean): void } | undefined;

afterEach(() => server?.stop(true));

/** A broker that answers the first bytes with `answer`, and every later piece with `later`. */
async function connectTo(
  answer: Uint8Array,
  later: (send: (bytes: Uint8Array) => number) => void = () => {},
) {
  const listener = Bun.listen<{ greeted: boolean }>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: (socket) => {
        socket.data = { greeted: false };
      },
      data(socket) {
        if (socket.data.greeted) return later((bytes) => socket.write(bytes));
        socket.data.greeted = true;
        socket.write(answer);
      },
    },
  });
  server = listener;
  const connect = mqttOver({
    ...{ host: '127.0.0.1', port: listener.port, tls: null, version: '3.1.1', clientId: 'x' },
    ...{ username: null, password: null },
  });
  const onMessage = () => undefined;
  return await connect({ onMessage, lastWill: { topic: 'w', payload: '', retain: false } }, never);
}

/** Why it could not be connected to. */
async function refusal(answer: Uint8Array): Promise<string> {
  try {
    await connectTo(answer);
    return 'connected';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function endOf(session: MqttSession): Promise<string> {
  await session.publish({ topic: 'a', payload: 'b', retain: false }).catch(() => undefined);
  return await session.ended;
}

describe('a broker', () => {
  test('that refuses says why in words that help', async () => {
    expect(await refusal(Uint8Array.of(0x20, 2, 0, 5))).toContain('mqtt.username');
    expect(await refusal(Uint8Array.of(0x20, 2, 0, 4))).toContain('mqtt.password_file');
    expect(await refusal(Uint8Array.of(0x20, 2, 0, 1))).toContain('mqtt.version');
  });

  test('that is none ends the connection with an error, whatever it sends', async () => {
    expect(await refusal(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))).not.toBe('connected');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 6, maxLength: 40 }), async (bytes) => {
        // 0x20 is a connection accepted or refused; everything else is no answer to a greeting.
        fc.pre((bytes[0] ?? 0) >> 4 !== 2);
        // All of it in packets that are whole, so that nothing more is waited for.
        const whole = Uint8Array.from([bytes[0] ?? 0, bytes.length - 1, ...bytes.subarray(1), 0x00, 0x00]);
        const why = await refusal(whole);
        server?.stop(true);
        expect(why).not.toBe('connected');
      }),
      { numRuns: 15 },
    );
  });

  test('that announces a packet of 256 MB is left before it comes', async () => {
    const session = await connectTo(accepted, (send) => send(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f)));
    expect(await endOf(session)).toContain('too long');
  });

  test('that floods is left', async () => {
    const message = Uint8Array.from([0x30, 100, 0, 1, 0x61, ...new Uint8Array(97)]);
    const many = Buffer.concat(Array.from({ length: 4_000 }, () => message));
    const session = await connectTo(accepted, (send) => {
      // As fast as it is taken, in rounds of the loop.
      let rounds = 0;
      const flood = () => {
        if (send(many) >= 0 && rounds++ < 200) setImmediate(flood);
      };
      flood();
    });
    expect(await endOf(session)).toContain('floods');
  });

  test('that goes away in the middle ends the session', async () => {
    const session = await connectTo(accepted, () => server?.stop(true));
    expect(await endOf(session)).toBe('the connection is gone');
  });
});
