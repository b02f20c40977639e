import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  arecordFinding,
  clockFinding,
  ffmpegFinding,
  v4l2ctlFinding,
} from '../../../src/runtime/doctor/devices.ts';
import { examine } from '../../../src/runtime/doctor/doctor.ts';
import type { Finding } from '../../../src/runtime/doctor/finding.ts';
import {
  bunFinding,
  diskFinding,
  kernelFinding,
  libraryFinding,
  memoryFinding,
} from '../../../src/runtime/doctor/system.ts';
import { vigil } from '../../cli/vigil.ts';

const megabyte = 1024 * 1024;
const root = process.getuid?.() === 0;

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'vigil-doctor-'));
});
afterAll(() => rm(place, { recursive: true }));

async function findings(options: { systemRoot?: string; stateDirectory?: string; configFile?: string }) {
  const found = new Map<string, Finding>();
  const { systemRoot = '/', stateDirectory = join(place, 'none'), configFile } = options;
  const signal = new AbortController().signal;
  for await (const finding of examine({ systemRoot, stateDirectory, configFile, signal }))
    found.set(finding.id, finding);
  return found;
}

test('everything that is not well comes with the next step', async () => {
  for (const { state, next } of (await findings({})).values())
    expect(next === undefined).toBe(state === 'ok');
});

describe('the system', () => {
  test('a glibc too old for the models is a fault, one that is just right is not', () => {
    expect(libraryFinding('2.27', 'linux').state).toBe('ok');
    expect(libraryFinding('2.26', 'linux').state).toBe('fault');
    expect(libraryFinding('3.0', 'linux').state).toBe('ok');
    expect(libraryFinding(undefined, 'linux').state).toBe('warning');
    expect(libraryFinding(undefined, 'darwin').state).toBe('ok');
  });

  test('little memory and little disk are said before they hurt', () => {
    expect(memoryFinding(4096 * megabyte, 300 * megabyte)).toMatchObject({
      state: 'warning',
      value: '4.0 GB, 300 MB of it available',
    });
    expect(memoryFinding(4096 * megabyte, undefined).state).toBe('ok');
    expect(diskFinding('/var', 100 * megabyte)).toMatchObject({
      state: 'warning',
      value: '100 MB free for /var',
    });
    expect(diskFinding('/var', 10 * megabyte).state).toBe('fault');
    expect(diskFinding('/var', 2048 * megabyte).state).toBe('ok');
  });

  test('a kernel from before GPIO character devices is warned of; a Jetson Nano’s is not', () => {
    expect(kernelFinding('linux', '4.4.38-tegra').state).toBe('warning');
    expect(kernelFinding('linux', '4.9.337-tegra').state).toBe('ok');
    expect(kernelFinding('linux', '6.1.0-56-amd64').state).toBe('ok');
  });

  test('an old Bun is a fault', () => {
    expect(bunFinding('1.4.4', '>=1.4.5').state).toBe('fault');
    expect(bunFinding('1.10.0', '>=1.4.5').state).toBe('ok');
  });
});

