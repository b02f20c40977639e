import type { Breach, Rule } from './invariants.ts';
import type { TraceRecord, TraceRecordOf } from './record.ts';

/** An actuator line, as the rules need it. */
export interface RuledActuator {
  readonly device: string;
  readonly maxOnMs: number;
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

/** What an actuator is told: `set` and `grant` with `on`, `release` always off; undefined for everything else. */
function commandOf(record: TraceRecord, actuators: readonly RuledActuator[]): boolean | undefined {
  if (record.kind !== 'hal.out' || !actuators.some(({ device }) => device === record.device))
    return undefined;
  if (record.op === 'release') return false;
  return record.op === 'set' || record.op === 'grant' ? (record.on ?? record.op === 'grant') : undefined;
}

/** No actuator is on for longer than its bound, however often it is told again without a new grant. */
function onAtMost({ actuators }: Pick<RuleLimits, 'actuators'>): Rule {
  const name = 'on-at-most';
  const held = new Map<string, string | undefined>();
  return {
    name,
    see(record, scope) {
      const on = commandOf(record, actuators);
      if (on === undefined || record.kind !== 'hal.out') return;
      const { device, grantId } = record;
      if (!on) {
        held.delete(device);
        scope.meet(device);
        return;
      }
      if (held.has(device) && held.get(device) === grantId) return;
      held.set(device, grantId);
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

/** An actuator goes on only under a grant that access issued a moment ago, and each grant switches it on once. */
function onOnlyAfterGrant({
  actuators,
  grantMaxAgeMs,
}: Pick<RuleLimits, 'actuators' | 'grantMaxAgeMs'>): Rule {
  const name = 'on-only-after-grant';
  const issuedAtMs = new Map<string, number>();
  const heldBy = new Map<string, string>();
  return {
    name,
    see(record, scope) {
      const grantId = issuedGrant(record);
      if (grantId !== undefined && !issuedAtMs.has(grantId)) {
        issuedAtMs.set(grantId, record.tMs);
        for (const oldest of issuedAtMs.keys()) {
          if (issuedAtMs.size <= rememberedGrants) break;
          issuedAtMs.delete(oldest);
        }
      }
      const on = commandOf(record, actuators);
      if (on === undefined || record.kind !== 'hal.out') return;
      if (!on) {
        heldBy.delete(record.device);
        return;
      }
      const held = heldBy.get(record.device);
      if (held !== undefined && held === record.grantId) return; // told again while on
      const issued = record.grantId === undefined ? undefined : issuedAtMs.get(record.grantId);
      if (record.grantId !== undefined) {
        heldBy.set(record.device, record.grantId);
        issuedAtMs.set(record.grantId, Number.NEGATIVE_INFINITY); // used up
      }
      if (issued === undefined || record.tMs - issued > grantMaxAgeMs) {
        scope.breach({ rule: name, subject: record.device, causeSeq: record.seq, limitMs: grantMaxAgeMs });
      }
    },
  };
}

/** The id of the grant when the record is access's answer. */
function issuedGrant(record: TraceRecord): string | undefined {
  if (record.kind !== 'event' || record.event !== 'ACCESS.GRANTED') return undefined;
  const { grant } = record.data;
  if (typeof grant !== 'object' || grant === null || !('grantId' in grant)) return undefined;
  return typeof grant.grantId === 'string' ? grant.grantId : undefined;
}

/** Actuators of one interlock are never on at the same time. */
function neverTogether({ actuators }: Pick<RuleLimits, 'actuators'>): Rule {
  const name = 'never-together';
  const on = new Set<string>();
  return {
    name,
    see(record, scope) {
      const command = commandOf(record, actuators);
      if (command === undefined || record.kind !== 'hal.out') return;
      if (!command) {
        on.delete(record.device);
        return;
      }
      on.add(record.device);
      const group = actuators.find(({ device }) => device === record.device)?.interlock;
      const other = actuators.find(
        ({ device, interlock }) =>
          group !== undefined && interlock === group && device !== record.device && on.has(device),
      );
      if (other !== undefined) {
        scope.breach({ rule: name, subject: record.device, causeSeq: record.seq, limitMs: null });
      }
    },
  };
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
    see(record, scope) {
      const command = commandOf(record, actuators);
      if (command !== undefined && record.kind === 'hal.out') {
        if (command) on.add(record.device);
        else on.delete(record.device);
        if (!command) scope.meet(record.device);
        else if (faultSeq !== undefined) scope.breach(breachOf(record.device, faultSeq));
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
