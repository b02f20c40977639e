import { expect, test } from 'bun:test';
import { Leases } from '../../../hal/keeper/leases.ts';
import { UnwiredLine } from '../../../hal/keeper/unwired-line.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';

function gate() {
  const clock = new VirtualClock();
  const output = new UnwiredLine('gate');
  const line = { name: 'gate', safeOn: false, lostOn: true, maxOnMs: 1_000 };
  const leases = new Leases({ clock, lines: [{ line, output }] });
  return { clock, output, leases };
}

test('a fail-safe line is on before the first client, off while one is there, and on when it goes', async () => {
  const { clock, output, leases } = gate();
  await leases.start();
  expect(output.commanded).toBe(true);
  await leases.attend();
  expect(output.commanded).toBe(false);
  await clock.runFor(600);
  await leases.grant('gate', 500);
  expect(output.commanded).toBe(true);
  await clock.runFor(501);
  expect(output.commanded).toBe(false);
  await leases.abandon();
  expect(output.commanded).toBe(true);
  await leases.close();
});

test('a client that comes back while its going is being written finds the line off', async () => {
  const { output, leases } = gate();
  await leases.start();
  await leases.attend();
  const going = leases.abandon();
  await Promise.all([going, leases.attend()]);
  expect(output.commanded).toBe(false);
  await leases.close();
  expect(output.commanded).toBe(true);
});
