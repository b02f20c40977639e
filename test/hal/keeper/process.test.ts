import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Subprocess } from 'bun';
import { HalError } from '../../../hal/contract/errors.ts';
import { KeeperClient, keeperRuntime } from '../../../hal/keeper/client.ts';
import { encode, maxMessageBytes, protocolVersion } from '../../../hal/keeper/protocol.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { NotifySocket } from '../linux/notify-socket.ts';
import { eventually, keeperEntry, makeStand, type Stand } from './stand.ts';

const clock = new SystemClock();
const signal = new AbortController().signal;
/** What a busy machine may add to any time measured between processes. */
const slackMs = 250;

let stand: Stand;
let processes: Subprocess[] = [];

beforeEach(async () => {
  stand = await makeStand();
});
afterEach(async () => {
  for (const process of processes) process.kill('SIGKILL');
  await Promise.all(processes.map((process) => process.exited));
  processes = [];
  await stand.remove();
});

function run(
  args: string[],
  stderr: 'ignore' | 'pipe' = 'ignore',
  variables: Readonly<Record<string, string>> = {},
) {
  const process = Bun.spawn([globalThis.process.execPath, ...keeperRuntime.flags, ...args], {
    env: { ...globalThis.process.env, ...keeperRuntime.environment, ...variables },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr,
  });
  processes.push(process);
  return process;
}

async function startKeeper(variables: Readonly<Record<string, string>> = {}) {
  const args = [keeperEntry, '--socket', stand.socketPath, '--lines', stand.linesPath];
  const keeper = run(args, 'ignore', variables);
  // Its socket's file is there a moment before it listens; what it says is not.
  const reader = keeper.stdout.getReader();
  const said = await reader.read();
  expect(new TextDecoder().decode(said.value)).toBe('ready\n');
  reader.releaseLock();
  return keeper;
}

/** A firmware process that holds `lamp`. */
async function startFirmware(leaseMs: number, mode: 'renew' | 'hold' | 'block') {
  const entry = resolve(import.meta.dir, 'client-process.ts');
  const firmware = run([entry, stand.socketPath, 'lamp', String(leaseMs), mode]);
  const reader = firmware.stdout.getReader();
  const said = await reader.read();
  expect(new TextDecoder().decode(said.value)).toBe('granted\n');
  reader.releaseLock();
  return firmware;
}

async function safeAgain(limitMs: number): Promise<void> {
  await eventually('the lamp is off', async () => (await stand.level('lamp')) === '0', limitMs + slackMs);
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof HalError ? error.kind : String(error)),
  );
}

describe('the line goes safe within its bound when the firmware', () => {
  test('is killed by kill -9: at once', async () => {
    await startKeeper();
    const firmware = await startFirmware(900, 'renew');
    expect(await stand.level('lamp')).toBe('1');
    firmware.kill('SIGKILL');
    await safeAgain(100);
  });

  test('is stopped by SIGSTOP: when the lease is over', async () => {
    await startKeeper();
    const firmware = await startFirmware(200, 'renew');
    await Bun.sleep(300); // longer than one lease: it is renewed
    expect(await stand.level('lamp')).toBe('1');
    firmware.kill('SIGSTOP');
    await safeAgain(200);
  });

  test('is stopped by SIGSTOP with a long lease: when it was silent for too long', async () => {
    await startKeeper();
    const firmware = await startFirmware(1000, 'hold');
    firmware.kill('SIGSTOP');
    await safeAgain(300);
  });

  test('blocks its event loop', async () => {
    await startKeeper();
    await startFirmware(1000, 'block');
    await safeAgain(320);
  });

  test('renews for ever: after maxOnMs, and never longer than that by the record of edges', async () => {
    await startKeeper();
    await startFirmware(300, 'renew');
    await safeAgain(1000);
    const edges = await stand.edges('lamp');
    const on = edges.findLast((edge) => edge.on);
    const off = edges.findLast((edge) => !edge.on);
    expect(off!.utcMs - on!.utcMs).toBeGreaterThan(900);
    expect(off!.utcMs - on!.utcMs).toBeLessThan(1000 + slackMs);
  });
});

