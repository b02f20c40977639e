import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock, SystemWallClock } from '../../../hal/linux/clock.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { HouseFeed } from '../../../src/house/feed.ts';
import { House } from '../../../src/house/house.ts';
import { mqttOver } from '../../../src/house/mqtt/connect.ts';
import type { MqttSession } from '../../../src/house/mqtt/session.ts';
import { PeopleStore } from '../../../src/people/store.ts';
import { traceData } from '../../../src/trace/data.ts';
import { TraceRecorder } from '../../../src/trace/recorder.ts';
import { type Mosquitto, startMosquitto, whyNoMosquitto } from './mosquitto.ts';

const never = new AbortController().signal;
const clock = new SystemClock();
let broker: Mosquitto;
const folders: string[] = [];
const opened: AsyncDisposable[] = [];

/** Somebody else at the broker: what is told, and what it keeps. */
class Onlooker {
  readonly heard: { readonly topic: string; readonly payload: string }[] = [];
  session: MqttSession | undefined;

  static async at(port: number): Promise<Onlooker> {
    const onlooker = new Onlooker();
    const connect = mqttOver({
      ...{ host: '127.0.0.1', port, tls: null, version: '5', username: null, password: null },
      clientId: crypto.randomUUID(),
    });
    const lastWill = { topic: 'onlooker', payload: '', retain: false };
    onlooker.session = await connect(
      { onMessage: (topic, payload) => onlooker.heard.push({ topic, payload }), lastWill },
      never,
    );
    await onlooker.session.subscribe(['#']);
    return onlooker;
  }

  last(topic: string): string | undefined {
    return this.heard.findLast((message) => message.topic === topic)?.payload;
  }

