/**
 * Processor time of the whole device before an empty room, at two glances a second, with reading the camera's pipe
 * and without ffmpeg: `bun bench/idle.ts`. The peer is a Bun process that reads the same pipe and throws it away.
 */

import { heightPx, widthPx } from '../src/lab/speed/frame.ts';
import { DeviceProcess } from './support/device-process.ts';
import { cpuTimeMs, onLinux } from './support/proc.ts';
import { finish, progress, rounded } from './support/report.ts';
import { emptyRoom, ffmpegIsMissing } from './support/video.ts';

const limitPercent = 3;
const settleMs = 8_000;
const measuredMs = 40_000;
const bench = 'idle';

if (!onLinux() || ffmpegIsMissing()) finish({ bench, skipped: 'it needs Linux and ffmpeg', figures: [] });

const { own, peer } = await measure();
finish({
  bench,
  peer: 'Bun reading the same pipe and nothing else',
  figures: [
    { what: 'idle, of one core', value: rounded(own), unit: '%', limit: { most: limitPercent } },
    { what: 'the peer', value: rounded(peer), unit: '%' },
    { what: "of the peer's", value: rounded(own / peer), unit: 'times' },
  ],
});

async function measure(): Promise<{ own: number; peer: number }> {
  progress('making a video ...');
  using room = emptyRoom((settleMs + measuredMs) / 1_000 + 15);
  using plain = readThePipe(room.path);
  await using device = new DeviceProcess(room.path);
  await device.operatingAfterMs();
  progress(`watching the device and the peer for ${measuredMs / 1_000} s ...`);
  await Bun.sleep(settleMs);
  const [own, peer] = await Promise.all([percentOf(device.pid), percentOf(plain.pid)]);
  return { own, peer };
}

/** Per cent of one core that a process takes, its children not counted. */
async function percentOf(pid: number): Promise<number> {
  const before = { cpuMs: cpuTimeMs(pid), atMs: performance.now() };
  await Bun.sleep(measuredMs);
  return ((cpuTimeMs(pid) - before.cpuMs) / (performance.now() - before.atMs)) * 100;
}

function readThePipe(path: string): Disposable & { readonly pid: number } {
  const script = `
    const args = ['-loglevel', 'quiet', '-re', '-i', ${JSON.stringify(path)},
      '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-s', '${widthPx}x${heightPx}', 'pipe:1'];
    const child = Bun.spawn(['ffmpeg', ...args], { stdin: 'ignore', stdout: 'pipe' });
    process.on('exit', () => child.kill());
    process.on('SIGTERM', () => process.exit());
    for await (const _ of child.stdout);`;
  const reader = Bun.spawn(['bun', '-e', script], { stdin: 'ignore', stdout: 'ignore' });
  return { pid: reader.pid, [Symbol.dispose]: () => reader.kill('SIGTERM') };
}
