import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { command } from '../../src/cli/service.ts';
import { parseUnitState, serviceFinding } from '../../src/runtime/doctor/service.ts';
import { carryOut } from '../../src/service/carry-out.ts';
import { installPlan, type Step, stepWords, uninstallPlan } from '../../src/service/plan.ts';
import { parseSystemdVersion, whyNotUsable } from '../../src/service/system.ts';
import { firmwareUnit, keeperUnit, type UnitSettings } from '../../src/service/units.ts';
import { runCommand } from '../cli/run-command.ts';

const root = resolve(import.meta.dir, '../..');
const settings: UnitSettings = {
  root,
  bun: realpathSync(process.execPath),
  systemdVersion: 252,
  keeper: true,
};
const folder = mkdtempSync(join(tmpdir(), 'vigil-service-'));
afterAll(() => rmSync(folder, { recursive: true }));

function valuesOf(unit: string, key: string): string[] {
  return unit.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
}

describe('the units', () => {
  test('of JetPack 4 (systemd 237) hold no key that came later', () => {
    const later = ['ProtectKernelLogs', 'ProtectHostname', 'RestrictSUIDSGID', 'SystemCallErrorNumber'];
    for (const unit of [firmwareUnit, keeperUnit]) {
      const [now, then] = [unit(settings), unit({ ...settings, systemdVersion: 237 })];
      for (const key of later) {
        expect(valuesOf(now, key).length).toBe(1);
        expect(valuesOf(then, key)).toEqual([]);
      }
      expect(valuesOf(then, 'ProtectSystem')).toEqual(['strict']);
    }
  });

  test('leave Bun its compiler and the device its devices', () => {
    for (const unit of [firmwareUnit(settings), keeperUnit(settings)]) {
      expect(unit).not.toMatch(/MemoryDenyWriteExecute|PrivateDevices/);
      // Whether the clock is synchronised is asked of the kernel.
      expect(unit).not.toContain('ProtectClock');
      expect(valuesOf(unit, 'SystemCallFilter')).toContain('adjtimex clock_adjtime');
      expect(valuesOf(unit, 'DeviceAllow')).toContain('char-gpiochip rw');
    }
  });

  test('start the keeper before the firmware, keep it when the firmware goes, and tell the firmware where it is', () => {
    const firmware = firmwareUnit(settings);
    expect(valuesOf(firmware, 'After')[0]).toContain('vigil-keeper.service');
    expect(firmware).toMatch(/^Wants=vigil-keeper.service$/m);
    expect(firmware).not.toMatch(/^(BindsTo|Requires|PartOf)=/m);
    expect(keeperUnit(settings)).not.toMatch(/^(BindsTo|Requires|PartOf)=/m);
    expect(valuesOf(firmware, 'Environment')).toContain('VIGIL_KEEPER=/run/vigil-keeper/keeper.sock');
    const alone = firmwareUnit({ ...settings, keeper: false });
    expect(alone).not.toContain('keeper');
  });

  test('give the watchdog more than two feeds’ time, and restart for ever', () => {
    const firmware = firmwareUnit(settings);
    expect(Number(valuesOf(firmware, 'WatchdogSec')[0])).toBeGreaterThan(10);
    expect(valuesOf(firmware, 'Type')).toEqual(['notify']);
    expect(valuesOf(firmware, 'Restart')).toEqual(['always']);
    expect(valuesOf(firmware, 'StartLimitIntervalSec')).toEqual(['0']);
  });

  const analyze = Bun.which('systemd-analyze');
  test.skipIf(analyze === null)(
    `pass systemd-analyze verify${analyze === null ? ' (skipped: it is not installed)' : ''}`,
    async () => {
      const paths = [
        ['vigil.service', firmwareUnit(settings)],
        ['vigil-keeper.service', keeperUnit(settings)],
      ].map(([name = '', text = '']) => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
      });
      const child = Bun.spawn(['systemd-analyze', 'verify', '--man=no', ...paths], {
        stdin: 'ignore',
        stderr: 'pipe',
      });
      const said = await new Response(child.stderr).text();
      expect(said.split('\n').filter((line) => /vigil/.test(line))).toEqual([]);
    },
  );
});

