import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { keysOf } from '../../src/config/keys.ts';
import { readConfig } from '../../src/config/read.ts';

test('docs/privacy.md says of everything that is kept for days how many, as the configuration has it', async () => {
  const text = await Bun.file(join(import.meta.dir, '../../docs/privacy.md')).text();
  const { config, values } = await readConfig({ file: undefined, flags: [] });
  const said = new Map(
    [...text.matchAll(/\| (\d+) days \(`([a-z_.]+)`\) \|/g)].map(([, days, key]) => [
      key ?? '',
      Number(days),
    ]),
  );
  const kept = keysOf(config).filter((key) => key.endsWith('_days'));
  expect(kept.length).toBeGreaterThan(4);
  expect(Object.fromEntries(said)).toEqual(
    Object.fromEntries(kept.map((key) => [key, Number(values.get(key))])),
  );
  // Nothing but numbers is kept of a face unless somebody says so.
  expect(config.people.keepOriginals).toBe(false);
  expect(text).toContain('not kept; with `people.keep_originals`');
});
