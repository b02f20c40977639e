import { mqttOver } from '../../../src/house/mqtt/connect.ts';

const availability = (payload: string) => ({ topic: 'killed/availability', payload, retain: true });
const connect = mqttOver({
  ...{ host: '127.0.0.1', port: Number(Bun.argv[2]), tls: null, version: '5' },
  ...{ clientId: 'killed', username: null, password: null },
});
const session = await connect(
  { onMessage: () => undefined, lastWill: availability('offline') },
  new AbortController().signal,
);
await session.publish(availability('online'));
await session.ended;
