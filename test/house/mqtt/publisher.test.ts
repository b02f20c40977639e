import { beforeEach, describe, expect, test } from 'bun:test';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { MqttPublisher } from '../../../src/house/mqtt/publisher.ts';
import { PretendedBroker } from './pretended-broker.ts';

const dayMs = 86_400_000;
let clock: VirtualClock;
let broker: PretendedBroker;
let publisher: MqttPublisher;
let notes: string[];
let stop: AbortController;

beforeEach(() => {
  clock = new VirtualClock();
  broker = new PretendedBroker();
  notes = [];
  stop = new AbortController();
  publisher = new MqttPublisher({
    ...{ connect: broker.connect, clock, draw: () => 0.5 },
    availabilityTopic: 'v/availability',
    ownTopics: ['v/person/+'],
    onNote: (text) => notes.push(text),
  });
});

const run = () => void publisher.run(stop.signal);
const event = (payload: string) => publisher.publish({ topic: 'v/events', payload, retain: false });
const keep = (topic: string, payload: string) => publisher.publish({ topic, payload, retain: true });
const events = () => broker.taken.filter(({ topic }) => topic === 'v/events').map(({ payload }) => payload);

describe('a broker', () => {
  test('is told at once, in order, and that the device is there', async () => {
    run();
    event('1');
    event('2');
    await clock.runFor(10);
    event('3');
    await clock.runFor(10);
    expect(events()).toEqual(['1', '2', '3']);
    expect(broker.retained.get('v/availability')).toBe('online');
    expect(notes).toEqual(['MQTT: connected']);
  });

  test('that is gone for a day is tried at most twice a minute, and told the newest thousand events', async () => {
    broker.refusal = 'connect ECONNREFUSED';
    run();
    for (let count = 1; count <= 3_000; count++) {
      event(String(count));
      keep('v/person/p_1', String(count));
      await clock.runFor(dayMs / 3_000);
    }
    expect(broker.tries).toBeLessThan((24 * 60 * 60) / 30);
    expect(broker.tries).toBeGreaterThan(24 * 30);
    broker.refusal = null;
    await clock.runFor(61_000);
    expect(events()).toHaveLength(1_000);
    expect(events().at(0)).toBe('2001');
    expect(events().at(-1)).toBe('3000');
    expect(broker.retained.get('v/person/p_1')).toBe('3000');
    expect(notes).toEqual([
      'MQTT: connect ECONNREFUSED; trying again',
      'MQTT: connected; 2000 messages were dropped',
    ]);
  });

  test('that comes back hears no bell that rang while it was gone', async () => {
    broker.refusal = 'gone';
    run();
    publisher.publish({ topic: 'v/events', payload: 'bell', retain: false, staleAfterMs: 30_000 });
    event('kept');
    await clock.runFor(120_000);
    broker.refusal = null;
    await clock.runFor(61_000);
    expect(events()).toEqual(['kept']);
  });

  test('that loses the connection is told every value again', async () => {
    keep('v/output/lamp', 'ON');
    run();
    await clock.runFor(100);
    broker.retained.clear();
    broker.drop('the connection is gone');
    await clock.runFor(70_000);
    expect(Object.fromEntries(broker.retained)).toEqual({
      'v/availability': 'online',
      'v/output/lamp': 'ON',
    });
    expect(broker.connections).toBe(2);
  });

  test('that accepts and drops at once is not tried again and again without a wait', async () => {
    run();
    for (let second = 0; second < 600; second++) {
      broker.drop('kicked');
      await clock.runFor(1_000);
    }
    expect(broker.tries).toBeLessThan(40);
  });

  test('that tells the last will of an earlier connection late is told otherwise', async () => {
    run();
    await clock.runFor(100);
    broker.retained.set('v/availability', 'offline');
    broker.say('v/availability', 'offline');
    await clock.runFor(100);
    expect(broker.retained.get('v/availability')).toBe('online');
  });

  test('keeps nothing of people whom the device does not know any more', async () => {
    broker.retained.set('v/person/p_gone', '{"name":"Ana"}').set('v/person/p_1', 'old');
    broker.retained.set('other/person/p_gone', 'not ours');
    keep('v/person/p_1', 'new');
    run();
    await clock.runFor(100);
    expect(Object.fromEntries(broker.retained)).toEqual({
      'v/availability': 'online',
      'v/person/p_1': 'new',
      'other/person/p_gone': 'not ours',
    });
  });

  test('that floods the device’s own topics makes it answer a bounded number of times', async () => {
    run();
    await clock.runFor(100);
    const before = broker.taken.length;
    for (let count = 0; count < 50_000; count++) broker.say(`v/person/${count}`, 'x');
    await clock.runFor(1_000);
    expect(broker.taken.length - before).toBe(1_000);
  });

  test('is told good-bye when the device ends', async () => {
    run();
    await clock.runFor(100);
    stop.abort();
    await clock.runFor(100);
    expect(broker.retained.get('v/availability')).toBe('offline');
    expect(clock.pendingTimers).toBe(0);
  });
});
