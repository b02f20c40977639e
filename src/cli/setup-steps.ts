import { HalError } from '../../hal/contract/errors.ts';
import { ConfigError } from '../config/errors.ts';
import type { VigilConfig } from '../config/schema.ts';
import { presetNames } from '../decide/presets.ts';
import { lineOfHeaderPin, type SetupBench, type SetupDevice } from '../runtime/setup-bench.ts';
import { type LampName, lampNames } from '../runtime/wiring.ts';
import { confirmedBy } from './asker.ts';
import { UsageError } from './command.ts';
import { printNote } from './output.ts';
import type { SetupSession } from './setup-session.ts';

/** Which camera, proved by a picture. */
export async function setUpCamera(session: SetupSession, bench: SetupBench): Promise<void> {
  await setUpDevice(session, 'camera', bench.cameras(), async (config) => {
    const { name, widthPx, heightPx, firstFrameMs, brightness } = await bench.tryCamera(
      config,
      session.signal,
    );
    const seconds = (firstFrameMs / 1_000).toFixed(1);
    return `${name}: ${widthPx}x${heightPx}, the first picture after ${seconds} s, brightness ${Math.round(brightness)} of 255`;
  });
}

/** Which microphone, proved by a second of sound; `none` is one, too. */
export async function setUpMicrophone(session: SetupSession, bench: SetupBench): Promise<void> {
  await setUpDevice(session, 'microphone', bench.microphones(), async (config) => {
    if (config.microphone.source === 'none') return 'the device only sees';
    const { name, sampleRateHz, channels, peakDbfs } = await bench.tryMicrophone(config, session.signal);
    const level = Number.isFinite(peakDbfs)
      ? `${Math.round(peakDbfs)} dBFS at the loudest`
      : 'digital silence: is it muted?';
    return `${name}: ${sampleRateHz} Hz, ${channels} channel${channels === 1 ? '' : 's'}, ${level}`;
  });
}

/** Asks for a device until one works, or is kept all the same. */
async function setUpDevice(
  session: SetupSession,
  what: 'camera' | 'microphone',
  devices: readonly SetupDevice[],
  tried: (config: VigilConfig) => Promise<string>,
): Promise<void> {
  const key = `${what}.source`;
  for (const { source, name } of devices) printNote(`  ${source}  (${name})`);
  if (devices.length === 0) printNote(`  no ${what} is plugged in`);
  const best = devices[0]?.source ?? 'auto';
  for (;;) {
    const proposal = session.wasSet(key) ? String(session.read.values.get(key)) : best;
    const source = session.option(what) ?? (await session.asker.ask(`Which ${what}?`, proposal));
    try {
      session.set(key, source);
      printNote(`${what}: ${await tried(session.read.config)}`);
      return;
    } catch (error) {
      if (!(error instanceof HalError || error instanceof ConfigError)) throw error;
      printNote(`${what}: ${error.message}`);
      const wrong = error instanceof ConfigError || error.kind === 'invalid-argument';
      if (wrong) session.unset(key);
      const settled = !session.asker.present || session.option(what) !== undefined;
      if (wrong && settled) throw new UsageError(error.message);
      if (
        !wrong &&
        (settled || (await confirmedBy(session.asker, 'Keep it all the same?', source === 'auto')))
      )
        return;
    }
  }
}

const blinks = 3;

/** Where each lamp is wired, proved by blinking and by somebody who looks. */
export async function setUpLamps(session: SetupSession, bench: SetupBench): Promise<void> {
  for (const lamp of lampNames) await setUpLamp(session, bench, lamp);
}

async function setUpLamp(session: SetupSession, bench: SetupBench, lamp: LampName): Promise<void> {
  const given = session.option(lamp);
  if (given !== undefined) {
    wire(session, bench, lamp, given);
    return;
  }
  if (lamp === 'red' && !session.read.config.output.red.enabled) return;
  for (;;) {
    const line = bench.wiring(session.read.config).lamps.get(lamp);
    if (line === undefined) {
      printNote(`${lamp} lamp: no line is known here, so that it is simulated`);
      const chips = bench.chips();
      if (chips.length === 0) return;
      printNote(`  GPIO chips: ${chips.map((label) => `'${label}'`).join(', ')}`);
      const answer = await session.asker.ask('Its line as LABEL:OFFSET, or nothing to leave it so:', '');
      if (answer === '') return;
      tryToWire(session, bench, lamp, answer);
      continue;
    }
    printNote(`${lamp} lamp: ${line.place}`);
    // Whatever hangs on the line moves; nobody must be surprised by that.
    const mayBlink =
      session.asker.present &&
      (await confirmedBy(session.asker, 'Blink it now? It moves what is wired there.', true));
    if (!mayBlink) return;
    try {
      for await (const _ of bench.blink(line, blinks, session.signal));
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      printNote(error.message);
    }
    if (await confirmedBy(session.asker, `Did the ${lamp} lamp blink?`, true)) return;
    const answer = await session.asker.ask(
      'Another pin of the header (1 to 40), LABEL:OFFSET, or nothing to leave it:',
      '',
    );
    if (answer === '') return;
    tryToWire(session, bench, lamp, answer);
  }
}

/** A wrong answer is said, and the question asked again. */
function tryToWire(session: SetupSession, bench: SetupBench, lamp: LampName, answer: string): void {
  try {
    wire(session, bench, lamp, answer);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    printNote(error.message);
  }
}

/** Throws UsageError for what is no pin and no line. */
function wire(session: SetupSession, bench: SetupBench, lamp: LampName, answer: string): void {
  const pinKey = `output.${lamp}.pin`;
  const lineKey = `output.${lamp}.line`;
  const pin = /^\d+$/.test(answer) ? Number(answer) : undefined;
  try {
    const { output } = session.read.config;
    // A line or a Broadcom number that stands in the file wins over a pin.
    const overruled = output[lamp].line !== undefined || output[lamp].bcm !== undefined;
    if (pin !== undefined && !overruled) session.set(pinKey, pin);
    else if (pin === undefined) session.set(lineKey, answer);
    else session.set(lineKey, lineOfHeaderPin(bench.wiring(session.read.config), lamp, pin) ?? answer);
    bench.wiring(session.read.config);
  } catch (error) {
    session.unset(pinKey);
    session.unset(lineKey);
    if (!(error instanceof HalError || error instanceof ConfigError)) throw error;
    throw new UsageError(error.message);
  }
}

/** What the device is for. */
export async function setUpPreset(session: SetupSession): Promise<void> {
  await setUpKey(session, 'preset', 'access.preset', `What is it for: ${presetNames.join(', ')}?`);
}

/** Where hours and last days of people are. */
export async function setUpTimeZone(session: SetupSession): Promise<void> {
  const system = Intl.DateTimeFormat().resolvedOptions().timeZone;
  await setUpKey(session, 'time-zone', 'device.time_zone', 'Which time zone, as Europe/Berlin?', system);
}

async function setUpKey(
  session: SetupSession,
  option: string,
  key: string,
  question: string,
  unset = '',
): Promise<void> {
  for (;;) {
    const proposal = String(session.read.values.get(key) ?? unset);
    const answer = session.option(option) ?? (await session.asker.ask(question, proposal));
    session.set(key, answer);
    try {
      session.read;
      return;
    } catch (error) {
      session.unset(key);
      if (!(error instanceof ConfigError)) throw error;
      if (session.option(option) !== undefined || !session.asker.present) throw new UsageError(error.message);
      printNote(error.message);
    }
  }
}
