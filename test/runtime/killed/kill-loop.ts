import { expect } from 'bun:test';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LinesFile } from '../../../hal/keeper/lines-file.ts';
import { Random } from '../../../hal/sim/random.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { JournalError } from '../../../src/journal/errors.ts';
import { Journal } from '../../../src/journal/journal.ts';
import { verifyJournal } from '../../../src/journal/verify.ts';
import { linesFileOf } from '../../../src/runtime/lines.ts';
import { wiringOf } from '../../../src/runtime/wiring.ts';

const root = resolve(import.meta.dir, '../../..');
const never = new AbortController().signal;
const maxOnMs = 600;
const keeperSilenceMs = 1_500;
/** Processes of a loaded machine get their turn a little late. */
const slackMs = 250;
const longestLifeMs = 2_200;

export interface KillLoop {
  readonly kills: number;
  /** Kills that found the lamp on. */
  readonly whileOn: number;
  readonly longestOnMs: number;
  readonly entries: number;
}

/**
 * Kills the firmware again and again at a random moment (kill -9) while its keeper, a process of its own with a file for
 * a line, lives on. Expects that no journal entry that another process had read is lost or altered, and that the line
 * was never on beyond its bound, by what the keeper wrote of it.
 */
export async function killLoop(folder: string, kills: number, seed: number): Promise<KillLoop> {
  const random = Random.seeded(seed);
  const directory = join(folder, 'state');
  mkdirSync(directory, { mode: 0o700 });
  const line = join(folder, 'green');
  const configFile = join(folder, 'vigil.toml');
  const toml = `[output.green]\nfile = ${JSON.stringify(line)}\nhold_ms = 500\nmax_on_ms = ${maxOnMs}\nrearm_ms = 50\n`;
  writeFileSync(configFile, toml);
  const socket = join(folder, 'keeper.sock');
  await using held = await startKeeper(folder, socket, toml);
  let whileOn = 0;
  let checked = 0;
  for (let kill = 0; kill < kills; kill++) {
    const firmware = Bun.spawn(
      [process.execPath, join(import.meta.dir, 'firmware.ts'), directory, configFile],
      { stdout: 'ignore', stderr: 'ignore', env: { ...process.env, VIGIL_KEEPER: socket } },
    );
    await Bun.sleep(100 + random.uniform() * longestLifeMs);
    expect(firmware.exitCode).toBeNull();
    const confirmed = readHead(directory);
    if (isOn(line)) whileOn++;
    firmware.kill('SIGKILL');
    await firmware.exited;
    const killedMs = performance.now();
    while (isOn(line)) {
      expect(performance.now() - killedMs).toBeLessThan(keeperSilenceMs + slackMs);
      await Bun.sleep(5);
    }
    if (confirmed === undefined) continue; // killed before it had a journal
    checked++;
    using journal = Journal.open({ directory });
    expect(journal.head().seq).toBeGreaterThanOrEqual(confirmed.seq);
    expect(journal.entry(confirmed.seq)).toEqual(confirmed.entry);
  }
  expect(checked).toBeGreaterThan(kills / 2);
  expect(held.keeper.exitCode).toBeNull();
  using journal = Journal.open({ directory });
  expect((await verifyJournal(journal, [], never)).flaws).toEqual([]);
  const longestOnMs = Math.max(0, ...onTimes(`${line}.edges`));
  expect(longestOnMs).toBeLessThanOrEqual(maxOnMs + slackMs);
  return { kills, whileOn, longestOnMs, entries: journal.head().seq };
}

/** The newest entry that another process can read: the firmware has written it, and was told so. */
function readHead(directory: string) {
  if (!existsSync(join(directory, 'journal.db'))) return undefined;
  try {
    using journal = Journal.open({ directory });
    const { seq } = journal.head();
    return { seq, entry: journal.entry(seq) };
  } catch (error) {
    if (error instanceof JournalError) return undefined; // it is being made just now
    throw error;
  }
}

async function startKeeper(folder: string, socket: string, toml: string) {
  const { config } = parseConfig(toml, undefined);
  const lines: LinesFile | undefined = linesFileOf(config, wiringOf(config, undefined));
  const linesPath = join(folder, 'lines.json');
  writeFileSync(linesPath, JSON.stringify(lines));
  chmodSync(linesPath, 0o600);
  const keeper = Bun.spawn(
    [process.execPath, join(root, 'hal/keeper/main.ts'), '--socket', socket, '--lines', linesPath],
    { stdout: 'pipe', stderr: 'ignore' },
  );
  const { value } = await keeper.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe('ready\n');
  return {
    keeper,
    async [Symbol.asyncDispose]() {
      keeper.kill('SIGTERM');
      await keeper.exited;
    },
  };
}

function isOn(line: string): boolean {
  return readFileSync(line, 'utf8').startsWith('1');
}

/** How long the line was on each time, by the keeper's own account. */
function onTimes(path: string): number[] {
  const edges = readFileSync(path, 'utf8').trim().split('\n');
  const times: number[] = [];
  let onMs: number | undefined;
  for (const text of edges) {
    const edge: unknown = JSON.parse(text);
    if (typeof edge !== 'object' || edge === null || !('on' in edge) || !('utcMs' in edge)) continue;
    const atMs = Number(edge.utcMs);
    if (edge.on === true) onMs ??= atMs;
    else if (onMs !== undefined) {
      times.push(atMs - onMs);
      onMs = undefined;
    }
  }
  expect(onMs).toBeUndefined();
  return times;
}
