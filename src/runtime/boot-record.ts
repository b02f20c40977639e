import { z } from 'zod';
import { ConfigError } from '../config/errors.ts';
import { keyAt, keysOf } from '../config/keys.ts';
import { parseConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type DoorEvidence, doorEvidence } from '../decide/calibration.ts';
import { roundForTrace } from '../trace/data.ts';
import type { TraceRecord } from '../trace/record.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { type BuildId, buildId } from './build-id.ts';

/** What a device is from its start to its end, as far as its machines depend on it. */
export interface Boot {
  readonly config: VigilConfig;
  readonly hears: boolean;
  /** Of the jitter of every wait. */
  readonly seed: number;
  /** The name of the lamp beside the actuator, null where there is none. */
  readonly lamp: string | null;
  /** Whether something resets the board that is not fed. */
  readonly watchdog: boolean;
  /** Whether what was measured on this device is enough to open a door by. */
  readonly evidence: DoorEvidence;
}

/** A boot as a trace tells it, and which program it was. */
export interface RecordedBoot extends Boot {
  readonly build: BuildId;
}

const bootName = 'boot';

/** Writes what a replay has to know, as the first record. Of the configuration all but free texts: they are paths and addresses. */
export function recordBoot(
  trace: TraceRecorder,
  { config, hears, seed, lamp, watchdog, evidence }: Boot,
): void {
  trace.note(bootName, {
    build: buildId(),
    hears,
    seed,
    lamp: lamp === null ? null : { device: lamp },
    watchdog,
    calibration: { state: evidence },
    config: recordedTables(config),
  });
}

export function isBoot(record: TraceRecord): boolean {
  return record.kind === 'note' && record.note === bootName;
}

const bootSchema = z.object({
  build: z.object({
    version: z.string(),
    commit: z.string().nullable(),
    sha256: z.string(),
  }),
  hears: z.boolean(),
  seed: z.int().nonnegative(),
  lamp: z.object({ device: z.string() }).nullable(),
  watchdog: z.boolean(),
  calibration: z.object({ state: z.enum(doorEvidence) }),
  config: z.record(z.string(), z.unknown()),
});

/** The boot in its record. Throws Error with what is wrong with it. */
export function readBoot(record: TraceRecord): RecordedBoot {
  const boot = bootSchema.safeParse(record.kind === 'note' ? record.data : undefined);
  if (!boot.success) {
    const [issue] = boot.error.issues;
    throw new Error(`the boot record's '${issue?.path.join('.')}' is not valid: ${issue?.message}`);
  }
  const { build, hears, seed, lamp, watchdog, calibration } = boot.data;
  const flags = keysOf(boot.data.config).flatMap((key) => {
    const value = valueAt(boot.data.config, key);
    return value === undefined ? [] : [{ key, value, flag: key }];
  });
  try {
    const { config } = parseConfig('', undefined, flags);
    return { build, hears, seed, lamp: lamp?.device ?? null, watchdog, evidence: calibration.state, config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Error(`the boot record's configuration is not valid: ${error.message}`, { cause: error });
  }
}

/** What a trace has of a value: of texts the words that a key lets one choose from. */
type Recorded = number | boolean | string;

/** Keys that have another value in `other`, with both values. Free texts are not in a trace, so they are not compared. */
export function differingKeys(
  config: VigilConfig,
  other: VigilConfig,
): { key: string; value: Recorded | undefined; other: Recorded | undefined }[] {
  return [...new Set([...keysOf(config), ...keysOf(other)])]
    .map((key) => ({ key, value: valueAt(config, key), other: valueAt(other, key) }))
    .filter(({ value, other }) => value !== other);
}

/** The tables of the configuration with what is no free text. `path` is theirs, as in a file. */
function recordedTables(config: object, path = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) => {
      const key = `${path}${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
      if (typeof value === 'object' && value !== null) return [[name, recordedTables(value, `${key}.`)]];
      return typeof value === 'string' && !isChosen(key) ? [] : [[name, value]];
    }),
  );
}

function isChosen(key: string): boolean {
  return keyAt(key)?.choices !== undefined;
}

/** The value of `output.green.hold_ms` in a tree with camelCase names, rounded as a trace has it; no free texts. */
function valueAt(tree: unknown, key: string): Recorded | undefined {
  let value: unknown = tree;
  for (const name of key.split('.')) {
    const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([field]) => field === camel)?.[1];
  }
  if (typeof value === 'number') return roundForTrace(key.replace(/_ms$/, 'Ms'), value) ?? undefined;
  if (typeof value === 'string') return isChosen(key) ? value : undefined;
  return typeof value === 'boolean' ? value : undefined;
}
