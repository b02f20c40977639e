import { assign, enqueueActions, sendParent, setup } from 'xstate';
import { accountOf } from '../src/decide/account.ts';
import { type AccessDecision, decideAccess, type Witness } from '../src/decide/decision.ts';
import type { Sense } from '../src/decide/evidence.ts';
import { type AccessPolicy, otherSense, type RefusalCode } from '../src/decide/policy.ts';
import { accessDelays } from './delays.ts';
import type {
  AccessGranted,
  AccessRefused,
  AttemptPassed,
  SenseClosed,
  StrangersChanged,
  SubjectLeft,
} from './events.ts';

interface Served {
  readonly by: Sense;
  readonly subjectId: string;
}

/** A person whom one sense has named, and who waits for the other. */
interface Waiting extends Witness {
  /** Still in view, or still speaking. */
  readonly present: boolean;
}

/** How many visitors whom nobody knows may try. */
export interface AttemptBudget {
  /** So many within the window, and nobody is let in for a while. */
  readonly allowed: number;
  readonly withinMs: number;
}

interface AccessContext extends AccessInput {
  /** When visitors tried whom nobody knows, since the last grant and within the window. */
  readonly failedAtMs: readonly number[];
  /** Lockouts since the last grant: each is longer than the one before. */
  readonly lockouts: number;
  /** People who were granted and have not left since, by the sense that they asked by. */
  readonly served: readonly Served[];
  /** What one sense has said where that was not enough alone, the newest last. */
  readonly witnesses: readonly Waiting[];
  readonly grantsIssued: number;
  /** Faces in view that were not named. */
  readonly strangers: StrangersChanged['strangers'];
}

export interface AccessInput {
  readonly policy: AccessPolicy;
  /** Null: no limit. */
  readonly budget: AttemptBudget | null;
}

type AccessEvent = AttemptPassed | SubjectLeft | StrangersChanged | SenseClosed;

function refuse(attempt: AttemptPassed, code: RefusalCode, account: AccessRefused['account']): AccessRefused {
  return { type: 'ACCESS.REFUSED', by: attempt.by, trackId: trackOf(attempt), code, account };
}

/** The same by what access knows itself. */
function refuseByItself(
  attempt: AttemptPassed,
  code: RefusalCode,
  context: Pick<AccessContext, 'policy' | 'strangers'>,
): AccessRefused {
  return refuse(attempt, code, accountOf(attempt, context.policy, momentOf(attempt, context)));
}

function trackOf(attempt: AttemptPassed): number | null {
  return attempt.by === 'face' ? attempt.evidence.trackId : null;
}

function momentOf(attempt: AttemptPassed, { strangers }: Pick<AccessContext, 'strangers'>) {
  const others = strangers.filter(({ trackId }) => trackId !== trackOf(attempt));
  return { nowMs: attempt.atMs, degraded: attempt.degraded, strangers: others.length };
}

function decide(
  attempt: AttemptPassed,
  context: Pick<AccessContext, 'policy' | 'witnesses' | 'strangers'>,
): AccessDecision {
  return decideAccess(attempt, context.policy, context.witnesses, momentOf(attempt, context));
}

function failuresUntil(
  nowMs: number,
  { failedAtMs, budget }: Pick<AccessContext, 'failedAtMs' | 'budget'>,
): readonly number[] {
  return budget === null ? [] : failedAtMs.filter((atMs) => nowMs - atMs < budget.withinMs);
}

/** A stranger's face counts against the budget, and one that did not move as asked: whoever talks in the hall does not stand before the device. */
function fails(attempt: AttemptPassed): boolean {
  if (attempt.by !== 'face') return false;
  return attempt.evidence.decision !== 'known' || attempt.evidence.challenge === 'failed';
}

