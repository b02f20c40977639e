import { expect, test } from 'bun:test';
import { HalError } from '../../hal/contract/errors.ts';
import { UsageError } from '../../src/cli/command.ts';
import { SetupSession } from '../../src/cli/setup-session.ts';
import {
  setUpCamera,
  setUpLamps,
  setUpMicrophone,
  setUpPreset,
  setUpTimeZone,
} from '../../src/cli/setup-steps.ts';
import type { SetupBench } from '../../src/runtime/setup-bench.ts';
import { wiringOf } from '../../src/runtime/wiring.ts';

const nano = 'nvidia,p3450-0000\0nvidia,tegra210\0';

interface Machine {
  readonly compatible?: string;
  readonly chips?: readonly string[];
  readonly cameras?: Readonly<Record<string, string>>;
}

/** A machine that plays, and what was done to it. */
function benchOf({ compatible = nano, chips = ['tegra-gpio'], cameras = {} }: Machine) {
  const done: string[] = [];
  const bench: SetupBench = {
    cameras: () => Object.entries(cameras).map(([source, name]) => ({ source, name })),
    microphones: () => [],
    async tryCamera({ camera: { source, widthPx, heightPx } }) {
      done.push(`try ${source}`);
      if (!(source in cameras)) throw new HalError('not-found', source, 'there is no such camera');
      return { name: source, widthPx, heightPx, firstFrameMs: 400, brightness: 110 };
    },
    async tryMicrophone({ microphone: { source } }) {
      throw new HalError('not-found', source, 'no microphone is plugged in');
    },
    chips: () => chips,
    wiring: (config) => wiringOf(config, compatible),
    async *blink(line) {
      done.push(`blink ${line.place}`);
      yield { on: true, readBack: true };
    },
  };
  return { bench, done };
}

/** A session with these answers, in order; an answer too few fails the test. */
function sessionOf(
  answers: readonly string[],
  text = '',
  given: Record<string, string> = {},
  present = true,
) {
  const left = [...answers];
  const questions: string[] = [];
  const asker = {
    present,
    async ask(question: string, proposal: string) {
      questions.push(question);
      const answer = present ? left.shift() : '';
      if (answer === undefined) throw new Error(`no answer is left for: ${question}`);
      return answer || proposal;
    },
  };
  const { signal } = new AbortController();
  const session = new SetupSession({ asker, signal, given, file: 'vigil.toml', text });
  return { session, questions, left };
}

const changes = (session: SetupSession) => Object.fromEntries(session.changes());

test('the best camera is proposed, tried, and another one asked for where the first does not work', async () => {
  const { bench, done } = benchOf({ cameras: { '/dev/v4l/by-id/c920': 'C920' } });
  const { session, left } = sessionOf(['/dev/video9', 'n', '']);
  await setUpCamera(session, bench);
  expect(done).toEqual(['try /dev/video9', 'try /dev/v4l/by-id/c920']);
  expect(changes(session)).toEqual({ 'camera.source': '/dev/v4l/by-id/c920' });
  expect(left).toEqual([]);
});

test('what was set before is proposed again, and is no change', async () => {
  const { bench } = benchOf({ cameras: { '/dev/video0': 'A', 'rtsp://cam/1': 'B' } });
  const { session } = sessionOf([''], '[camera]\nsource = "rtsp://cam/1"\n');
  await setUpCamera(session, bench);
  expect(changes(session)).toEqual({});
});

test('a device that is not there yet may be kept all the same', async () => {
  const { session } = sessionOf(['', 'y']);
  await setUpMicrophone(session, benchOf({}).bench);
  expect(session.read.config.microphone.source).toBe('auto');
});

test('a lamp blinks until somebody has seen it, on pin after pin', async () => {
  const { bench, done } = benchOf({});
  const { session, left } = sessionOf(['y', 'n', '2', 'y', 'n', '13', '', 'y', '', 'y']);
  await setUpLamps(session, bench);
  expect(done).toEqual([
    'blink pin 11 (tegra-gpio:50)',
    'blink pin 11 (tegra-gpio:50)', // pin 2 is a supply, which was said, and nothing changed
    'blink pin 13 (tegra-gpio:14)',
    'blink pin 7 (tegra-gpio:216)',
  ]);
  expect(changes(session)).toEqual({ 'output.green.pin': 13 });
  expect(left).toEqual([]);
});

test('a pin wins over a line that stands in the file', async () => {
  const { bench } = benchOf({});
  const { session } = sessionOf([], '[output.green]\nline = "tegra-gpio:5"\n', { green: '13', red: '7' });
  await setUpLamps(session, bench);
  expect(bench.wiring(session.read.config).lamps.get('green')?.address).toEqual({
    chip: 'tegra-gpio',
    offset: 14,
  });
});

test('nothing blinks while nobody looks, and on a machine without GPIO nobody is asked about lines', async () => {
  const board = benchOf({});
  await setUpLamps(sessionOf([], '', {}, false).session, board.bench);
  const pc = benchOf({ compatible: '', chips: [] });
  const { session, questions } = sessionOf([]);
  await setUpLamps(session, pc.bench);
  expect([...board.done, ...pc.done, ...questions]).toEqual([]);
});

test('on a board that is not known the lines are given by hand', async () => {
  const { bench, done } = benchOf({ compatible: 'somebody,else', chips: ['pinctrl'] });
  const { session } = sessionOf(['nonsense', 'pinctrl:4', 'y', 'y', '']);
  await setUpLamps(session, bench);
  expect(done).toEqual(['blink pinctrl:4']);
  expect(changes(session)).toEqual({ 'output.green.line': 'pinctrl:4' });
});

test('an answer that is not allowed is asked for again; as an option it is wrong use', async () => {
  const { session } = sessionOf(['castle', 'doorbell', 'Mars/Base', 'Europe/Berlin']);
  await setUpPreset(session);
  await setUpTimeZone(session);
  expect(changes(session)).toEqual({ 'access.preset': 'doorbell', 'device.time_zone': 'Europe/Berlin' });
  for (const given of [{ preset: 'castle' }, { green: '99' }]) {
    const wrong = sessionOf([], '', given, false).session;
    const steps = async () => {
      await setUpLamps(wrong, benchOf({}).bench);
      await setUpPreset(wrong);
    };
    expect(await steps().catch((error: unknown) => error)).toBeInstanceOf(UsageError);
  }
});