describe('the keeper', () => {
  test('survives the death of its client and takes the next one', async () => {
    const keeper = await startKeeper();
    (await startFirmware(900, 'renew')).kill('SIGKILL');
    await safeAgain(100);
    await Bun.sleep(30); // the re-arm time
    const next = await KeeperClient.connect({ ...stand, clock }, signal);
    await next.grant('lamp', 500);
    expect(await next.read('lamp')).toBe(true);
    await next.close();
    await safeAgain(100);
    expect(keeper.exitCode).toBeNull();
  });

  test('refuses a second client while it has one, and the first is not disturbed', async () => {
    await startKeeper();
    const first = await KeeperClient.connect({ ...stand, clock }, signal);
    await first.grant('lamp', 900);
    expect(await kindOf(KeeperClient.connect({ ...stand, clock }, signal))).toBe('busy');
    expect(await first.read('lamp')).toBe(true);
    await first.close();
  });

  test('refuses to be a second keeper of the same lines or at the same socket', async () => {
    await startKeeper();
    const elsewhere = join(stand.folder, 'other.sock');
    const sameLines = run([keeperEntry, '--socket', elsewhere, '--lines', stand.linesPath], 'pipe');
    expect(await sameLines.exited).toBe(3);
    expect(await new Response(sameLines.stderr as ReadableStream).text()).toContain(
      'another line keeper holds it',
    );
    const otherLines = join(stand.folder, 'other.json');
    await writeFile(otherLines, await Bun.file(stand.linesPath).text());
    expect(await run([keeperEntry, '--socket', stand.socketPath, '--lines', otherLines]).exited).toBe(3);
  });

  test('makes its lines safe on SIGTERM, ends with 0 and leaves no socket', async () => {
    const keeper = await startKeeper();
    await startFirmware(900, 'renew');
    keeper.kill('SIGTERM');
    expect(await keeper.exited).toBe(0);
    expect(await stand.level('lamp')).toBe('0');
    expect(existsSync(stand.socketPath)).toBe(false);
  });

  test('that is started again after kill -9 finds the line on and makes it safe', async () => {
    const keeper = await startKeeper();
    await startFirmware(900, 'renew');
    keeper.kill('SIGKILL');
    await keeper.exited;
    expect(await stand.level('lamp')).toBe('1'); // a file keeps its level; a real line falls to its electrical default
    await startKeeperOverStaleSocket();
    await safeAgain(100);
    const client = await connectWhenThere();
    expect(await client.read('lamp')).toBe(false);
    await client.grant('lamp', 300);
    await client.close();
  });

  test('that is stopped and goes on does not carry out a grant that waited meanwhile', async () => {
    const keeper = await startKeeper();
    const client = await KeeperClient.connect({ ...stand, clock, replyTimeoutMs: 100 }, signal);
    keeper.kill('SIGSTOP');
    expect(await kindOf(client.grant('lamp', 900))).toBe('timeout');
    await Bun.sleep(300);
    keeper.kill('SIGCONT');
    await Bun.sleep(100);
    expect((await stand.edges('lamp')).some((edge) => edge.on)).toBe(false);
    expect(await kindOf(client.read('lamp'))).toBe('timeout');
  });

  test('that lacks the chip of one line says so, and is of use for the others', async () => {
    await stand.remove();
    const wire = { kind: 'gpio' as const, chip: 'no-such-chip', offset: 4, activeLow: false };
    stand = await makeStand({
      lines: [
        { name: 'lamp', safeOn: false, maxOnMs: 1000, output: { kind: 'file', path: 'lamp' } },
        { name: 'strike', safeOn: false, maxOnMs: 1000, output: wire },
      ],
    });
    await startKeeper();
    await using client = await KeeperClient.connect({ socketPath: stand.socketPath, clock }, signal);
    const error = await client.release('strike').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'not-found', device: 'strike' });
    expect(String(error)).toContain("no GPIO chip has the label 'no-such-chip'");
    await client.grant('lamp', 500);
    expect(await stand.level('lamp')).toBe('1');
  });

  test.skipIf(process.platform !== 'linux')('takes less than 40 MB, also after many grants', async () => {
    const keeper = await startKeeper();
    await using client = await KeeperClient.connect({ socketPath: stand.socketPath, clock }, signal);
    for (let i = 0; i < 10; i++) {
      await client.grant('lamp', 500);
      for (let renewal = 0; renewal < 20; renewal++) await client.renew('lamp', 500);
      await client.release('lamp');
      await Bun.sleep(25);
    }
    const status = await Bun.file(`/proc/${keeper.pid}/status`).text();
    const residentKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
    console.log(`the line keeper takes ${(residentKb * 1.024e-3).toFixed(1)} MB`);
    expect(residentKb * 1024).toBeLessThan(40e6);
  });

  test.skipIf(process.platform !== 'linux')(
    'tells a service manager that it listens, no sooner',
    async () => {
      const path = join(stand.folder, 'notify');
      using manager = new NotifySocket(path);
      const started = startKeeper({ NOTIFY_SOCKET: path });
      expect(manager.received()).toEqual([]);
      await started;
      expect(manager.received()).toEqual(['READY=1']);
    },
  );

  test('says what is wrong with its file of lines', async () => {
    await writeFile(stand.linesPath, '{"lines": [{"name": "lamp", "safeOn": "no"}]}');
    const keeper = run([keeperEntry, '--socket', stand.socketPath, '--lines', stand.linesPath], 'pipe');
    expect(await keeper.exited).toBe(2);
    expect(await new Response(keeper.stderr as ReadableStream).text()).toMatch(/safeOn/);
  });
});

