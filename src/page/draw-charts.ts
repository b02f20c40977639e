import type { AnyStateMachine } from 'xstate';
import { z } from 'zod';
import { machines } from '../../machines/index.ts';
import { chartOf } from '../charts/chart.ts';
import { ChartCache } from './chart-cache.ts';

/**
 * Draws machines in the order of the names that it is sent, and ends. A thread of its own: the layout takes seconds
 * of computing and memory that nobody needs afterwards.
 */
declare const self: Worker;

const byName: ReadonlyMap<string, AnyStateMachine> = new Map(Object.entries(machines));

// elkjs puts a listener of its own in this one's place while it works.
self.onmessage = ({ data }: MessageEvent<unknown>) => void drawAll(z.array(z.string()).parse(data));

async function drawAll(names: readonly string[]): Promise<void> {
  const cache = await ChartCache.open();
  for (const name of names) {
    const machine = byName.get(name);
    if (machine !== undefined) self.postMessage({ name, svg: await cache.svg(chartOf(machine)) });
  }
  self.postMessage({ name: null });
}
