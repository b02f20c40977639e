import { textAt } from './fields.ts';
import type { Breach, Rule } from './invariants.ts';
import type { TraceRecord, TraceRecordOf } from './record.ts';

/** An actuator line, as the rules need it. */
export interface RuledActuator {
  readonly device: string;
  readonly maxOnMs: number;
  /** The events that it goes on for; those of access's grants where they are not given. */
  readonly causes?: readonly string[];
  /** Lines that are never on together share a group. */
  readonly interlock?: string;
}

export interface RuleLimits {
  readonly actuators: readonly RuledActuator[];
  /** An actuator goes on within this time of its grant or not at all. */
  readonly grantMaxAgeMs: number;
  /** After a fault every actuator is off within this time. */
  readonly faultToSafeMs: number;
  /** Every fault ends nominal, degraded or safe within this time. */
  readonly faultToRestMs: number;
  /** The path of the device's own machine in the trace. */
  readonly deviceActor: string;
}

export const defaultRuleLimits = {
  grantMaxAgeMs: 1_000,
  faultToSafeMs: 100,
  faultToRestMs: 60_000,
  deviceActor: 'device',
} as const;

/** All rules that hold for a device, ready to watch one trace. Rules keep state: make new ones for each trace. */
export function deviceRules(limits: RuleLimits): Rule[] {
  return [
    onAtMost(limits),
    onOnlyAfterGrant(limits),
    neverTogether(limits),
    safeAfterFault(limits),
    faultEnds(limits),
    everyOpenHasClose(),
  ];
}

/** What becomes of an actuator. */
interface Command {
  readonly device: string;
  readonly on: boolean;
  readonly grantId?: string;
}

/** The records that `commandOf` reads. */
const commandKinds = ['hal.out', 'hal.in'] as const;

/**
 * What an actuator is told, or undefined for everything else: `set` and `grant` with `on`, `release` always off. What
 * stands between has written the safe level by itself when it says that the line is off, or that it failed.
 */
function commandOf(record: TraceRecord, actuators: readonly RuledActuator[]): Command | undefined {
  if (record.kind !== 'hal.out' && record.kind !== 'hal.in') return undefined;
  const { device, op } = record;
  if (!actuators.some((actuator) => actuator.device === device)) return undefined;
  if (record.kind === 'hal.in') return op === 'off' || op === 'failed' ? { device, on: false } : undefined;
  if (op === 'release') return { device, on: false };
  if (op !== 'set' && op !== 'grant') return undefined;
  const { on = op === 'grant', grantId } = record;
  return { device, on, ...(grantId === undefined ? {} : { grantId }) };
}

/** No actuator is on for longer than its bound, however often it is told or granted again meanwhile. */
function onAtMost({ actuators }: Pick<RuleLimits, 'actuators'>): Rule {
  const name = 'on-at-most';
  const on = new Set<string>();
  return {
    name,
    kinds: commandKinds,
    see(record, scope) {
      const command = commandOf(record, actuators);
      if (command === undefined) return;
      const { device } = command;
      if (!command.on) {
        on.delete(device);
        scope.meet(device);
        return;
      }
      if (on.has(device)) return;
      on.add(device);
      const limitMs = actuators.find((actuator) => actuator.device === device)?.maxOnMs ?? 0;
      scope.oblige(device, record.tMs + limitMs, {
        rule: name,
        subject: device,
        causeSeq: record.seq,
        limitMs,
      });
    },
  };
}

/** Far more than can be under way; older ones are long stale. */
const rememberedGrants = 1_000;

/** A permission that was given, or something that happened, for which lines go on. */
interface Cause {
  readonly event: string;
  readonly atMs: number;
}

const defaultCauses: readonly string[] = ['ACCESS.GRANTED'];

/**
 * An actuator goes on only for what it is there for, a moment ago: under a grant of access or of the exit button, or
 * after an event that it signals; and each switches it on once. A grant that has grown old on its way is refused by the
 * line's guard; it breaks the rule when the line goes on under it.
 */
function onOnlyAfterGrant({
  actuators,
  grantMaxAgeMs,
}: Pick<RuleLimits, 'actuators' | 'grantMaxAgeMs'>): Rule {
  const name = 'on-only-after-grant';
  const granted = new Map<string, Cause>();
  /** By line and event: the last one that the line has not gone on for yet. */
  const signals = new Map<string, number>();
  const usedBy = new Map<string, Set<string>>();
  const heldBy = new Map<string, string>();
  const stale = new Map<string, Breach>();
  const causedAtMs = (device: string, grantId: string | undefined): number | undefined => {
    if (grantId === undefined) return undefined;
    const { causes = defaultCauses } = actuators.find((actuator) => actuator.device === device) ?? {};
    const used = usedBy.get(device) ?? new Set();
    usedBy.set(device, used);
    if (used.has(grantId)) return undefined;
    used.add(grantId);
    forgetOldest(used);
    const grant = granted.get(grantId);
    if (grant !== undefined) return causes.includes(grant.event) ? grant.atMs : undefined;
    for (const event of causes) {
      const key = `${device} ${event}`;
      const atMs = signals.get(key);
      if (atMs === undefined) continue;
      signals.delete(key);
      return atMs;
    }
    return undefined;
  };
  return {
    name,
    kinds: ['event', ...commandKinds],
    see(record, scope) {
      if (record.kind === 'hal.in') {
        const breach = stale.get(record.device);
        stale.delete(record.device);
        if (breach !== undefined && record.op === 'on') scope.breach(breach);
      }
      if (record.kind === 'event' && record.to === 'device') {
        const { event, tMs: atMs } = record;
        const grantId = textAt(record.data, 'grant', 'grantId');
        if (grantId === undefined) {
          for (const { device } of actuators) signals.set(`${device} ${event}`, atMs);
        } else if (!granted.has(grantId)) {
          granted.set(grantId, { event, atMs });
          forgetOldest(granted);
        }
      }
      const command = commandOf(record, actuators);
      if (command === undefined) return;
      const { device, grantId } = command;
      if (!command.on) {
        heldBy.delete(device);
        return;
      }
      const held = heldBy.get(device);
      if (held !== undefined && held === grantId) return; // told again while on
      const causedMs = causedAtMs(device, grantId);
      if (grantId !== undefined) heldBy.set(device, grantId);
      const breach = { rule: name, subject: device, causeSeq: record.seq, limitMs: grantMaxAgeMs };
      if (causedMs === undefined) scope.breach(breach);
      else if (record.tMs - causedMs > grantMaxAgeMs) stale.set(device, breach);
    },
  };
}

