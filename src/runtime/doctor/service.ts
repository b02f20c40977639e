import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.ts';

/** A unit as `systemctl show` tells it. */
export interface UnitState {
  readonly loaded: boolean;
  /** `active`, `activating`, `inactive`, `failed`. */
  readonly active: string;
  readonly sub: string;
  /** How it ended last: `success`, `watchdog`, `exit-code`, `signal`. */
  readonly result: string;
  readonly restarts: number;
  readonly pid: number;
  /** What the service says of itself. */
  readonly statusText: string;
}

const asked = ['LoadState', 'ActiveState', 'SubState', 'Result', 'NRestarts', 'MainPID', 'StatusText'];

/** Reads what `systemctl show` writes, a line a property; those that an old systemd lacks are left out by it. */
export function parseUnitState(text: string): UnitState {
  const values = new Map(
    text.split('\n').map((line) => {
      const cut = line.indexOf('=');
      return [line.slice(0, cut), line.slice(cut + 1)];
    }),
  );
  const said = (key: string) => values.get(key) ?? '';
  return {
    loaded: said('LoadState') === 'loaded',
    active: said('ActiveState'),
    sub: said('SubState'),
    result: said('Result'),
    restarts: Number(said('NRestarts')) || 0,
    pid: Number(said('MainPID')) || 0,
    statusText: said('StatusText'),
  };
}

/** Asks systemd about a unit; undefined where there is none to ask. */
export async function unitState(name: string, systemRoot = '/'): Promise<UnitState | undefined> {
  if (!existsSync(join(systemRoot, 'run/systemd/system'))) return undefined;
  const command = ['systemctl', 'show', name, `--property=${asked.join(',')}`];
  const child = Bun.spawn(command, { stdin: 'ignore', stderr: 'ignore' });
  return parseUnitState(await new Response(child.stdout).text());
}

/** Whether Vigil runs as a service. `state` is undefined on a system without systemd. */
export function serviceFinding(state: UnitState | undefined): Finding {
  const base = { id: 'service', label: 'service' } as const;
  if (state === undefined)
    return { ...base, state: 'ok', value: 'none: this system was not started by systemd' };
  if (!state.loaded)
    return { ...base, state: 'ok', value: 'not installed; vigil service install starts it with the board' };
  const often = state.restarts === 0 ? '' : `, restarted ${state.restarts} times`;
  if (state.active === 'active') {
    const value = `runs as process ${state.pid}${often}${state.statusText === '' ? '' : `: ${state.statusText}`}`;
    if (state.restarts < 3) return { ...base, state: 'ok', value };
    return { ...base, state: 'warning', value, next: 'journalctl -u vigil says why it was restarted' };
  }
  const next = 'journalctl -u vigil -n 50 says why; sudo systemctl restart vigil';
  const ended = state.result === '' || state.result === 'success' ? '' : `, ended by ${state.result}`;
  const value = `installed, and ${state.active} (${state.sub})${ended}${often}`;
  return { ...base, state: state.active === 'inactive' ? 'warning' : 'fault', value, next };
}
