import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(process.env.VIGIL_TEST_DATA ?? join(import.meta.dir, '../../../shared'));

/** The path of a file or folder of the development data, or undefined where it is absent. */
export function testData(path: string): string | undefined {
  const full = join(root, path);
  return existsSync(full) ? full : undefined;
}

/** The reason a test that needs `path` is skipped, for its name; empty where the data is there. */
export function skipReason(path: string): string {
  return testData(path) === undefined ? ` (skipped: no ${path} under VIGIL_TEST_DATA)` : '';
}