/** Answers every attempt at once: granted or refused, always with a reason. */
export const accessMachine = setup({
  types: { context: {} as AccessContext, input: {} as AccessInput, events: {} as AccessEvent },
  guards: {
    'the person is already served': ({ context, event }) =>
      event.type === 'ATTEMPT.MADE' &&
      context.served.some(({ subjectId }) => subjectId === event.evidence.subjectId),
    'the policy grants it': ({ context, event }) =>
      event.type === 'ATTEMPT.MADE' && decide(event, context).granted,
    'this is one failed attempt too many': ({ context, event }) =>
      event.type === 'ATTEMPT.MADE' &&
      context.budget !== null &&
      fails(event) &&
      failuresUntil(event.atMs, context).length + 1 >= context.budget.allowed,
    'the attempt names nobody': ({ event }) => event.type === 'ATTEMPT.MADE' && fails(event),
    'the other sense may add to it': ({ context, event }) => {
      if (event.type !== 'ATTEMPT.MADE') return false;
      const decision = decide(event, context);
      return !decision.granted && decision.witness !== null;
    },
  },
  actions: {
    'grant it': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'ATTEMPT.MADE') return;
      const decision = decide(event, context);
      if (!decision.granted) return;
      const { subjectId, account } = decision;
      const { by } = event;
      const bothHere = context.witnesses.some(
        (each) => each.subjectId === subjectId && each.by !== by && each.present,
      );
      // With the time in it: this machine begins anew when the device recovers, and no id may come twice.
      const grantId = `grant-${Math.floor(event.atMs)}-${context.grantsIssued + 1}`;
      enqueue.assign({
        grantsIssued: context.grantsIssued + 1,
        served: [
          ...context.served,
          { by, subjectId },
          ...(bothHere ? [{ by: otherSense(by), subjectId }] : []),
        ],
        witnesses: context.witnesses.filter((each) => each.subjectId !== subjectId),
        failedAtMs: [],
        lockouts: 0,
      });
      const grant = { grantId, subjectId, issuedAtMs: event.atMs };
      const trackId = trackOf(event);
      enqueue(sendParent({ type: 'ACCESS.GRANTED', by, trackId, grant, account } satisfies AccessGranted));
    }),
    'refuse by policy': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'ATTEMPT.MADE') return;
      const decision = decide(event, context);
      if (!decision.granted) enqueue(sendParent(refuse(event, decision.code, decision.account)));
    }),
    'refuse: already served': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'ATTEMPT.MADE') return;
      enqueue(sendParent(refuseByItself(event, 'already-served', context)));
    }),
    'refuse: locked out': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'ATTEMPT.MADE') return;
      enqueue(sendParent(refuseByItself(event, 'lockout', context)));
    }),
    'count the failed attempt': assign({
      failedAtMs: ({ context, event }) =>
        event.type === 'ATTEMPT.MADE'
          ? [...failuresUntil(event.atMs, context), event.atMs]
          : context.failedAtMs,
    }),
    'wait for the other sense': assign({
      witnesses: ({ context, event }) => {
        if (event.type !== 'ATTEMPT.MADE') return context.witnesses;
        const decision = decide(event, context);
        if (decision.granted || decision.witness === null) return context.witnesses;
        const { witness } = decision;
        const kept = context.witnesses.filter(
          (each) =>
            event.atMs - each.atMs <= context.policy.bothWithinMs &&
            (each.by !== witness.by || each.subjectId !== witness.subjectId),
        );
        return [...kept, { ...witness, present: true }];
      },
    }),
    'note the strangers': assign({
      strangers: ({ context, event }) =>
        event.type === 'STRANGERS.CHANGED' ? event.strangers : context.strangers,
    }),
    /** What it said counts for nothing any more: it can neither take it back nor say that somebody has left. */
    'forget what the sense said': assign(({ context, event }) => {
      if (event.type !== 'SENSE.CLOSED') return {};
      const closed: Sense = event.sense === 'vision' ? 'face' : 'voice';
      return {
        served: context.served.filter(({ by }) => by !== closed),
        witnesses: context.witnesses.filter(({ by }) => by !== closed),
        strangers: closed === 'face' ? [] : context.strangers,
      };
    }),
    'begin a lockout': assign(({ context }) => ({ failedAtMs: [], lockouts: context.lockouts + 1 })),
    'arm for the person again': assign({
      served: ({ context, event }) => {
        if (event.type !== 'SUBJECT.LEFT') return context.served;
        return context.served.filter(({ by, subjectId }) => by !== event.by || subjectId !== event.subjectId);
      },
      witnesses: ({ context, event }) => {
        if (event.type !== 'SUBJECT.LEFT') return context.witnesses;
        return context.witnesses.map((each) =>
          each.by === event.by && each.subjectId === event.subjectId ? { ...each, present: false } : each,
        );
      },
    }),
  },
  delays: { ...accessDelays },
}).createMachine({
  id: 'access',
  description: 'Answers every attempt at once: granted or refused, always with a reason.',
  context: ({ input }) => ({
    ...input,
    failedAtMs: [],
    lockouts: 0,
    served: [],
    witnesses: [],
    grantsIssued: 0,
    strangers: [],
  }),
  initial: 'ready',
  on: {
    'SUBJECT.LEFT': { actions: 'arm for the person again' },
    'STRANGERS.CHANGED': { actions: 'note the strangers' },
    'SENSE.CLOSED': { actions: 'forget what the sense said' },
  },
  states: {
    ready: {
      description: 'Attempts are judged by the policy.',
      on: {
        'ATTEMPT.MADE': [
          { guard: 'the person is already served', actions: 'refuse: already served' },
          { guard: 'the policy grants it', actions: 'grant it' },
          {
            guard: 'this is one failed attempt too many',
            target: 'lockedOut',
            actions: ['refuse by policy', 'begin a lockout'],
          },
          {
            guard: 'the attempt names nobody',
            actions: ['refuse by policy', 'count the failed attempt'],
          },
          {
            guard: 'the other sense may add to it',
            actions: ['refuse by policy', 'wait for the other sense'],
          },
          { actions: 'refuse by policy' },
        ],
      },
    },
    lockedOut: {
      description: 'Too many failed attempts: nobody is let in until the lockout is over.',
      tags: ['lockout'],
      on: { 'ATTEMPT.MADE': { actions: 'refuse: locked out' } },
      after: { 'lockout time': 'ready' },
    },
  },
});