describe('a peer that breaks the protocol is cut off, lines safe', () => {
  /** Connects by hand, greets, takes the lamp, sends `bytes`, and gives all that was answered until the end. */
  async function speak(bytes: string | Uint8Array, keepOpen = true): Promise<string> {
    await startKeeper();
    let answered = '';
    const ended = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      unix: stand.socketPath,
      socket: {
        data: (_socket, chunk) => {
          answered += chunk.toString();
        },
        close: () => ended.resolve(),
      },
    });
    socket.write(encode({ op: 'hello', id: 1, version: protocolVersion }));
    socket.write(encode({ op: 'grant', id: 2, line: 'lamp', leaseMs: 900 }));
    await eventually('the lamp is on', async () => (await stand.level('lamp')) === '1');
    socket.write(bytes);
    if (!keepOpen) socket.end();
    await ended.promise;
    await safeAgain(100);
    return answered;
  }

  test('by a message that is no JSON', async () => {
    expect(await speak('open the door\n')).toContain('no JSON');
  });
  test('by a request that does not exist', async () => {
    expect(await speak('{"op":"open","id":3}\n')).toContain('malformed');
  });
  test('by bytes that are no text', async () => {
    expect(await speak(new Uint8Array([0xff, 0xfe, 0x0a]))).toContain('no UTF-8');
  });
  test('by a message without end', async () => {
    expect(await speak('x'.repeat(maxMessageBytes + 1))).toContain('longer than');
  });
  test('by half a message and then silence', async () => {
    expect(await speak('{"op":"heart')).toContain('heard nothing');
  });
  test('by half a message and then the end', async () => {
    await speak('{"op":"heart', false);
  });

  test('by another version of the protocol', async () => {
    await startKeeper();
    let answered = '';
    const ended = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      unix: stand.socketPath,
      socket: {
        data: (_socket, chunk) => {
          answered += chunk.toString();
        },
        close: () => ended.resolve(),
      },
    });
    socket.write(encode({ op: 'hello', id: 1, version: 99 }));
    await ended.promise;
    expect(answered).toContain('"unsupported"');
  });
});

