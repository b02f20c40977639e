import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killLoop } from './killed/kill-loop.ts';

test('killed at a random moment, the firmware loses nothing that was confirmed and leaves no lamp on beyond its bound', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-killed-'));
  try {
    const { entries } = await killLoop(folder, 3, 9);
    expect(entries).toBeGreaterThan(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
