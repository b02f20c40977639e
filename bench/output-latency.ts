/**
 * From the decision to the line: the time between the trace's record of a grant and the edge at the line keeper, a
 * process of its own whose line is a file: `bun bench/output-latency.ts`.
 *
 * The keeper stamps an edge in whole milliseconds after it was written; a millisecond is added for that, so that every
 * time is an upper bound.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../src/config/read.ts';
import { oracleFirmware } from './support/oracle-firmware.ts';
import { finish, progress, rounded } from './support/report.ts';
import { median, percentile } from './support/statistics.ts';

const visits = 120;
const limitMs = 5;

const folder = mkdtempSync(join(tmpdir(), 'vigil-output-latency-'));
const line = join(folder, 'green');
const toml = `[output.green]\nfile = ${JSON.stringify(line)}\nhold_ms = 200\nrearm_ms = 50\n`;
const { config } = parseConfig(toml, undefined);
const { actor, trace } = oracleFirmware(config, folder, visits);
const grantedUtcMs: number[] = [];
trace.observe((record) => {
  if (record.kind === 'event' && record.event === 'ACCESS.GRANTED' && record.to === 'device') {
    grantedUtcMs.push(performance.timeOrigin + performance.now());
  }
});
progress(`${visits} visits, a second each ...`);
actor.start();
await Bun.sleep(1_000 * visits + 2_000);
const stopped = new Promise<void>((resolve) => actor.subscribe({ complete: resolve }));
actor.send({ type: 'STOP.REQUESTED' });
await stopped;

const litUtcMs = readFileSync(`${line}.edges`, 'utf8')
  .trim()
  .split('\n')
  .flatMap((text) => {
    const edge: { on: boolean; utcMs: number } = JSON.parse(text);
    return edge.on ? [edge.utcMs + 1] : [];
  });
rmSync(folder, { recursive: true });
const latenciesMs = grantedUtcMs.flatMap((grantedMs) => {
  const lit = litUtcMs.find((atMs) => atMs >= grantedMs);
  // A grant that came while the lamp was lit, or waited for it to be armed again, has no edge of its own.
  return lit === undefined || lit - grantedMs > 40 ? [] : [lit - grantedMs];
});
if (latenciesMs.length < visits * 0.8) throw new Error(`only ${latenciesMs.length} grants lit the lamp`);
finish({
  bench: 'output-latency',
  figures: [
    { what: 'grants', value: latenciesMs.length, unit: '' },
    { what: 'grant to edge of the line, median', value: rounded(median(latenciesMs)), unit: 'ms' },
    {
      what: 'grant to edge of the line, p99',
      value: rounded(percentile(latenciesMs, 0.99)),
      unit: 'ms',
      limit: { most: limitMs },
    },
  ],
});