describe('installing', () => {
  const words = (steps: readonly Step[]) => steps.map(stepWords);

  test('makes groups, user, udev rule and units before it starts them, the keeper first', () => {
    const steps = words(installPlan({ ...settings, userExists: false, configExists: false }));
    const order = [
      'groupadd --system --force gpio',
      'useradd --system',
      'write /etc/udev/rules.d/60-vigil-gpio.rules',
    ];
    order.push('write /etc/systemd/system/vigil-keeper.service', 'write /etc/systemd/system/vigil.service');
    order.push('systemctl daemon-reload', 'systemctl restart vigil-keeper.service vigil.service');
    const places = order.map((start) => steps.findIndex((step) => step.startsWith(start)));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeGreaterThanOrEqual(0);
  });

  test('again makes no second user, and takes a keeper away that has no line any more', () => {
    const steps = words(installPlan({ ...settings, keeper: false, userExists: true, configExists: true }));
    expect(steps.some((step) => step.startsWith('useradd'))).toBe(false);
    expect(steps).toContain('systemctl disable --now vigil-keeper.service');
    expect(steps).toContain('systemctl restart vigil.service');
  });

  test('uninstalling stops the firmware before the keeper, and keeps people unless it is told otherwise', () => {
    const kept = words(uninstallPlan({ state: false }));
    expect(kept.indexOf('systemctl disable --now vigil.service')).toBeLessThan(
      kept.indexOf('systemctl disable --now vigil-keeper.service'),
    );
    expect(kept.join('\n')).not.toMatch(/var\/lib\/vigil|userdel/);
    expect(words(uninstallPlan({ state: true }))).toContain('rm -rf /var/lib/vigil');
  });

  test('steps are told and done in order, and the first that fails ends it and says which it was', async () => {
    const told: string[] = [];
    const path = join(folder, 'etc/unit');
    const steps: Step[] = [
      { kind: 'run', command: ['false'], mayFail: true },
      { kind: 'write', path, text: 'hello\n' },
      { kind: 'run', command: ['sh', '-c', 'echo no such thing >&2; exit 4'] },
      { kind: 'remove', path },
    ];
    const signal = new AbortController().signal;
    const error = await carryOut(steps, (step) => told.push(step), signal).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/^StepError: sh -c .*: no such thing$/);
    expect(told.length).toBe(3);
    expect(await Bun.file(path).text()).toBe('hello\n');
  });

  test('a place that the service could not see or read is refused with the reason', () => {
    expect(whyNotUsable('/root/vigil')).toContain('do not see');
    expect(whyNotUsable('/home/ana/vigil')).toContain('do not see');
    expect(whyNotUsable('/opt/my vigil')).toContain('cannot name');
    expect(whyNotUsable('/usr')).toBeUndefined();
  });
});

test('the version of systemd is read from its first line', () => {
  expect(parseSystemdVersion('systemd 237\n+PAM +AUDIT')).toBe(237);
  expect(parseSystemdVersion('systemd 252 (252.38-1~deb12u1)\n')).toBe(252);
  expect(parseSystemdVersion('')).toBeUndefined();
});

describe('the state of the service', () => {
  const show = (properties: Record<string, string>) =>
    serviceFinding(
      parseUnitState(
        Object.entries({ LoadState: 'loaded', ...properties })
          .map(([key, value]) => `${key}=${value}`)
          .join('\n'),
      ),
    );

  test('that runs says what it is at; restarted often, it is warned of', () => {
    const running = { ActiveState: 'active', SubState: 'running', MainPID: '812', StatusText: 'operating' };
    expect(show({ ...running, NRestarts: '0' })).toMatchObject({
      state: 'ok',
      value: 'runs as process 812: operating',
    });
    expect(show({ ...running, NRestarts: '7' })).toMatchObject({ state: 'warning' });
    expect(show(running).state).toBe('ok'); // systemd 237 counts no restarts
  });

  test('that failed names what ended it, and where to read on', () => {
    const finding = show({ ActiveState: 'failed', SubState: 'failed', Result: 'watchdog', NRestarts: '2' });
    expect(finding).toMatchObject({ state: 'fault', value: expect.stringContaining('ended by watchdog') });
    expect(finding.next).toContain('journalctl -u vigil');
  });

  test('that is not installed, or cannot be, is no fault', () => {
    expect(show({ LoadState: 'not-found' }).state).toBe('ok');
    expect(serviceFinding(undefined).state).toBe('ok');
  });
});

test('vigil service install --dry-run shows every file and command and does nothing', async () => {
  const install = command.commands.find(({ name }) => name === 'install');
  const { exitCode, out } = await runCommand(install!, ['--dry-run']);
  expect(exitCode).toBe(0);
  expect(out).toContain('write /etc/systemd/system/vigil.service\n    # Written by');
  expect(out).toContain(`    ExecStart=${settings.bun} --no-install`);
});