describe('devices', () => {
  test('cameras and microphones are listed by their lasting names', async () => {
    const systemRoot = join(place, 'board');
    await mkdir(join(systemRoot, 'sys/class/video4linux/video0'), { recursive: true });
    await Bun.write(join(systemRoot, 'sys/class/video4linux/video0/name'), 'HD Pro Webcam C920\n');
    await Bun.write(join(systemRoot, 'sys/class/video4linux/video0/index'), '0\n');
    await mkdir(join(systemRoot, 'dev/v4l/by-id'), { recursive: true });
    await Bun.write(join(systemRoot, 'dev/video0'), '');
    await symlink('../../video0', join(systemRoot, 'dev/v4l/by-id/usb-C920-video-index0'));
    await Bun.write(join(systemRoot, 'proc/asound/card1/id'), 'C920\n');
    await Bun.write(
      join(systemRoot, 'proc/asound/card1/stream0'),
      'C920 : USB Audio\n\nCapture:\n    Channels: 2\n    Rates: 16000, 32000\n',
    );
    await Bun.write(join(systemRoot, 'dev/snd/pcmC1D0c'), '');
    const found = await findings({ systemRoot });
    expect(found.get('microphone')).toMatchObject({
      state: 'ok',
      value: 'C920 (hw:CARD=C920,DEV=0): 16000, 32000 Hz, 2 channels',
    });
    expect(found.get('camera')).toMatchObject({
      state: 'ok',
      value: `HD Pro Webcam C920 (${systemRoot}/dev/v4l/by-id/usb-C920-video-index0)`,
    });
  });

  test.skipIf(root)(
    `a camera that this user may not open names the group to join${root ? ' (skipped: root may open everything)' : ''}`,
    async () => {
      const systemRoot = join(place, 'locked');
      await Bun.write(join(systemRoot, 'sys/class/video4linux/video0/name'), 'Camera\n');
      await Bun.write(join(systemRoot, 'dev/video0'), '');
      await chmod(join(systemRoot, 'dev/video0'), 0);
      const camera = (await findings({ systemRoot })).get('camera');
      expect(camera?.state).toBe('fault');
      expect(camera?.next).toContain('sudo usermod -aG video');
    },
  );

  test('a program that is missing gives the line that installs it; an untrusted clock the one that sets it', () => {
    expect(arecordFinding(undefined).next).toContain('apt-get install alsa-utils');
    expect(arecordFinding('1.2.8').state).toBe('ok');
    expect(v4l2ctlFinding(undefined).next).toContain('apt-get install v4l-utils');
    expect(v4l2ctlFinding('1.22.1').state).toBe('ok');
    expect(ffmpegFinding(undefined).next).toMatch(/Install it with: (sudo apt-get|brew) install ffmpeg/);
    expect(ffmpegFinding('5.1').state).toBe('ok');
    expect(clockFinding(false, true).next).toContain('timedatectl set-ntp true');
    expect(clockFinding(false, false).next).toContain('apt-get install chrony');
  });
});

describe('what is kept', () => {
  test('a state directory that others can read is warned of, with the command that closes it', async () => {
    const stateDirectory = join(place, 'open');
    await mkdir(stateDirectory);
    await chmod(stateDirectory, 0o755);
    expect((await findings({ stateDirectory })).get('state')).toMatchObject({
      state: 'warning',
      next: `chmod 700 ${stateDirectory}`,
    });
    await chmod(stateDirectory, 0o700);
    expect((await findings({ stateDirectory })).get('state')?.state).toBe('ok');
  });

  test('asking how many people there are makes no store', async () => {
    const stateDirectory = join(place, 'untouched');
    expect((await findings({ stateDirectory })).get('people')?.value).toBe('nobody is enrolled');
    expect(await Bun.file(join(stateDirectory, 'people.db')).exists()).toBe(false);
  });

  test('a wrong configuration is a fault, and does not hide the rest', async () => {
    const configFile = join(place, 'wrong.toml');
    await Bun.write(configFile, '[camera]\nfps = 0\n');
    const found = await findings({ configFile });
    expect(found.get('config')).toMatchObject({ state: 'fault' });
    expect(found.get('config')?.value).toStartWith(`${configFile}:2:7: camera.fps: is 0`);
    expect(found.get('models')?.state).toBe('ok');
  });
});

describe('vigil doctor', () => {
  test('--json prints one finding a line, and nothing else', async () => {
    const { exitCode, stdout } = await vigil(['doctor', '--json', '--state', join(place, 'none')]);
    expect(exitCode).toBe(0);
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line).id);
    expect(ids).toContain('models');
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('a fault ends with exit code 3', async () => {
    const configFile = join(place, 'fault.toml');
    await Bun.write(configFile, 'x = 1\n');
    const { exitCode, stdout } = await vigil([
      'doctor',
      '--config',
      configFile,
      '--state',
      join(place, 'none'),
    ]);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^FAULT +configuration:/m);
    expect(stdout).toContain(', 1 in the way');
  });
});
