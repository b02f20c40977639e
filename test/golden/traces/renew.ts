/**
 * Writes the golden traces anew, after a change that is meant to change what a device does. The test that fails then,
 * test/runtime/golden-traces.test.ts, shows the first record that is another, with the ten before it: read that first.
 *
 *     bun test/golden/traces/renew.ts
 */
import { writeFileSync } from 'node:fs';
import { traceLine } from '../../../src/trace/record.ts';
import { goldenPath, goldenScenarios, traceOf } from './golden.ts';

for (const name of goldenScenarios) {
  const records = await traceOf(name);
  writeFileSync(goldenPath(name), records.map((record) => `${traceLine(record)}\n`).join(''));
  console.log(`${records.length} records: ${name}`);
}
