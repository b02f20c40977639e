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
import { mainThreadWaitedMs, onLinux, processWith } from './support/proc.ts';
import { finish, progress, rounded } from './support/report.ts';
import { median, percentile } from './support/statistics.ts';

const visits = 120;
const limitMs = 5;

const folder = mkdtempSync(join(tmpdir(), 'vigil-output-latency-'));
const line = join(folder, 'green');
const toml = `[output.green]\nfile = ${JSON.stringify(line)}\nhold_ms = 200\nrearm_ms = 50\n`;
const { config } = parseConfig(toml, undefined);
const { actor, trace } = oracleFirmware(config, folder, visits);
interface Granted {
  readonly atUtcMs: number;
  /** How long firmware and keeper had no processor, by then and when the line answered. */
  readonly waitedMs: number;
  answeredWaitedMs?: number;
}
const grants: Granted[] = [];
let keeper: number | undefined;
const waitedMs = () =>
  mainThreadWaitedMs(process.pid) + (keeper === undefined ? 0 : mainThreadWaitedMs(keeper));
/** Grants until what they run is compiled. */
const warmUp = 5;
trace.observe((record) => {
  if (record.kind === 'hal.in' && record.device === 'output' && record.op === 'opened') {
    keeper = processWith(join(folder, 'lines.json'));
  } else if (record.kind === 'event' && record.event === 'ACCESS.GRANTED' && record.to === 'device') {
    grants.push({ atUtcMs: performance.timeOrigin + performance.now(), waitedMs: waitedMs() });
  } else if (record.kind === 'hal.in' && record.device === 'output' && record.op === 'on') {
    const last = grants.at(-1);
    if (last !== undefined) last.answeredWaitedMs ??= waitedMs();
  }
});
if (!onLinux()) finish({ bench: 'output-latency', skipped: 'it needs Linux', figures: [] });
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
const latencies = grants
  .slice(warmUp)
  .flatMap(({ atUtcMs, waitedMs: before, answeredWaitedMs: after = before }) => {
    const lit = litUtcMs.find((edgeMs) => edgeMs >= atUtcMs);
    // A grant that came while the lamp was lit has no edge of its own.
    if (lit === undefined || lit - atUtcMs > 200) return [];
    return [{ allMs: lit - atUtcMs, ownMs: Math.max(0, lit - atUtcMs - (after - before)) }];
  });
if (latencies.length < visits * 0.8) throw new Error(`only ${latencies.length} grants lit the lamp`);
const all = latencies.map(({ allMs }) => allMs);
const own = latencies.map(({ ownMs }) => ownMs);
finish({
  bench: 'output-latency',
  figures: [
    { what: 'grants', value: latencies.length, unit: '' },
    { what: 'grant to edge of the line, median', value: rounded(median(all)), unit: 'ms' },
    { what: 'grant to edge of the line, p99', value: rounded(percentile(all, 0.99)), unit: 'ms' },
    {
      what: 'p99, without waiting for a processor',
      value: rounded(percentile(own, 0.99)),
      unit: 'ms',
      limit: { most: limitMs },
    },
  ],
});
