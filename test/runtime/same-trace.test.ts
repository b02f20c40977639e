import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { z } from 'zod';

const result = z.object({ hash: z.string(), records: z.number(), grants: z.number() });

test('one simulated hour gives the same trace in three processes', async () => {
  const bench = join(import.meta.dir, '../../bench/simulated-hour.ts');
  const runs = [1, 2, 3].map(async () => {
    const { stdout } = Bun.spawn([process.execPath, bench, '--once'], { stderr: 'inherit' });
    return result.parse(JSON.parse(await new Response(stdout).text()));
  });
  const [first, ...others] = await Promise.all(runs);
  expect(first?.grants).toBe(20);
  for (const other of others) expect(other).toEqual(first!);
}, 30_000);
