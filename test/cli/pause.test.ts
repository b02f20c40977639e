import { afterEach, expect, test } from 'bun:test';
import { chownSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import { pause, resume } from '../../src/cli/pause.ts';
import { Journal } from '../../src/journal/journal.ts';
import { nothingClosed, readPrivacySwitch } from '../../src/runtime/privacy-switch.ts';
import { watchPrivacy } from '../../src/runtime/watch-privacy.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { runCommand } from './run-command.ts';

afterEach(removeTemporary);

test('both senses are closed until told, one after the other adds, and resume opens all; the journal has who did it', async () => {
  const state = temporaryFolder();
  const muted = await runCommand(pause, ['--mute-only', '--for', '2h', '--json', '--state', state]);
  expect(JSON.parse(muted.out)).toMatchObject({ closed: ['microphone'] });
  expect(readPrivacySwitch(state)).toMatchObject({ camera: null, microphone: { forMs: 7_200_000 } });
  expect((await runCommand(pause, ['--camera-only', '--state', state])).out).toBe(
    'The camera is closed: nobody is looked at, and nobody is let in by their face, until: vigil resume.\n',
  );
  expect(readPrivacySwitch(state)).toMatchObject({
    camera: { forMs: null },
    microphone: { forMs: 7_200_000 },
  });
  expect(statSync(join(state, 'privacy.json')).mode & 0o777).toBe(0o600);
  expect((await runCommand(resume, ['--state', state])).out).toBe('Open again: camera and microphone.\n');
  expect((await runCommand(resume, ['--state', state])).out).toBe('Nothing was closed.\n');
  expect(readPrivacySwitch(state)).toEqual(nothingClosed);
  using journal = Journal.open({ directory: state });
  const audits = journal.list({ kinds: ['audit'], limit: 10 }).map(({ facts }) => facts);
  expect(audits.map((facts) => facts?.action)).toEqual([
    'opened camera and microphone',
    'closed camera until told',
    expect.stringMatching(/^closed microphone until \d{4}-/),
  ]);
  expect(audits.every((facts) => typeof facts?.by === 'string' && facts.by.length > 0)).toBe(true);
});

test.skipIf(process.getuid?.() !== 0)(
  'what root orders can be read by the user whose folder it is',
  async () => {
    const state = temporaryFolder();
    chownSync(state, 1_234, 1_234);
    await runCommand(pause, ['--state', state]);
    expect(statSync(join(state, 'privacy.json'))).toMatchObject({ uid: 1_234, gid: 1_234 });
    await runCommand(resume, ['--state', state]);
    expect(existsSync(join(state, 'privacy.json'))).toBe(false);
  },
);

test.each([[['--for', 'soon']], [['--for', '0m']], [['--for', '8d']], [['--camera-only', '--mute-only']]])(
  'pause %j is refused, and closes nothing',
  async (args) => {
    const state = temporaryFolder();
    const { exitCode } = await runCommand(pause, [...args, '--state', state]);
    expect(exitCode).toBe(2);
    expect(readPrivacySwitch(state)).toEqual(nothingClosed);
  },
);

test.each([['{'], ['{"v":1,"camera":null}'], ['{"v":2}'], ['null'], ['']])(
  'a damaged switch %j keeps everything closed, until resume takes it away',
  async (text) => {
    const state = temporaryFolder();
    writeFileSync(join(state, 'privacy.json'), text);
    expect(readPrivacySwitch(state)).toMatchObject({ camera: { forMs: null }, microphone: { forMs: null } });
    await runCommand(resume, ['--state', state]);
    expect(readPrivacySwitch(state)).toEqual(nothingClosed);
  },
);

test('a running device is told at once, and of nothing when it has ended', async () => {
  const state = temporaryFolder();
  const told: string[] = [];
  const heard = { next: Promise.withResolvers<void>() };
  const ending = new AbortController();
  const tell = ({ type, sense }: { type: string; sense: string }) => {
    told.push(`${type} ${sense}`);
    if (told.length % 2 === 0) heard.next.resolve();
  };
  watchPrivacy(
    { stateDirectory: state, clock: new SystemClock(), wallClock: new SystemWallClock(), tell },
    ending.signal,
  );
  await runCommand(pause, ['--state', state]);
  await heard.next.promise;
  heard.next = Promise.withResolvers<void>();
  await runCommand(resume, ['--state', state]);
  await heard.next.promise;
  ending.abort();
  await runCommand(pause, ['--state', state]);
  expect(told).toEqual([
    'SENSE.CLOSED vision',
    'SENSE.CLOSED hearing',
    'SENSE.OPENED vision',
    'SENSE.OPENED hearing',
  ]);
});
