import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import { BrokerTeller, configuredBroker } from './mqtt/tell-broker.ts';
import { followPeople } from './people-known.ts';
import type { FromHouse, HouseSettings, ToHouse } from './worker-messages.ts';

// The thread that talks to the house: whatever brokers do, the device's thread does not notice.

declare const self: Worker;

const clock = new SystemClock();
const ending = new AbortController();
let broker: BrokerTeller | undefined;
let running = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<ToHouse>) => {
  switch (data.kind) {
    case 'start':
      start(data.options);
      return;
    case 'events':
      for (const event of data.events) broker?.tell(event);
      tell({ kind: 'taken' });
      return;
    case 'stop':
      ending.abort();
      void running.finally(() => tell({ kind: 'stopped' }));
  }
};

function start({ mqtt, stateDirectory, version }: HouseSettings): void {
  const teller = new BrokerTeller({
    ...{ config: mqtt, version, clock },
    draw: Math.random,
    connect: configuredBroker(mqtt),
    onNote: (text) => tell({ kind: 'note', text }),
  });
  broker = teller;
  // Before it is known who is known, everybody on the broker would look like somebody who was erased.
  let peopleKnown = false;
  const onPeople = (people: ReadonlyMap<string, string>) => {
    teller.setPeople(people);
    if (!peopleKnown) running = teller.run(ending.signal);
    peopleKnown = true;
  };
  const wallClock = new SystemWallClock();
  void followPeople({ directory: stateDirectory, clock, wallClock }, onPeople, ending.signal);
}

function tell(message: FromHouse): void {
  self.postMessage(message);
}
