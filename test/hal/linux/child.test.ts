import { expect, test } from 'bun:test';
import { HalError } from '../../../hal/contract/errors.ts';
import { Child } from '../../../hal/linux/child.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { withoutPasswords } from '../../../hal/linux/redact.ts';
import { childProcesses, openDescriptors } from './support.ts';

const clock = new SystemClock();
const shell = (script: string, killAfterMs = 1000) =>
  new Child({ command: ['sh', '-c', script], clock, installHint: '', killAfterMs });

function isRunning(pid: number): boolean {
  const state = Bun.spawnSync(['ps', '-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .trim();
  return state !== '' && !state.startsWith('Z');
}

test('a program that is not installed is told with what to type', () => {
  const start = () => new Child({ command: ['no-such-program'], clock, installHint: 'Install it with: apt' });
  expect(start).toThrow(HalError);
  expect(start).toThrow('no-such-program: is not installed. Install it with: apt');
});

test('a child has its own group, no stdin, and no descriptor of ours', async () => {
  const child = shell('ps -o pgid= -p $$; cat; ls /proc/self/fd');
  const [group, ...descriptors] = (await new Response(child.stdout).text()).trim().split(/\s+/);
  expect(Number(group)).toBe(child.pid);
  expect(descriptors).toEqual(['0', '1', '2', '3']); // 3 is the folder that ls reads
  expect(await child.ended).toEqual({ exitCode: 0, signal: null });
});

test('a child that ignores SIGTERM is killed after the delay, and its own children with it', async () => {
  const child = shell('trap "" TERM; sleep 60 & echo $!; wait', 100);
  const { value } = await child.stdout.getReader().read();
  const grandchild = Number(new TextDecoder().decode(value));
  expect(isRunning(grandchild)).toBe(true);
  expect(await child.stop()).toEqual({ exitCode: null, signal: 'SIGKILL' });
  expect(await child.stop()).toEqual({ exitCode: null, signal: 'SIGKILL' });
  await Bun.sleep(20);
  expect(isRunning(grandchild)).toBe(false);
});

test('a child that is stopped by SIGSTOP ends as well', async () => {
  const child = shell('sleep 60', 50);
  process.kill(child.pid, 'SIGSTOP');
  await Bun.sleep(20); // of two pending signals the kernel would take SIGTERM first
  expect((await child.stop()).signal).toBe('SIGKILL');
});

test('only the end of a talkative stderr is kept, without passwords', async () => {
  const child = shell(
    'i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; echo rtsp://me:pw@cam >&2',
  );
  await child.ended;
  const said = await child.stderr();
  expect(said.length).toBeLessThanOrEqual(4096);
  expect(said.endsWith('line 2999\nrtsp://***@cam')).toBe(true);
});

test('a child dies with the process that started it, even by kill -9', async () => {
  if (!Bun.spawnSync(['setpriv', '--help']).stdout.includes('--pdeathsig')) return; // an old util-linux
  const script = `
    const { Child } = await import('${import.meta.dir}/../../../hal/linux/child.ts');
    const { SystemClock } = await import('${import.meta.dir}/../../../hal/linux/clock.ts');
    const child = new Child({ command: ['sleep', '60'], clock: new SystemClock(), installHint: '' });
    process.stdout.write(child.pid + '\\n');
    await child.ended;`;
  const parent = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' });
  const { value } = await parent.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  expect(isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  await parent.exited;
  await Bun.sleep(50);
  expect(isRunning(pid)).toBe(false);
});

test('a hundred children leave neither a process nor a descriptor', async () => {
  await shell('true').ended;
  const before = [openDescriptors(), childProcesses()];
  for (let i = 0; i < 100; i++) {
    const child = shell(i % 2 === 0 ? 'echo x; echo y >&2' : 'sleep 60');
    if (i % 2 === 0) await child.ended;
    else await child.stop();
    await child.stdout.cancel();
  }
  Bun.gc(true);
  await Bun.sleep(20);
  const after = [openDescriptors(), childProcesses()];
  expect(after[0]!).toBeLessThanOrEqual(before[0]! + 2);
  expect(after[1]!).toBe(before[1]!);
});

test('passwords are taken out of what is shown, whatever form the URL has', () => {
  const shown: [string, string][] = [
    ['rtsp://admin:secret@10.0.0.2/a', 'rtsp://***@10.0.0.2/a'],
    ['rtsp://admin:p@ss/word@10.0.0.2/a', 'rtsp://***@10.0.0.2/a'],
    ['http://cam/video?user=me&password=secret&x=1', 'http://cam/video?user=me&password=***&x=1'],
    ['rtsp://cam/user=admin_password=secret_channel=1', 'rtsp://cam/user=admin_password=***_channel=1'],
    ['rtsp://cam/a: Connection refused', 'rtsp://cam/a: Connection refused'],
  ];
  for (const [text, expected] of shown) expect(withoutPasswords(text)).toBe(expected);
});
