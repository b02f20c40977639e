import { Credentials } from '../credentials/credentials.ts';
import { DeviceApi } from '../house/api/device-api.ts';
import { Admission } from './admission.ts';
import { StoredPeople } from './answers/stored-people.ts';
import { type Assets, buildAssets } from './assets.ts';
import { Audits } from './audits.ts';
import { Charts, chartNames } from './charts.ts';
import { DeviceRequests } from './device-requests.ts';
import { Kiosk } from './kiosk.ts';
import { ownAnswers } from './own-answers.ts';
import { PageServer } from './server.ts';
import { isLoopback } from './site.ts';
import { Spectators } from './spectators.ts';
import { type FromServer, type ToServer, toServerSchema } from './worker-messages.ts';

/** The thread of the page: whatever browsers do, the device's thread does not notice. */
declare const self: Worker;

const charts = new Charts();
const clock = { nowMs: () => performance.now() };
const spectators = new Spectators();
let audits = new Audits(null);
const requests = new DeviceRequests(tell, clock, (action, by, subjectId) =>
  audits.write(action, by, subjectId),
);
let past: { readonly parts: string[]; readonly whole: PromiseWithResolvers<string> } | undefined;
let assets: Promise<Assets> | undefined;
let server: PageServer | undefined;
let kiosk: Kiosk | undefined;
let credentials: Credentials | undefined;
let api: DeviceApi | null = null;

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  const message = toServerSchema.parse(data);
  switch (message.kind) {
    case 'start':
      return start(message);
    case 'story':
      server?.tellStory(message.text, message.toAll);
      kiosk?.hear(message.text);
      return tell({ kind: 'sent' });
    case 'records':
      server?.tellRecords(message.text);
      kiosk?.hear(message.text);
      return tell({ kind: 'sent' });
    case 'past':
      past?.parts.push(message.text);
      if (!message.last) return;
      past?.whole.resolve(past.parts.join(''));
      past = undefined;
      return;
    case 'answer':
      return requests.answered(message);
    case 'ring':
      return spectators.useRing(message.share);
    case 'picture':
      return void spectators
        .showPicture(message.frame, message.facts)
        .finally(() => tell({ kind: 'picture-done' }));
    case 'sound':
      return spectators.tellSound(message.facts);
    case 'house':
      api?.tell(message.events);
      return tell({ kind: 'house-taken' });
    case 'stop':
      return void (server?.stop() ?? Promise.resolve()).finally(async () => {
        credentials?.close();
        await api?.[Symbol.asyncDispose]();
        tell({ kind: 'stopped' });
      });
  }
};

function start(options: Extract<ToServer, { kind: 'start' }>): void {
  const { port, address, hosts, tls, key, anybody, stateDirectory, journalDirectory, folders, traceFile } =
    options;
  audits = new Audits(journalDirectory);
  kiosk = new Kiosk((name, body, asker) => requests.ask(name, body, asker), journalDirectory);
  try {
    if (stateDirectory !== null) {
      // No token is taken here, so the time of day counts for nothing.
      const wallClock = { nowUtcMs: () => Date.now(), trusted: false };
      credentials = Credentials.open({ directory: stateDirectory, wallClock });
    }
    if (!isLoopback(address) && (credentials?.users().length ?? 0) === 0) {
      throw new Error(
        `${address} can be reached from elsewhere, and nobody could sign in there: vigil user add NAME --role admin, ` +
          'or set page.address to 127.0.0.1',
      );
    }
    if (options.api !== null) {
      api = new DeviceApi(options.api, {
        measure: () => requests.ask('metrics', {}, { name: 'the API', scopes: ['status'] }),
        keepOpen: (request) => server?.keepOpen(request),
      });
    }
    requests.answerHere({
      ...ownAnswers(journalDirectory),
      ...(stateDirectory === null || folders === null
        ? {}
        : new StoredPeople({ stateDirectory, folders, traceFile, journalDirectory, audits }).answers),
    });
    server = new PageServer({
      port,
      address,
      hosts,
      tls,
      admission: new Admission({ key, credentials: credentials ?? null, anybody, nowMs: clock.nowMs }),
      assets: () => {
        assets ??= buildAssets();
        return assets;
      },
      chartNames,
      chart: (name) => charts.svg(name),
      past: askPast,
      ask: (name, body, asker) => requests.ask(name, body, asker),
      onSignIn: (action, by) => audits.write(action, by),
      api,
      spectators,
      kiosk,
      onSpectators: (newcomer) => {
        tell({ kind: 'spectators', count: spectators.count });
        if (newcomer !== null) audits.write('looked through the camera', newcomer.name);
      },
      onViewers: (viewers, storyWanted) => tell({ kind: 'viewers', viewers, storyWanted }),
    });
    tell({ kind: 'listening', url: server.site.url });
  } catch (error) {
    const portTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    tell({
      kind: 'not-listening',
      portTaken,
      message: error instanceof Error ? error.message : String(error),
    });
  }
}

/** Pages that ask while an answer is on its way share it. */
function askPast(): Promise<string> {
  if (past === undefined) {
    past = { parts: [], whole: Promise.withResolvers() };
    tell({ kind: 'past-asked' });
  }
  return past.whole.promise;
}

function tell(message: FromServer): void {
  self.postMessage(message);
}
