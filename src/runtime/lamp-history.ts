import type { Edge } from '../../hal/contract/gpio.ts';
import type { TraceRecord } from '../trace/record.ts';
import type { BoardLamp } from './simulated-board.ts';

/** Enough for an hour of a blinking lamp. */
const mostEdges = 2_000;

/** How the level of a lamp is known: read off the simulated line, or as it was commanded last. */
export type LampReading = 'simulated pin' | 'commanded level';

type LampListener = (lamp: BoardLamp, edge: Edge) => void;

/** The lamps of a device, with every change of the last hour or so. */
export class LampHistory {
  readonly #levels: Record<BoardLamp, boolean> = { green: false, red: false };
  readonly #edges: Record<BoardLamp, Edge[]> = { green: [], red: [] };
  readonly #listeners = new Set<LampListener>();

  level(lamp: BoardLamp): boolean {
    return this.#levels[lamp];
  }

  /** The newest changes, oldest first. */
  edges(lamp: BoardLamp): readonly Edge[] {
    return this.#edges[lamp];
  }

  see(lamp: BoardLamp, edge: Edge): void {
    if (this.#levels[lamp] === edge.on) return;
    this.#levels[lamp] = edge.on;
    const edges = this.#edges[lamp];
    edges.push(edge);
    if (edges.length > mostEdges) edges.shift();
    for (const listener of this.#listeners) listener(lamp, edge);
  }

  /** Hears of every change from now on; gives what ends that. */
  onEdge(listener: LampListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What a record says of the level that a lamp was commanded to; undefined where it says nothing. */
export function commandedLevel(lamp: BoardLamp, record: TraceRecord): boolean | undefined {
  if (lamp === 'red') {
    return record.kind === 'hal.out' && record.device === 'red' ? record.on : undefined;
  }
  if (record.kind === 'hal.out' && record.device === 'output' && record.op === 'release') return false;
  if (record.kind !== 'hal.in' || record.device !== 'output') return undefined;
  if (record.op === 'on') return true;
  return record.op === 'off' || record.op === 'safe' ? false : undefined;
}
