import { expect, test } from 'bun:test';
import { StatelyServer } from '../../src/page/stately-server.ts';
import { traceData } from '../../src/trace/data.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';

test('an inspector that comes late is told who lives, then what happens; another website is refused', async () => {
  await using server = new StatelyServer(0);
  const trace = new TraceRecorder({ nowMs: () => 1 });
  trace.record({ kind: 'actor', op: 'started', actor: 'device', logic: 'device', data: traceData({}) });
  trace.record({ kind: 'snapshot', actor: 'device', states: ['on.eye.idle', 'on.ear.deaf'], tags: [] });
  server.show(trace);
  const origin = server.url.replace('ws', 'http');
  expect((await fetch(origin, { headers: { origin: 'http://elsewhere.example' } })).status).toBe(403);

  const told: unknown[] = [];
  const { promise: three, resolve } = Promise.withResolvers<void>();
  const socket = new WebSocket(server.url, { headers: { origin } });
  socket.onmessage = ({ data }) => {
    if (told.push(JSON.parse(String(data))) === 1) {
      trace.record({ kind: 'event', event: 'go', to: 'device', from: null, data: traceData({}) });
      trace.record({ kind: 'actor', op: 'done', actor: 'device', logic: 'device', data: traceData({}) });
    }
    if (told.length === 3) resolve();
  };
  await three;
  socket.close();
  const value = { on: { eye: 'idle', ear: 'deaf' } };
  expect(told).toMatchObject([
    {
      type: '@xstate.actor',
      sessionId: 'device',
      definition: expect.stringContaining('"states"'),
      snapshot: { value },
    },
    { type: '@xstate.event', sessionId: 'device', event: { type: 'go' } },
    {
      type: '@xstate.snapshot',
      sessionId: 'device',
      event: { type: 'go' },
      snapshot: { status: 'done', value },
    },
  ]);
});
