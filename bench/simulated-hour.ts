/**
 * How long an hour of a busy device takes in simulation with oracle models, traced in full: a visitor every two
 * minutes, every third a stranger. Three processes must agree on the hash of the trace. `bun bench/simulated-hour.ts`
 */
import { z } from 'zod';
import { Scene } from '../hal/sim/scene.ts';
import { buildOracleSimulation } from '../src/runtime/oracle-simulation.ts';
import { TraceHash } from '../src/trace/hash.ts';
import { finish, progress } from './support/report.ts';
import { median } from './support/statistics.ts';

const limitMs = 1_000;
const processes = 3;
const hourMs = 3_600_000;
const visitEveryMs = 120_000;

const hourSchema = z.strictObject({
  tookMs: z.number(),
  records: z.number(),
  grants: z.number(),
  hash: z.string(),
});

async function simulateHour(): Promise<z.infer<typeof hourSchema>> {
  const scene = Scene.parse({
    name: 'an hour',
    durationMs: hourMs,
    people: Array.from({ length: hourMs / visitEveryMs }, (_, visit) => ({
      subject: ['p_ana', 'p_bea', 'p_eve'][visit % 3],
      entersAtMs: visit * visitEveryMs + 5_000,
      stops: [{ distanceM: 1, stayMs: 5_000 }],
    })),
  });
  const startedMs = performance.now();
  const simulation = buildOracleSimulation({ scene, enrolled: ['p_ana', 'p_bea'] });
  const hash = new TraceHash(simulation.trace);
  simulation.actor.start();
  await simulation.clock.runUntil(hourMs);
  const tookMs = performance.now() - startedMs;
  const records = simulation.trace.lastSeq;
  const grants = simulation.keeper.history.filter(({ on }) => on).length;
  return { tookMs: Math.round(tookMs), records, grants, hash: hash.digest() };
}

if (process.argv.includes('--once')) {
  console.log(JSON.stringify(await simulateHour()));
  process.exit();
}
const hours = Array.from({ length: processes }, () => {
  const { stdout } = Bun.spawnSync([process.execPath, import.meta.path, '--once'], { stderr: 'inherit' });
  return hourSchema.parse(JSON.parse(stdout.toString()));
});
const [hour] = hours;
if (hour === undefined) throw new Error('no hour was simulated');
progress(`trace hash ${hour.hash}`);
finish({
  bench: 'simulated-hour',
  figures: [
    {
      what: 'an hour, median',
      value: median(hours.map(({ tookMs }) => tookMs)),
      unit: 'ms',
      limit: { most: limitMs },
    },
    {
      what: 'different trace hashes in three processes',
      value: new Set(hours.map(({ hash }) => hash)).size,
      unit: '',
      limit: { most: 1 },
    },
    { what: 'grants', value: hour.grants, unit: '' },
    { what: 'trace records', value: hour.records, unit: '' },
  ],
});
