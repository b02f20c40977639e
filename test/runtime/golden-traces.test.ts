import { expect, test } from 'bun:test';
import { compareTraces, tellDifference } from '../../src/trace/difference.ts';
import { entriesOf, TraceLines } from '../../src/trace/lines.ts';
import { goldenPath, goldenScenarios, traceOf } from '../golden/traces/golden.ts';

for (const name of goldenScenarios) {
  test(`${name}: the device does, record by record, what it did when it was last looked at`, async () => {
    const now = entriesOf(await traceOf(name), name);
    const { difference } = compareTraces(new TraceLines(goldenPath(name)), now);
    const story = difference === null ? [] : tellDifference(difference, { left: 'golden', right: 'now' });
    // If this is as it should be: bun test/golden/traces/renew.ts
    expect(story.join('\n')).toBe('');
  });
}
