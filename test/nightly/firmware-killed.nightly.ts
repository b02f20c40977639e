import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killLoop } from '../runtime/killed/kill-loop.ts';

test('200 times kill -9 at a random moment: no confirmed entry is lost, and no lamp is on beyond its bound', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-killed-'));
  try {
    const { kills, whileOn, longestOnMs, entries } = await killLoop(folder, 200, 200);
    console.log(
      `${kills} kills, ${whileOn} of them with the lamp on; ${entries} entries; on for ${longestOnMs} ms at most`,
    );
    expect(whileOn).toBeGreaterThan(10);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 1_800_000);
