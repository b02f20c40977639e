import { existsSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../config/errors.ts';
import { parseConfig, readConfig } from '../../config/read.ts';
import type { VigilConfig } from '../../config/schema.ts';
import { type Calibrations, nothingCalibrated } from '../../decide/calibration.ts';
import { addedModelsDir, shippedModelsDir } from '../../models/folders.ts';
import { readManifest } from '../../models/manifest.ts';
import { verifyModel } from '../../models/verify.ts';
import { PeopleStore } from '../../people/store.ts';
import { accessNotes } from '../access-settings.ts';
import { calibrationsOf, readCalibration } from '../calibration-file.ts';
import { runningInterface } from '../interface/running.ts';
import type { Finding } from './finding.ts';

/** The configuration; where it cannot be read, the defaults stand in for it. */
export async function examineConfiguration(
  file: string | undefined,
): Promise<{ finding: Finding; config: VigilConfig }> {
  const base = { id: 'config', label: 'configuration' } as const;
  try {
    const read = await readConfig({ file });
    const value = read.file ?? 'no vigil.toml; the defaults';
    return { finding: { ...base, state: 'ok', value }, config: read.config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const next = 'docs/configuration.md lists every key';
    const [value = ''] = error.message.split('\n');
    return { finding: { ...base, state: 'fault', value, next }, config: parseConfig('', undefined).config };
  }
}

/** The models' files against the manifest. */
export async function examineModels(stateDirectory: string, signal: AbortSignal): Promise<Finding> {
  const base = { id: 'models', label: 'models' } as const;
  try {
    const manifest = await readManifest({
      shippedDir: shippedModelsDir,
      addedDir: addedModelsDir(stateDirectory),
    });
    for (const model of manifest.models) {
      signal.throwIfAborted();
      await verifyModel(model);
    }
    return { ...base, state: 'ok', value: `${manifest.models.length} verified` };
  } catch (error) {
    signal.throwIfAborted();
    const value = error instanceof Error ? error.message : String(error);
    return { ...base, state: 'fault', value, next: 'vigil models verify shows every model' };
  }
}

/** The folder that holds people and their keys: there, writable, and closed to other users. */
export async function examineState(directory: string): Promise<Finding> {
  const base = { id: 'state', label: 'state directory' } as const;
  if (!existsSync(directory)) {
    return { ...base, state: 'ok', value: `${directory}, made at the first start` };
  }
  const { mode } = await stat(directory);
  const writable = await access(directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const octal = (mode & 0o777).toString(8);
  if (!writable) {
    const next = `sudo chown -R "$(id -un)" ${directory}, or name another place with --state DIR`;
    return { ...base, state: 'fault', value: `${directory} cannot be written`, next };
  }
  if ((mode & 0o077) !== 0) {
    const value = `${directory} is open to other users (mode ${octal})`;
    return { ...base, state: 'warning', value, next: `chmod 700 ${directory}` };
  }
  return { ...base, state: 'ok', value: `${directory} (mode ${octal})` };
}

/** Who is let in by what, and whether anybody is. */
export function examineAccess(config: VigilConfig, directory: string): Finding {
  const base = { id: 'access', label: 'access' } as const;
  const notes = accessNotes(config, calibrationIn(directory).evidence);
  if (notes.length === 0) return { ...base, state: 'ok', value: config.access.preset };
  const next = 'docs/configuration.md, [access], says what a preset chooses';
  return { ...base, state: 'warning', value: notes.join('; '), next };
}

/** Whether the device was calibrated on its own people, and is still. */
export function examineCalibration(directory: string): Finding {
  const base = { id: 'calibration', label: 'calibration' } as const;
  const next = 'vigil lab calibrate --strangers DIR';
  const stored = readCalibration(directory);
  if (stored.is === 'none') return { ...base, state: 'ok', value: `none; preset door needs one (${next})` };
  if (stored.is === 'damaged') return { ...base, state: 'warning', value: stored.message, next };
  const { faces, voices, madeUtcMs, missing } = stored.calibration;
  const value = `of ${new Date(madeUtcMs).toISOString().slice(0, 10)}, ${faces.people} people and ${faces.strangers} strangers${voices === null ? '' : `; voices of ${voices.people} and ${voices.strangers}${voices.line === null ? `, not weighed: ${voices.missing.join('; ')}` : ''}`}`;
  const used = calibrationIn(directory);
  const { evidence } = used;
  if (voices !== null && voices.line !== null && used.voices[voices.pipelineId] === undefined) {
    return {
      ...base,
      state: 'warning',
      value: `${value}; of voices stale, people or models have changed`,
      next,
    };
  }
  if (evidence === 'stale') {
    return {
      ...base,
      state: 'warning',
      value: `${value}: stale, the people or the models have changed`,
      next,
    };
  }
  if (evidence === 'enough') return { ...base, state: 'ok', value };
  return { ...base, state: 'ok', value: `${value}; not enough for preset door: ${missing.join('; ')}` };
}

/** The store is not made by asking. */
function calibrationIn(directory: string): Calibrations {
  if (!existsSync(join(directory, 'people.db'))) return nothingCalibrated;
  try {
    using store = PeopleStore.open({ directory, wallClock: { nowUtcMs: () => Date.now() } });
    return calibrationsOf(readCalibration(directory), store);
  } catch {
    return nothingCalibrated; // the finding about people says why
  }
}

/** How many people are known. The store is not made by asking. */
export function examinePeople(directory: string): Finding {
  const base = { id: 'people', label: 'people' } as const;
  const next = 'vigil faces enrol NAME, or put a picture named after the person into dataset/';
  if (!existsSync(join(directory, 'people.db'))) {
    return { ...base, state: 'warning', value: 'nobody is enrolled', next };
  }
  try {
    using store = PeopleStore.open({ directory, wallClock: { nowUtcMs: () => Date.now() } });
    const people = store.people();
    const count = people.length;
    if (count === 0) return { ...base, state: 'warning', value: 'nobody is enrolled', next };
    const unknown = people.filter(({ subjectId }) => store.unknownTo(subjectId).length > 0).length;
    if (unknown > 0) {
      const value = `${count} enrolled, ${unknown} of them with samples of other models than those in force`;
      const names =
        'vigil people list names them: wait while a device embeds them anew, else enrol them again';
      return { ...base, state: 'warning', value, next: names };
    }
    return { ...base, state: 'ok', value: `${count} enrolled` };
  } catch (error) {
    const value = error instanceof Error ? error.message : String(error);
    return { ...base, state: 'fault', value, next: 'the message says what to do' };
  }
}

/** The device's own interface, where one serves it now. */
export async function examineInterface(stateDirectory: string): Promise<Finding> {
  const base = { id: 'interface', label: 'interface' } as const;
  const running = await runningInterface(stateDirectory);
  if (running === undefined) return { ...base, state: 'ok', value: 'no device serves one now' };
  if (!running.testDoors) return { ...base, state: 'ok', value: running.url };
  return {
    ...base,
    state: 'warning',
    value: `${running.url}; its TEST DOORS ARE OPEN: who is let in is up to whoever has the token`,
    next: 'at a real door start vigil run without --allow-test-doors',
  };
}
