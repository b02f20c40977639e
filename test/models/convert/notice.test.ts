import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const models = join(import.meta.dir, '../../../models');
const notice = await Bun.file(join(models, 'NOTICE.md')).text();
const described = readdirSync(models).filter((file) => /\.onnx$|\.bin$|\.xml$|^mean-face/.test(file));

test.each(described)('the notice describes %s as it is', async (file) => {
  const sha256 = new Bun.CryptoHasher('sha256')
    .update(await Bun.file(join(models, file)).bytes())
    .digest('hex');
  const entry = notice.split(/^### /m).find((section) => section.startsWith(`${file}\n`));
  expect(entry).toContain(sha256);
  for (const part of ['From: ', 'Licence: ', 'Changed: ']) expect(entry).toContain(`- ${part}`);
});

test('every licence text the notice points to is there, whole', async () => {
  const links = [...notice.matchAll(/\((LICENSES\/[^)]+)\)/g)].map(([, path]) => path ?? '');
  expect(links).toHaveLength(5);
  for (const path of links) expect((await Bun.file(join(models, path)).text()).length).toBeGreaterThan(1000);
});
