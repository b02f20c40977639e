import { afterEach, expect, test } from 'bun:test';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const script = join(import.meta.dir, 'enrol-until-error.ts');

/** Whether this system lets us mount a disk of our own in a namespace. */
const canMount =
  Bun.which('unshare') !== null &&
  Bun.spawnSync(['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).exitCode === 0;
const skipped = canMount ? '' : ' (skipped: mounting in a namespace is not allowed here)';

/** Runs the script with `shell` done first, in a mount namespace of its own; $1 is a folder to mount on. */
async function onOwnDisk(shell: string): Promise<Record<string, unknown>> {
  const child = Bun.spawn(
    ['unshare', '-rm', 'sh', '-ec', shell, 'sh', temporaryFolder(), process.execPath, script],
    { stdout: 'pipe', stderr: 'inherit' },
  );
  return JSON.parse(await new Response(child.stdout).text());
}

test.skipIf(!canMount)(
  `a full disk is named, and everybody confirmed before is still there${skipped}`,
  async () => {
    const { kind, message, enrolled, stored } = await onOwnDisk(
      'mount -t tmpfs -o size=1m none "$1"; exec "$2" "$3" "$1"',
    );
    expect(kind).toBe('full');
    expect(message).toContain('Free some space');
    expect(enrolled).toBeGreaterThan(10);
    expect(stored).toBe(enrolled);
  },
);

test.skipIf(!canMount)(`a disk without room for anything is named${skipped}`, async () => {
  const { kind } = await onOwnDisk('mount -t tmpfs -o size=4k none "$1"; exec "$2" "$3" "$1"');
  expect(kind).toBe('full');
});

test.skipIf(!canMount)(`a read-only disk is named${skipped}`, async () => {
  const { kind, message } = await onOwnDisk('mount -t tmpfs -o ro none "$1"; exec "$2" "$3" "$1/state"');
  expect(kind).toBe('read-only');
  expect(message).toContain('--state DIR');
});

const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot)(
  `a folder of another user is named${isRoot ? ' (skipped: root may do all)' : ''}`,
  async () => {
    const folder = join(temporaryFolder(), 'closed');
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    const child = Bun.spawn([process.execPath, script, folder], { stdout: 'pipe', stderr: 'inherit' });
    expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({ kind: 'permission' });
  },
);