describe('the client', () => {
  test('starts a keeper of its own and ends it', async () => {
    const client = await KeeperClient.start({ ...stand, clock }, signal);
    expect(client.lines.map((line) => line.name)).toEqual(['lamp', 'buzzer', 'strike']);
    await client.grant('strike', 500);
    expect(await stand.level('strike')).toBe('0');
    await client.close();
    await client.close();
    expect(await stand.level('strike')).toBe('1');
    expect(existsSync(stand.socketPath)).toBe(false);
    expect(await kindOf(client.grant('strike', 500))).toBe('closed');
  });

  test('that is killed leaves the keeper it started: lines safe, and gone a little later', async () => {
    const entry = resolve(import.meta.dir, 'client-process.ts');
    const firmware = run([entry, stand.socketPath, 'lamp', '900', 'renew', stand.linesPath]);
    await eventually('the lamp is on', async () => (await stand.level('lamp')) === '1');
    firmware.kill('SIGKILL');
    await safeAgain(100);
    expect(existsSync(stand.socketPath)).toBe(true);
    await eventually('the keeper has ended', () => !existsSync(stand.socketPath));
  });

  test('that is killed and started again gets a keeper of its own, with the file of lines as it is now', async () => {
    const entry = resolve(import.meta.dir, 'client-process.ts');
    const firmware = run([entry, stand.socketPath, 'lamp', '900', 'renew', stand.linesPath]);
    await eventually('the lamp is on', async () => (await stand.level('lamp')) === '1');
    const lines = await Bun.file(stand.linesPath).json();
    await writeFile(stand.linesPath, JSON.stringify({ ...lines, lines: lines.lines.slice(0, 1) }));
    firmware.kill('SIGKILL');
    const next = await KeeperClient.start({ ...stand, clock }, signal);
    expect(next.lines.map((line) => line.name)).toEqual(['lamp']);
    await next.close();
  });

  test('does not start a keeper while another holds the lines, nor one with a bad file', async () => {
    await startKeeper();
    expect(await kindOf(KeeperClient.start({ ...stand, clock }, signal))).toBe('busy');
    const linesPath = join(stand.folder, 'bad.json');
    await writeFile(linesPath, '{}');
    const socketPath = join(stand.folder, 'bad.sock');
    expect(await kindOf(KeeperClient.start({ socketPath, linesPath, clock }, signal))).toBe(
      'invalid-argument',
    );
  });

  test('stays connected by its heartbeats while nothing is asked', async () => {
    await startKeeper();
    const client = await KeeperClient.connect({ ...stand, clock }, signal);
    await Bun.sleep(700); // more than twice the silence that the keeper bears
    expect(await client.read('lamp')).toBe(false);
    await client.close();
  });

  test('is told once when the keeper dies, and every call after it says so', async () => {
    const keeper = await startKeeper();
    const lost: HalError[] = [];
    const client = await KeeperClient.connect(
      { ...stand, clock, onLost: (error) => lost.push(error) },
      signal,
    );
    keeper.kill('SIGKILL');
    await eventually('the loss is told', () => lost.length > 0);
    expect(await kindOf(client.grant('lamp', 100))).toBe('disconnected');
    expect(lost.map((error) => error.kind)).toEqual(['disconnected']);
    await client.close();
  });

  test('says that no keeper runs', async () => {
    expect(await kindOf(KeeperClient.connect({ ...stand, clock }, signal))).toBe('not-found');
  });

  test('stops waiting for a keeper that hangs when it is aborted, with the reason of the signal', async () => {
    (await startKeeper()).kill('SIGSTOP');
    const controller = new AbortController();
    const connecting = KeeperClient.connect({ ...stand, clock, replyTimeoutMs: 2000 }, controller.signal);
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 50);
    expect(await connecting.catch((error: unknown) => error)).toBe(reason);
  });
});

async function startKeeperOverStaleSocket() {
  expect(existsSync(stand.socketPath)).toBe(true);
  run([keeperEntry, '--socket', stand.socketPath, '--lines', stand.linesPath]);
}

async function connectWhenThere(): Promise<KeeperClient> {
  for (;;) {
    try {
      return await KeeperClient.connect({ ...stand, clock }, signal);
    } catch (error) {
      if (!(error instanceof HalError) || error.kind !== 'not-found') throw error;
      await Bun.sleep(10);
    }
  }
}
