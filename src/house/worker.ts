import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import type { HouseEvent } from './event.ts';
import { BrokerTeller, configuredBroker } from './mqtt/tell-broker.ts';
import { type KnownPeople, PeopleFollower } from './people-known.ts';
import { readSecret } from './secret.ts';
import { postTo } from './webhook/post.ts';
import { WebhookTeller } from './webhook/tell-webhook.ts';
import type { FromHouse, HouseSettings, ToHouse } from './worker-messages.ts';

// The thread that talks to the house: whatever brokers and webhooks do, the device's thread does not notice.

declare const self: Worker;

/** Somebody in the house who is told. */
interface Teller {
  /** Messages that were dropped since the start. */
  readonly lost: number;
  setPeople(people: KnownPeople): void;
  tell(event: HouseEvent): void;
  run(signal: AbortSignal): Promise<void>;
}

const clock = new SystemClock();
const wallClock = new SystemWallClock();
const ending = new AbortController();
let follower: PeopleFollower | undefined;
let tellers: readonly Teller[] = [];
let running: Promise<unknown> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<ToHouse>) => {
  switch (data.kind) {
    case 'start':
      start(data.options);
      return;
    case 'events':
      for (const event of data.events) {
        if ('person' in event) follower?.lookFor(event.person);
        for (const teller of tellers) teller.tell(event);
      }
      tell({ kind: 'taken', lost: tellers.reduce((sum, { lost }) => sum + lost, 0) });
      return;
    case 'stop':
      ending.abort();
      void running.finally(() => tell({ kind: 'stopped' }));
  }
};

function start({ mqtt, webhook, stateDirectory, version }: HouseSettings): void {
  const common = { clock, draw: Math.random, onNote: (text: string) => tell({ kind: 'note', text }) };
  tellers = [
    ...(mqtt.enabled
      ? [new BrokerTeller({ ...common, config: mqtt, version, connect: configuredBroker(mqtt) })]
      : []),
    ...(webhook.enabled
      ? [
          new WebhookTeller({
            ...{ ...common, wallClock, withNames: webhook.names },
            post: postTo(webhook.url, webhook.caFile),
            secret: () => readSecret(webhook.secretFile, 'webhook-secret'),
          }),
        ]
      : []),
  ];
  // Before it is known who is known, everybody on a broker would look like somebody who was erased.
  let peopleKnown = false;
  const onPeople = (people: KnownPeople) => {
    for (const teller of tellers) teller.setPeople(people);
    if (!peopleKnown) running = Promise.all(tellers.map((teller) => teller.run(ending.signal)));
    peopleKnown = true;
  };
  follower = new PeopleFollower({ directory: stateDirectory, clock, wallClock, onPeople });
  void follower.follow(ending.signal);
}

function tell(message: FromHouse): void {
  self.postMessage(message);
}
