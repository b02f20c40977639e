import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { archivePath, faceApi, humanModels } from '../../../src/models/convert/published-package.ts';
import { convertShippedModels, openSources } from '../../../src/models/convert/shipped-models.ts';

const missing = [faceApi, humanModels].filter((published) => !existsSync(archivePath(published)));
const reason =
  missing.length === 0
    ? ''
    : ` (skipped: ${missing.map(({ name }) => name).join(', ')} not fetched; bun run models:verify-conversion does)`;

describe('the conversion', () => {
  test.skipIf(missing.length > 0)(
    `gives what is shipped, byte by byte${reason}`,
    async () => {
      const converted = convertShippedModels(await openSources(() => undefined));
      expect(converted).toHaveLength(7);
      for (const { file, bytes } of converted) {
        const shipped = await Bun.file(join(import.meta.dir, '../../../models', file)).bytes();
        expect({ file, same: Buffer.from(shipped).equals(bytes) }).toEqual({ file, same: true });
      }
    },
    30_000,
  );
});
