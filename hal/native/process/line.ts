import { kinds, type Task } from '../protocol.ts';
import type { Held, Link } from './link.ts';

/** What is used of node-libgpiod. */
interface Libgpiod {
  getChipNames(): readonly string[];
  readonly Chip: new (name: string) => { readonly label: string; readonly numberOfLines: number };
  readonly Line: {
    new (chip: object, offset: number): Line;
    readonly RequestFlags: { readonly ACTIVE_LOW: number };
  };
}

interface Line {
  readonly used: boolean;
  readonly consumer: string;
  requestInputModeFlags(consumer: string, flags: number): unknown;
  requestOutputModeFlags(consumer: string, flags: number, level: number): unknown;
  getValue(): number;
  setValue(level: number): unknown;
  release(): unknown;
}

type LineTask = Extract<Task, { device: 'output' | 'input' }>;

/** How often an input is looked at: the addon tells no edges. */
const lookEveryMs = 5;

export function holdLine(task: LineTask, link: Link): Held {
  const gpiod = link.addon('node-libgpiod') as Libgpiod; // its own types leave the levels out
  const line = lineOf(gpiod, task, link);
  const flags = task.activeLow ? gpiod.Line.RequestFlags.ACTIVE_LOW : 0;
  const attempt = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return link.fail({ ...kindOf(why), of: 'device', message: `${what} failed: ${why}` });
    }
  };
  attempt('taking the line', () => {
    if (task.device === 'output') line.requestOutputModeFlags('vigil', flags, 0);
    else line.requestInputModeFlags('vigil', flags);
  });
  let level = attempt('a read', () => line.getValue());
  const told = (on: number) => Uint8Array.of(on);
  if (task.device === 'input') {
    setInterval(() => {
      const now = attempt('a read', () => line.getValue());
      if (now === level) return;
      level = now;
      link.tell(kinds.edge, told(now));
    }, lookEveryMs);
  }
  link.ready();
  return {
    told(kind, payload) {
      if (kind === kinds.set && task.device === 'output')
        attempt('a write', () => line.setValue(payload[0] ?? 0));
      if (kind === kinds.set || kind === kinds.read) {
        link.tell(kinds.level, told(attempt('a read', () => line.getValue())));
      }
    },
    letGo() {
      if (task.device === 'output') line.setValue(0);
      line.release();
    },
  };
}

function lineOf(gpiod: Libgpiod, { chip: label, offset }: LineTask, link: Link): Line {
  const labels: string[] = [];
  for (const name of gpiod.getChipNames()) {
    const chip = new gpiod.Chip(name);
    labels.push(`'${chip.label}'`);
    if (chip.label !== label) continue;
    if (offset < chip.numberOfLines) return new gpiod.Line(chip, offset);
    const message = `the chip '${label}' has ${chip.numberOfLines} lines, and no line ${offset}`;
    return link.fail({ kind: 'not-found', of: 'device', message });
  }
  const message = `there is no chip '${label}'; there are: ${labels.join(', ') || 'none'}`;
  return link.fail({ kind: 'not-found', of: 'device', message });
}

function kindOf(why: string): { kind: 'busy' | 'permission' | 'io' } {
  if (/busy/i.test(why)) return { kind: 'busy' };
  return { kind: /permission|not permitted/i.test(why) ? 'permission' : 'io' };
}
