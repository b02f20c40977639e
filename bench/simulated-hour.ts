/**
 * How long an hour of a busy device takes in simulation with oracle models, traced in full: a visitor every two
 * minutes, every third a stranger. Prints the hash of the trace too: it is the same on every machine.
 *
 *     bun bench/simulated-hour.ts [--json]
 */
import { Scene } from '../hal/sim/scene.ts';
import { buildOracleSimulation } from '../src/runtime/simulation.ts';
import { TraceHash } from '../src/trace/hash.ts';

const hourMs = 3_600_000;
const visitEveryMs = 120_000;

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
const result = { tookMs: Math.round(tookMs), records, grants, hash: hash.digest() };

if (process.argv.includes('--json')) console.log(JSON.stringify(result));
else {
  console.log(`one simulated hour took ${result.tookMs} ms: ${grants} grants, ${records} trace records`);
  console.log(`trace hash ${result.hash}`);
}
