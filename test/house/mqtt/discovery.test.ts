import { describe, expect, test } from 'bun:test';
import { z } from 'zod';
import type { HouseEvent } from '../../../src/house/event.ts';
import { Discovery, mostPeople } from '../../../src/house/mqtt/discovery.ts';
import type { MqttMessage } from '../../../src/house/mqtt/session.ts';
import { StateTopics, topicsOf } from '../../../src/house/mqtt/state-topics.ts';
import { discoverySchemas, discoveryTopic, eventPayload } from './home-assistant.ts';

const ana = 'p_5f2a90c1d3e4b567';
const people = new Map([
  [ana, 'Ana "Än" O’Neil'],
  ['p_2', '{{ 7 * 7 }}'],
]);

const discovery = (withNames = true) =>
  new Discovery({ prefix: 'homeassistant', base: 'house/front-door', withNames, version: '0.1.0' });

function announced(messages: readonly MqttMessage[]) {
  return messages.map(({ topic, payload }) => {
    const component = discoveryTopic.exec(topic)?.groups?.component;
    if (component !== 'sensor' && component !== 'binary_sensor' && component !== 'event') {
      throw new Error(`no topic of an announcement: ${topic}`);
    }
    return { topic, component, entity: discoverySchemas[component].parse(JSON.parse(payload)) };
  });
}

describe('Home Assistant', () => {
  test('takes every announcement', () => {
    const it = discovery();
    const entities = announced([
      ...it.device(),
      ...it.line('output', 'lamp'),
      ...it.line('output', 'main strike'),
      ...it.line('input', 'door-contact'),
      ...it.line('input', 'exit-button'),
      ...it.door(),
      ...it.people(people),
    ]);
    expect(entities).toHaveLength(14);
    for (const field of ['topic', 'unique_id'] as const) {
      const values = entities.map(({ topic, entity }) => (field === 'topic' ? topic : entity.unique_id));
      expect(new Set(values).size).toBe(14);
    }
  });

  test('is told of each line once', () => {
    const it = discovery();
    expect(it.line('output', 'lamp')).toHaveLength(1);
    expect(it.line('output', 'lamp')).toHaveLength(0);
  });

  test('is told people’s names only where that was allowed', () => {
    expect(JSON.stringify(discovery(true).people(people))).toContain('O’Neil');
    expect(JSON.stringify(discovery(false).people(people))).not.toContain('O’Neil');
  });

  test('loses the sensors of a person who is not known any more', () => {
    const it = discovery();
    const before = it.people(people).filter(({ topic }) => topic.includes(ana));
    const after = it.people(new Map([...people].slice(1)));
    expect(after.filter(({ payload }) => payload === '').map(({ topic }) => topic)).toEqual(
      before.map(({ topic }) => topic),
    );
  });

  test('is told of a bounded number of people', () => {
    const crowd = new Map(Array.from({ length: 1_000 }, (_, index) => [`p_${index}`, `N${index}`]));
    expect(discovery().people(crowd)).toHaveLength(2 * mostPeople);
  });

  test('can read what the topics that were announced are told', () => {
    const it = discovery();
    const topics = topicsOf('house/front-door');
    const states = new StateTopics(topics, true);
    states.setPeople(people);
    const stamp = { at: '2026-11-25T12:00:00.000Z' };
    const told = [
      { ...stamp, id: '1', type: 'state', state: 'operating' },
      { ...stamp, id: '2', type: 'granted', person: ana, by: 'face', score: 0.97, grantId: 'g' },
      { ...stamp, id: '3', type: 'refused', person: null, by: 'voice', score: null, reason: 'unsure' },
      { ...stamp, id: '4', type: 'unknown', by: 'face', reason: 'nobody-named' },
      { ...stamp, id: '5', type: 'output', output: 'lamp', on: true },
      { ...stamp, id: '7', type: 'door', what: 'forced', why: 'forced' },
      { ...stamp, id: '6', type: 'fault', part: 'vision', kind: 'disconnected', over: false },
    ] as const;
    const messages = told.flatMap((event) => states.messages(event));
    const entities = announced([
      ...it.device(),
      ...it.door(),
      ...it.line('output', 'lamp'),
      ...it.people(people),
    ]);
    const on = (topic: string) => messages.filter((message) => message.topic === topic);
    for (const { payload } of on(topics.visitor)) {
      eventPayload(['granted', 'refused', 'unknown']).parse(JSON.parse(payload));
    }
    expect(on(topics.visitor)).toHaveLength(3);
    eventPayload(['exit', 'opened', 'closed', 'held-open', 'forced']).parse(
      JSON.parse(on(topics.door)[0]?.payload ?? ''),
    );
    const timestamp = z.looseObject({ at: z.iso.datetime(), score: z.number(), name: z.string() });
    expect(timestamp.parse(JSON.parse(on(topics.person(ana))[0]?.payload ?? '')).name).toBe(
      people.get(ana) ?? '',
    );
    expect(on(topics.unknown).map(({ payload }) => payload)).toEqual(['ON']);
    expect(on(topics.output('lamp')).map(({ payload }) => payload)).toEqual(['ON']);
    const health = JSON.parse(on(topics.health).at(-1)?.payload ?? '');
    expect(health).toEqual({ state: 'operating', problem: 'ON', failing: { vision: 'disconnected' } });
    const state = entities.find(({ topic }) => topic.endsWith('/state/config'))?.entity;
    expect(z.looseObject({ options: z.array(z.string()) }).parse(state).options).toContain(health.state);
    // Whatever an entity listens to is told by this device.
    const spoken = new Set(messages.map(({ topic }) => topic));
    for (const { entity } of entities) {
      if (!entity.state_topic.includes('p_2')) expect(spoken).toContain(entity.state_topic);
    }
  });

  test('knows every state that the device has', async () => {
    const { deviceMachine } = await import('../../../machines/device.ts');
    const [state] = announced(discovery().device()).filter(({ topic }) => topic.endsWith('/state/config'));
    expect(z.looseObject({ options: z.array(z.string()) }).parse(state?.entity).options).toEqual(
      expect.arrayContaining(Object.keys(deviceMachine.states)),
    );
  });
});

describe('somebody who was erased', () => {
  test('is taken off the broker, and is not told of again', () => {
    const topics = topicsOf('v');
    const states = new StateTopics(topics, true);
    states.setPeople(people);
    const granted: HouseEvent = {
      id: '1',
      at: '2026-11-25T12:00:00.000Z',
      type: 'granted',
      person: ana,
      by: 'face',
      score: 0.9,
      grantId: 'g',
    };
    states.messages(granted);
    expect(states.setPeople(new Map())).toEqual([
      { topic: topics.person(ana), payload: '', retain: true },
      { topic: topics.person('p_2'), payload: '', retain: true },
      { topic: topics.lastPerson, payload: '', retain: true },
    ]);
    const late = states.messages(granted);
    expect(late.filter(({ retain }) => retain)).toEqual([]);
    expect(JSON.stringify(late)).not.toContain('O’Neil');
  });
});
