import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import { systemdService } from '../../../hal/linux/systemd.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { virtualTime } from '../contract/suite.ts';
import { watchdogContract } from '../contract/watchdog.ts';
import { NotifySocket } from './notify-socket.ts';

let sockets = 0;
const noLinux = process.platform !== 'linux';

function manager(variables: Record<string, string> = { WATCHDOG_USEC: '30000000' }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-notify-'));
  const path = join(folder, 'notify');
  const socket = new NotifySocket(path);
  const time = virtualTime();
  const service = systemdService(time.clock, { NOTIFY_SOCKET: path, ...variables }, 42);
  if (service === null) throw new Error('it is a service');
  return {
    ...{ socket, time, service },
    [Symbol.dispose]() {
      socket[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

describe.skipIf(noLinux)(`systemd${noLinux ? ' (skipped: no Linux)' : ''}`, () => {
  watchdogContract('systemd', async () => {
    const { socket, time, service, [Symbol.dispose]: end } = manager();
    const watchdog = service.watchdog();
    if (watchdog === null) throw new Error('the unit has a watchdog');
    // What systemd does: it waits anew at each message, and ends a service that says nothing for too long.
    let heardAtMs: number | undefined;
    let resets = 0;
    let open = true;
    const look = () => {
      if (!open) return;
      if (socket.received().includes('WATCHDOG=1')) heardAtMs = time.clock.nowMs();
      if (heardAtMs !== undefined && time.clock.nowMs() - heardAtMs > watchdog.timeoutMs) {
        resets++;
        heardAtMs = undefined;
      }
      time.clock.setTimeout(look, 1_000);
    };
    look();
    return {
      watchdog,
      time,
      resets: () => resets,
      fail: () => {
        open = false;
        end();
      },
      async [Symbol.asyncDispose]() {
        if (open) end();
        open = false;
      },
    };
  });

  test('is told that the service is ready, how it is, and that it ends; nothing twice', () => {
    using board = manager();
    board.service.ready();
    board.service.status('operating.health.nominal');
    board.service.status('operating.health.nominal');
    board.service.status('fault.waiting');
    board.service.stopping();
    board.service.stopping();
    expect(board.socket.received()).toEqual([
      'READY=1',
      'STATUS=operating.health.nominal',
      'STATUS=fault.waiting',
      'STOPPING=1',
    ]);
  });

  test('hears from the process between two lives of the device, from the device alone while it lives', async () => {
    using board = manager();
    const { socket, time, service } = board;
    const first = service.watchdog();
    await first?.feed();
    await time.pass(60_000);
    expect(socket.received()).toEqual(['WATCHDOG=1']); // a device that hangs: nobody speaks for it
    await first?.close();
    await time.pass(60_000);
    expect(socket.received().length).toBeGreaterThan(5);
    await service.watchdog()?.feed();
    await time.pass(60_000);
    expect(socket.received()).toEqual(['WATCHDOG=1']);
    expect(time.clock.pendingTimers).toBe(0);
  });

  test('in the abstract namespace is reached, too', () => {
    const path = `@vigil-test-${process.pid}-${sockets++}`;
    using socket = new NotifySocket(path);
    systemdService(new VirtualClock(), { NOTIFY_SOCKET: path })?.ready();
    expect(socket.received()).toEqual(['READY=1']);
  });

  test('that waits for another process, or has no watchdog, is not fed', () => {
    using other = manager({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' });
    expect(other.service.watchdog()).toBeNull();
    using none = manager({});
    expect(none.service.watchdog()).toBeNull();
    using own = manager({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' });
    expect(own.service.watchdog()?.timeoutMs).toBe(30_000);
  });

  test('whose socket is gone is an error where it matters, and none where it does not', () => {
    const service = systemdService(new VirtualClock(), { NOTIFY_SOCKET: '/no/such/socket' });
    expect(() => service?.ready()).toThrow(HalError);
    service?.status('operating');
    service?.stopping();
  });
});

test('a process that no manager started has none', () => {
  expect(systemdService(new VirtualClock(), {})).toBeNull();
});
