import { readFileSync } from 'node:fs';
import { chown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SystemWallClock } from '../../hal/linux/clock.ts';
import { FileStore } from '../../hal/linux/file-store.ts';

/** In the state directory. */
export const privacyFile = 'privacy.json';

export const closableSenses = ['camera', 'microphone'] as const;
export type ClosableSense = (typeof closableSenses)[number];

/** A week: whoever closes a sense for longer opens it by hand. */
export const longestPauseMs = 7 * 86_400_000;

const closure = z.strictObject({
  /** Another one with every order, so that the same order twice counts its time anew. */
  id: z.string().min(1).max(64),
  /** Of the system; an account of it, no name of a person who is known. */
  by: z.string().max(64),
  /** Null where nobody knew the time of day: after a restart the whole time is counted anew. */
  atUtcMs: z.number().nullable(),
  /** Null: until it is opened again. */
  forMs: z.number().positive().max(longestPauseMs).nullable(),
});

/** That a sense was closed on purpose: by whom, when and for how long. */
export type Closure = z.output<typeof closure>;

const switchSchema = z.strictObject({
  v: z.literal(1),
  camera: closure.nullable(),
  microphone: closure.nullable(),
});

/** Which senses are closed on purpose. */
export type PrivacySwitch = Omit<z.output<typeof switchSchema>, 'v'>;

export const nothingClosed: PrivacySwitch = { camera: null, microphone: null };

/** An order that somebody gives now; `forMs` null: until it is opened again. */
export function closureNow(by: string, forMs: number | null): Closure {
  const wallClock = new SystemWallClock();
  const atUtcMs = wallClock.trusted ? wallClock.nowUtcMs() : null;
  return { id: crypto.randomUUID(), by: by.slice(0, 64), atUtcMs, forMs };
}

/**
 * Writes it, readable by the owner of the folder alone: the device may run as another user than root, who orders.
 * Nothing closed is no file at all. Rejects with HalError, or the error of the system where it cannot be given away.
 */
export async function writePrivacySwitch(stateDirectory: string, closed: PrivacySwitch): Promise<void> {
  await using store = new FileStore(stateDirectory);
  if (closableSenses.every((sense) => closed[sense] === null)) return await store.remove(privacyFile);
  const text = JSON.stringify({ v: 1, ...closed }, null, 2);
  await store.write(privacyFile, new TextEncoder().encode(`${text}\n`));
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(stateDirectory);
  await chown(join(stateDirectory, privacyFile), uid, gid);
}

/**
 * What stands in the state directory. A file that says nothing of this version closes both senses: nobody is looked at
 * by mistake, and `vigil resume` takes it away.
 */
export function readPrivacySwitch(stateDirectory: string): PrivacySwitch {
  let text: string;
  try {
    text = readFileSync(join(stateDirectory, privacyFile), 'utf8');
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return gone ? nothingClosed : { camera: damaged, microphone: damaged };
  }
  try {
    const { v: _, ...closed } = switchSchema.parse(JSON.parse(text));
    return closed;
  } catch {
    return { camera: damaged, microphone: damaged };
  }
}

const damaged: Closure = { id: 'damaged', by: 'a damaged file', atUtcMs: null, forMs: null };
