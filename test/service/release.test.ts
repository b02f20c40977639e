import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../../src/cli/service.ts';
import { carryOut } from '../../src/service/carry-out.ts';
import {
  bringPlan,
  keepPlan,
  type ReleaseMove,
  restorePlan,
  type Step,
  stepWords,
  uninstallPlan,
  unitPaths,
} from '../../src/service/plan.ts';
import { readRelease, releaseId } from '../../src/service/release.ts';
import { runCommand } from '../cli/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-release-'));
afterAll(() => rmSync(folder, { recursive: true }));
const words = (steps: readonly Step[]) => steps.map(stepWords);
const release = { version: '0.2.0', target: 'linux-arm64', sha256: 'ab'.repeat(32) };
const place = (id: string) => `/opt/vigil/releases/${id}`;

describe('a release that is installed', () => {
  const move: ReleaseMove = {
    from: '/opt/vigil/package',
    to: place('new'),
    running: place('old'),
    there: [place('old'), place('older')],
  };

  test('is brought to its place before, and kept as the current one only when it runs', () => {
    expect(words(bringPlan(move))).toEqual(['copy /opt/vigil/package to /opt/vigil/releases/new']);
    expect(words(keepPlan(move))).toEqual([
      'ln -sfn /opt/vigil/releases/old /opt/vigil/previous',
      'ln -sfn /opt/vigil/releases/new /opt/vigil/current',
      'ln -sfn /opt/vigil/current/vigil /usr/local/bin/vigil',
      'rm -rf /opt/vigil/releases/older',
    ]);
  });

  test('again is not copied, and does not take the place of the one before', () => {
    const again = { ...move, from: place('new'), running: place('new'), there: [place('new'), place('old')] };
    expect(bringPlan(again)).toEqual([]);
    expect(words(keepPlan(again)).join('\n')).not.toMatch(/previous|rm -rf/);
  });

  test('going back makes the one that was left the one before', () => {
    const back = {
      from: place('old'),
      to: place('old'),
      running: place('new'),
      there: [place('new'), place('old')],
    };
    expect(words([...bringPlan(back), ...keepPlan(back)])).toEqual([
      'ln -sfn /opt/vigil/releases/new /opt/vigil/previous',
      'ln -sfn /opt/vigil/releases/old /opt/vigil/current',
      'ln -sfn /opt/vigil/current/vigil /usr/local/bin/vigil',
    ]);
  });

  test('that does not start gives way: units are as they were, and are started', () => {
    const [keeper = '', firmware = ''] = unitPaths;
    const steps = words(
      restorePlan(
        new Map([
          [keeper, undefined],
          [firmware, 'old text'],
        ]),
      ),
    );
    expect(steps).toContain('rm -rf /etc/systemd/system/vigil-keeper.service');
    expect(steps).toContain('write /etc/systemd/system/vigil.service');
    expect(steps.indexOf('systemctl daemon-reload')).toBeLessThan(
      steps.indexOf('systemctl restart vigil.service'),
    );
  });

  test('goes with the service, and people stay', () => {
    const steps = words(uninstallPlan({ state: false })).join('\n');
    expect(steps).toContain('rm -rf /opt/vigil/releases');
    expect(steps).toContain('rm -rf /usr/local/bin/vigil');
    expect(steps).not.toContain('/var/lib/vigil');
  });
});

describe('steps', () => {
  const signal = new AbortController().signal;
  const from = join(folder, 'from');
  beforeAll(() => {
    mkdirSync(join(from, 'bin'), { recursive: true });
    writeFileSync(join(from, 'bin/bun'), 'x', { mode: 0o755 });
  });

  test('a copy that a power cut left half done is made anew', async () => {
    const to = join(folder, 'releases/one');
    mkdirSync(`${to}.new`, { recursive: true });
    writeFileSync(join(`${to}.new`, 'stale'), '');
    await carryOut([{ kind: 'copy', from, to }], () => {}, signal);
    expect(readFileSync(join(to, 'bin/bun'), 'utf8')).toBe('x');
    expect(() => readFileSync(join(to, 'stale'))).toThrow();
  });

  test('a link takes the place of the link before', async () => {
    const path = join(folder, 'current');
    for (const to of ['one', 'two']) await carryOut([{ kind: 'link', path, to }], () => {}, signal);
    expect(readlinkSync(path)).toBe('two');
  });
});

describe('RELEASE', () => {
  const write = (text: string) => writeFileSync(join(folder, 'RELEASE'), text);

  test('names the folder of a release by its version and content', () => {
    write(JSON.stringify(release));
    expect(readRelease(folder)).toEqual(release);
    expect(releaseId(release)).toBe('0.2.0-abababababab');
  });

  test('that is none, or would name a folder elsewhere, is refused', () => {
    for (const bad of [
      '{',
      '[]',
      JSON.stringify({ ...release, version: '../../etc' }),
      JSON.stringify({ ...release, sha256: 'ab' }),
    ]) {
      write(bad);
      expect(() => readRelease(folder)).toThrow('RELEASE');
    }
    expect(readRelease(join(folder, 'releases'))).toBeUndefined();
  });
});

test('upgrade wants one package', async () => {
  const upgrade = command.commands.find(({ name }) => name === 'upgrade');
  for (const args of [[], ['a.tar.gz', 'b.tar.gz']]) {
    const { exitCode, err } = await runCommand(upgrade!, args);
    expect(exitCode).toBe(2);
    expect(err).toContain('name one package');
  }
});