  async hears(topic: string, payload: RegExp): Promise<string> {
    for (let tries = 0; tries < 400; tries++) {
      const found = this.last(topic);
      if (found !== undefined && payload.test(found)) return found;
      await Bun.sleep(10);
    }
    throw new Error(`not heard: ${topic} ${payload}, but ${JSON.stringify(this.heard.slice(-5))}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session?.close();
  }
}

async function onlookerAt(port: number): Promise<Onlooker> {
  const onlooker = await Onlooker.at(port);
  opened.push(onlooker);
  return onlooker;
}

/** A device that tells its house, without a machine behind it. */
function tellingDevice(mqttLines: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-house-'));
  folders.push(folder);
  const { config } = parseConfig(
    ['[mqtt]', 'enabled = true', ...mqttLines].join('\n'),
    join(folder, 'vigil.toml'),
  );
  const wallClock = new SystemWallClock();
  const store = PeopleStore.open({ directory: folder, wallClock });
  const trace = new TraceRecorder(clock);
  const notes: string[] = [];
  const start = () => {
    const house = House.open({
      ...{ mqtt: config.mqtt, webhook: config.webhook, stateDirectory: folder, version: '0.1.0' },
      onNote: (text) => notes.push(text),
    });
    if (house === undefined) throw new Error('nobody to tell');
    const feed = new HouseFeed();
    feed.listen((events) => house.tell(events));
    feed.show({ trace, wallClock });
    opened.push(house);
    return house;
  };
  opened.push({ [Symbol.asyncDispose]: async () => store.close() });
  const grant = (subjectId: string) =>
    trace.record({
      ...{ kind: 'event', event: 'ACCESS.GRANTED', to: 'device', from: 'device/access' },
      data: traceData({ by: 'face', trackId: 1, grant: { grantId: 'grant-1', subjectId } }),
    });
  const noted = async (text: RegExp) => {
    for (let tries = 0; tries < 400 && !notes.some((note) => text.test(note)); tries++) await Bun.sleep(10);
    return notes;
  };
  return { folder, store, trace, notes, start, grant, noted };
}

beforeAll(async () => {
  if (whyNoMosquitto === undefined) broker = await startMosquitto();
});

afterAll(async () => await broker?.[Symbol.asyncDispose]());

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe.skipIf(whyNoMosquitto !== undefined)(
  `Mosquitto${whyNoMosquitto === undefined ? '' : `: ${whyNoMosquitto}`}`,
  () => {
    test('hears who was let in, keeps it, and forgets a person who is erased', async () => {
      const device = tellingDevice([
        `url = "mqtt://127.0.0.1:${broker.port}"`,
        'topic = "t1"',
        'names = true',
      ]);
      const ana = device.store.add('Ana').subjectId;
      const onlooker = await onlookerAt(broker.port);
      device.start();
      await onlooker.hears('t1/availability', /^online$/);
      await onlooker.hears(`homeassistant/sensor/t1/person_${ana}_seen/config`, /Ana/);
      device.grant(ana);
      expect(JSON.parse(await onlooker.hears(`t1/person/${ana}`, /granted/))).toMatchObject({
        ...{ person: ana, name: 'Ana', answer: 'granted', by: 'face' },
      });
      await onlooker.hears('t1/events', /"type":"granted"/);
      device.store.forget(ana);
      await onlooker.hears(`t1/person/${ana}`, /^$/);
      await onlooker.hears(`homeassistant/sensor/t1/person_${ana}_seen/config`, /^$/);
      const late = await onlookerAt(broker.port);
      await late.hears('t1/availability', /online/);
      expect(JSON.stringify(late.heard)).not.toContain('Ana');
      expect(JSON.stringify(late.heard)).not.toContain(ana);
    });

    test('is cleaned of somebody who was erased while the device was off', async () => {
      const device = tellingDevice([
        `url = "mqtt://127.0.0.1:${broker.port}"`,
        'topic = "t2"',
        'version = "3.1.1"',
      ]);
      const before = await onlookerAt(broker.port);
      await before.session?.publish({ topic: 't2/person/p_gone', payload: '{"name":"Bea"}', retain: true });
      device.start();
      await before.hears('t2/person/p_gone', /^$/);
    });

    test('says that the device is gone when its process dies', async () => {
      const onlooker = await onlookerAt(broker.port);
      const script = join(import.meta.dir, 'connect-until-killed.ts');
      const child = Bun.spawn([process.execPath, script, String(broker.port)], {
        stdout: 'ignore',
        stderr: 'inherit',
      });
      await onlooker.hears('killed/availability', /online/);
      child.kill('SIGKILL');
      await onlooker.hears('killed/availability', /offline/);
    });

    test('is connected to again when it was away', async () => {
      const device = tellingDevice([
        `url = "mqtt://127.0.0.1:${broker.port}"`,
        'topic = "t4"',
        'names = true',
      ]);
      device.start();
      await device.noted(/connected/);
      await broker.kill();
      await device.noted(/trying again/);
      // Somebody who is enrolled and recognised at once is known by name all the same.
      const bea = device.store.add('Bea').subjectId;
      device.grant(bea);
      device.trace.halIn('door-contact', 'edge', { data: { on: true } });
      await broker.restart();
      const onlooker = await onlookerAt(broker.port);
      await onlooker.hears(`t4/person/${bea}`, /"name":"Bea"/);
      await onlooker.hears('t4/input/door-contact', /^ON$/);
      await onlooker.hears('t4/availability', /online/);
    });

    test('is told over TLS by a user with a password, and by nobody without', async () => {
      const url = `url = "mqtts://127.0.0.1:${broker.tlsPort}"`;
      const device = tellingDevice([
        ...[url, 'topic = "t5"', 'username = "vigil"', 'password_file = "secret"'],
        `ca_file = "${broker.caFile}"`,
      ]);
      const secret = join(device.folder, 'secret');
      writeFileSync(secret, `${broker.password}\n`, { mode: 0o600 });
      chmodSync(secret, 0o644);
      device.start();
      expect((await device.noted(/chmod 600/)).join()).toContain('chmod 600');
      chmodSync(secret, 0o600);
      expect((await device.noted(/connected/)).join()).toContain('MQTT: connected');
      expect(device.notes.join()).not.toContain(broker.password);

      const wrong = tellingDevice([
        url,
        'topic = "t6"',
        'username = "vigil"',
        `ca_file = "${broker.caFile}"`,
      ]);
      wrong.start();
      expect((await wrong.noted(/password_file/)).join()).toContain('may not connect');

      const unsigned = tellingDevice([url, 'topic = "t7"', 'username = "vigil"']);
      unsigned.start();
      expect((await unsigned.noted(/certificate/)).join()).toContain('certificate');
    });
  },
);