function forgetOldest(grants: Map<string, unknown> | Set<string>): void {
  for (const oldest of grants.keys()) {
    if (grants.size <= rememberedGrants) break;
    grants.delete(oldest);
  }
}

/**
 * Actuators of one interlock are never on at the same time. One that was granted counts from its answer: what stands
 * between leaves it off where another is on.
 */
function neverTogether({ actuators }: Pick<RuleLimits, 'actuators'>): Rule {
  const name = 'never-together';
  const on = new Set<string>();
  return {
    name,
    kinds: commandKinds,
    see(record, scope) {
      const command = commandOf(record, actuators);
      if (command?.on === false) on.delete(command.device);
      const subject = switchedOn(record);
      const group = actuators.find(({ device }) => device === subject)?.interlock;
      if (subject === undefined || group === undefined) return;
      on.add(subject);
      const other = actuators.some(
        ({ device, interlock }) => interlock === group && device !== subject && on.has(device),
      );
      if (other) scope.breach({ rule: name, subject, causeSeq: record.seq, limitMs: null });
    },
  };
}

/** The device that is on by this record. */
function switchedOn(record: TraceRecord): string | undefined {
  if (record.kind === 'hal.in' && record.op === 'on') return record.device;
  return record.kind === 'hal.out' && record.op === 'set' && record.on === true ? record.device : undefined;
}

/** From the device's fault on, every actuator that is on goes off in time, and none goes on. */
function safeAfterFault({
  actuators,
  faultToSafeMs,
  deviceActor,
}: Pick<RuleLimits, 'actuators' | 'faultToSafeMs' | 'deviceActor'>): Rule {
  const name = 'safe-after-fault';
  const on = new Set<string>();
  let faultSeq: number | undefined;
  const breachOf = (subject: string, causeSeq: number): Breach => ({
    rule: name,
    subject,
    causeSeq,
    limitMs: faultToSafeMs,
  });
  return {
    name,
    kinds: [...commandKinds, 'snapshot'],
    see(record, scope) {
      const command = commandOf(record, actuators);
      if (command?.on === true) {
        on.add(command.device);
        if (faultSeq !== undefined) scope.breach(breachOf(command.device, faultSeq));
      } else if (command !== undefined) {
        on.delete(command.device);
        scope.meet(command.device);
      }
      const inFault = faultOf(record, deviceActor);
      if (inFault === undefined) return;
      if (inFault && faultSeq === undefined) {
        for (const device of on) {
          scope.oblige(device, record.tMs + faultToSafeMs, breachOf(device, record.seq));
        }
      }
      faultSeq = inFault ? (faultSeq ?? record.seq) : undefined;
    },
  };
}

/** Every fault of the device ends in operation (nominal or degraded), in `safe`, or with the device's stop. */
function faultEnds({ faultToRestMs, deviceActor }: Pick<RuleLimits, 'faultToRestMs' | 'deviceActor'>): Rule {
  const name = 'fault-ends';
  let since: number | undefined;
  return {
    name,
    kinds: ['actor', 'snapshot'],
    see(record, scope) {
      const ended = record.kind === 'actor' && record.actor === deviceActor && record.op !== 'started';
      const tags = tagsOf(record, deviceActor);
      if (ended || (tags !== undefined && (!tags.includes('fault') || tags.includes('safe')))) {
        since = undefined;
        scope.meet(name);
      } else if (tags !== undefined && since === undefined) {
        since = record.seq;
        const breach = { rule: name, subject: deviceActor, causeSeq: since, limitMs: faultToRestMs };
        scope.oblige(name, record.tMs + faultToRestMs, breach);
      }
    },
  };
}

/** What is opened is closed before it is opened again, and before the end. A failed opening needs no close. */
function everyOpenHasClose(): Rule {
  const name = 'every-open-has-close';
  const open = new Map<string, number>();
  return {
    name,
    kinds: ['hal.in', 'hal.out'],
    see(record, scope) {
      if (record.kind === 'hal.in' && record.op === 'open-failed') open.delete(record.device);
      if (record.kind !== 'hal.out') return;
      if (record.op === 'close') open.delete(record.device);
      if (record.op !== 'open') return;
      const before = open.get(record.device);
      open.set(record.device, record.seq);
      if (before !== undefined) {
        scope.breach({ rule: name, subject: record.device, causeSeq: before, limitMs: null });
      }
    },
    end(scope) {
      for (const [subject, causeSeq] of open) scope.breach({ rule: name, subject, causeSeq, limitMs: null });
    },
  };
}

function tagsOf(record: TraceRecord, actor: string): TraceRecordOf<'snapshot'>['tags'] | undefined {
  return record.kind === 'snapshot' && record.actor === actor ? record.tags : undefined;
}

/** Whether the device is in a fault (or in `safe`), when the record says so. */
function faultOf(record: TraceRecord, actor: string): boolean | undefined {
  return tagsOf(record, actor)?.includes('fault');
}
