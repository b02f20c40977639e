import { afterAll, beforeAll, expect, test } from 'bun:test';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { setCameraControls } from '../../../hal/linux/v4l2-controls.ts';
import { refusal } from './support.ts';

const clock = new SystemClock();
const never = new AbortController().signal;
const path = process.env.PATH;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-v4l2-'));
});
afterAll(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true, force: true });
});

/** A camera with these controls, in the words of v4l2-ctl; gives what it is told to set. */
async function cameraWith(...controls: string[]) {
  const told = join(folder, 'told');
  await writeFile(told, '');
  await writeFile(join(folder, 'controls'), `\nCamera Controls\n\n${controls.join('\n')}\n`);
  const script = `#!/bin/sh\ncase "$3" in --list-ctrls) cat ${folder}/controls;; -c) echo "$4" >> ${told};; esac\n`;
  await writeFile(join(folder, 'v4l2-ctl'), script);
  await chmod(join(folder, 'v4l2-ctl'), 0o755);
  process.env.PATH = `${folder}:${path}`;
  return { told: async () => (await readFile(told, 'utf8')).trim() };
}

const oldRate = '         exposure_auto_priority 0x009a0903 (bool)   : default=0 value=1';
const newRate = '     exposure_dynamic_framerate 0x009a0903 (bool)   : default=0 value=1';
const mains = '           power_line_frequency 0x00980918 (menu)   : min=0 max=2 default=2 value=2 (60 Hz)';

test('a camera is kept from giving fewer frames in dim light, by whichever name its kernel has for that', async () => {
  for (const [control, name] of [
    [oldRate, 'exposure_auto_priority'],
    [newRate, 'exposure_dynamic_framerate'],
  ] as const) {
    const camera = await cameraWith(control, mains);
    await setCameraControls('/dev/video0', { powerLine: undefined }, clock, never);
    expect(await camera.told()).toBe(`${name}=0`);
  }
});

test('the frequency of the mains is set where one is given, and missed where the camera has no such setting', async () => {
  const camera = await cameraWith(newRate, mains);
  await setCameraControls('/dev/video0', { powerLine: '50hz' }, clock, never);
  expect(await camera.told()).toBe('exposure_dynamic_framerate=0,power_line_frequency=1');
  const poor = await cameraWith(`${newRate} flags=inactive`);
  const error = await refusal(setCameraControls('/dev/video0', { powerLine: '60hz' }, clock, never));
  expect(error.kind).toBe('unsupported');
  expect(error.message).toContain('leave camera.power_line out');
  expect(await poor.told()).toBe('');
});

test('without v4l2-ctl a camera works as it is; a frequency that is asked for needs it', async () => {
  process.env.PATH = join(folder, 'nothing here');
  await setCameraControls('/dev/video0', { powerLine: undefined }, clock, never);
  const error = await refusal(setCameraControls('/dev/video0', { powerLine: '50hz' }, clock, never));
  expect(error.message).toContain('apt-get install v4l-utils');
  process.env.PATH = path;
});

test('waiting for a camera that does not answer is given up by an abort', async () => {
  await cameraWith();
  await writeFile(join(folder, 'v4l2-ctl'), '#!/bin/sh\nexec sleep 60\n');
  const abort = new AbortController();
  const reason = new Error('given up');
  const setting = setCameraControls('/dev/video0', { powerLine: undefined }, clock, abort.signal);
  setTimeout(() => abort.abort(reason), 20);
  expect(await setting.catch((error: unknown) => error)).toBe(reason);
});
