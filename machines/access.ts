import { assign, enqueueActions, sendParent, setup } from 'xstate';
import type { Sense } from '../src/decide/evidence.ts';
import {
  type AccessDecision,
  type AccessPolicy,
  applyTerms,
  combineSenses,
  decideAccess,
  decideVoiceAccess,
  otherSense,
  type RefusalCode,
  type Witness,
} from '../src/decide/policy.ts';
import { accessDelays } from './delays.ts';
import type { AccessGranted, AccessRefused, AttemptMade, SubjectLeft } from './events.ts';

interface Served {
  readonly by: Sense;
  readonly subjectId: string;
}

/** A person whom one sense has named, and who waits for the other. */
interface Waiting extends Witness {
  /** Still in view, or still speaking. */
  readonly present: boolean;
}

interface AccessContext {
  readonly policy: AccessPolicy;
  /** Attempts in a row that name nobody before nobody is let in for a while; null: no limit. */
  readonly attemptsAllowed: number | null;
  readonly failedAttempts: number;
  /** People who were granted and have not left since, by the sense that they asked by. */
  readonly served: readonly Served[];
  /** Where the policy demands both senses: what one of them has said, the newest last. */
  readonly witnesses: readonly Waiting[];
  readonly grantsIssued: number;
}

export interface AccessInput {
  readonly policy: AccessPolicy;
  readonly attemptsAllowed: number | null;
}

type AccessEvent = AttemptMade | SubjectLeft;

function refuse(attempt: AttemptMade, code: RefusalCode, reason: string): AccessRefused {
  return { type: 'ACCESS.REFUSED', by: attempt.by, trackId: trackOf(attempt), code, reason };
}

function trackOf(attempt: AttemptMade): number | null {
  return attempt.by === 'face' ? attempt.evidence.trackId : null;
}

/** What the evidence earns by itself, whichever senses the policy demands. */
function decideAlone(attempt: AttemptMade, policy: AccessPolicy): AccessDecision {
  const earned =
    attempt.by === 'face'
      ? decideAccess(attempt.evidence, policy, attempt.atMs)
      : decideVoiceAccess(attempt.evidence, policy, attempt.atMs);
  return applyTerms(earned, attempt.evidence.standing);
}

function decide(
  attempt: AttemptMade,
  { policy, witnesses }: Pick<AccessContext, 'policy' | 'witnesses'>,
): AccessDecision {
  return combineSenses(decideAlone(attempt, policy), attempt.by, policy, witnesses, attempt.atMs);
}

/** Only a stranger's face counts against the budget: whoever talks in the hall does not stand before the device. */
function fails(attempt: AttemptMade): boolean {
  return attempt.by === 'face' && attempt.evidence.decision !== 'known';
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
      context.attemptsAllowed !== null &&
      fails(event) &&
      context.failedAttempts + 1 >= context.attemptsAllowed,
    'the attempt names nobody': ({ event }) => event.type === 'ATTEMPT.MADE' && fails(event),
    'the other sense must follow': ({ context, event }) =>
      event.type === 'ATTEMPT.MADE' &&
      context.policy.require === 'both' &&
      decideAlone(event, context.policy).granted,
  },
  actions: {
    'grant it': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'ATTEMPT.MADE') return;
      const decision = decide(event, context);
      if (!decision.granted) return;
      const { subjectId, reason } = decision;
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
        failedAttempts: 0,
      });
      const grant = { grantId, subjectId, issuedAtMs: event.atMs };
      const trackId = trackOf(event);
      enqueue(sendParent({ type: 'ACCESS.GRANTED', by, trackId, grant, reason } satisfies AccessGranted));
    }),
    'refuse by policy': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'ATTEMPT.MADE') return;
      const decision = decide(event, context);
      if (!decision.granted) enqueue(sendParent(refuse(event, decision.code, decision.reason)));
    }),
    'refuse: already served': enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'ATTEMPT.MADE') return;
      enqueue(sendParent(refuse(event, 'already-served', 'served already; leaving and coming back re-arms')));
    }),
    'refuse: locked out': enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'ATTEMPT.MADE') return;
      enqueue(sendParent(refuse(event, 'lockout', 'too many failed attempts; nobody is let in for a while')));
    }),
    'count the failed attempt': assign({ failedAttempts: ({ context }) => context.failedAttempts + 1 }),
    'wait for the other sense': assign({
      witnesses: ({ context, event }) => {
        if (event.type !== 'ATTEMPT.MADE' || event.evidence.subjectId === null) return context.witnesses;
        const { by, atMs } = event;
        const { subjectId } = event.evidence;
        const kept = context.witnesses.filter(
          (each) =>
            atMs - each.atMs <= context.policy.bothWithinMs &&
            (each.by !== by || each.subjectId !== subjectId),
        );
        return [...kept, { by, subjectId, atMs, present: true }];
      },
    }),
    forgive: assign({ failedAttempts: 0 }),
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
  context: ({ input }) => ({ ...input, failedAttempts: 0, served: [], witnesses: [], grantsIssued: 0 }),
  initial: 'ready',
  on: { 'SUBJECT.LEFT': { actions: 'arm for the person again' } },
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
            actions: ['refuse by policy', 'forgive'],
          },
          {
            guard: 'the attempt names nobody',
            actions: ['refuse by policy', 'count the failed attempt'],
          },
          {
            guard: 'the other sense must follow',
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
