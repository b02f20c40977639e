import { assign, enqueueActions, sendParent, sendTo, setup } from 'xstate';
import type { Side } from '../src/decide/challenge.ts';
import type { FaceEvidence } from '../src/decide/evidence.ts';
import { type ChallengeOutput, challengeMachine, type PoseSeen } from './challenge.ts';
import { visitDelays } from './delays.ts';
import type {
  AccessGranted,
  AccessRefused,
  AttemptMade,
  VisitEnded,
  VisitMoved,
  VisitPhase,
} from './events.ts';

export interface FaceSeen {
  readonly type: 'FACE.SEEN';
  readonly atMs: number;
  readonly evidence: FaceEvidence;
}

export interface TrackEnded {
  readonly type: 'TRACK.ENDED';
  readonly why: 'lost' | 'replaced';
}

type VisitEvent = FaceSeen | TrackEnded | AccessGranted | AccessRefused;

interface VisitContext {
  readonly trackId: number;
  /** Accepted frames that the face must be averaged over before anything is decided. */
  readonly votesNeeded: number;
  /** The last look at a face that could be compared. */
  readonly evidence: FaceEvidence | null;
  /** What came of the last challenge. */
  readonly challenge: 'passed' | 'failed' | null;
  /** The side that a challenge begins with. */
  readonly drawSide: () => Side;
}

/** A picture of the face was good enough to compare with the people known. */
const comparable = new Set<FaceEvidence['decision']>(['known', 'unknown', 'unsure']);

/** One person in view, from the first sight of the face until they have left. One actor a track. */
export const visitMachine = setup({
  types: {
    context: {} as VisitContext,
    input: {} as Pick<VisitContext, 'trackId' | 'votesNeeded' | 'drawSide'>,
    events: {} as VisitEvent,
    children: {} as { challenge: 'challenge' },
  },
  actors: { challenge: challengeMachine },
  guards: {
    'the face can be compared': ({ event }) =>
      event.type === 'FACE.SEEN' && comparable.has(event.evidence.decision),
    /** Enough frames of this one person agree: those that do not fit are never averaged. `unsure` never decides. */
    'this look decides': ({ context, event }) =>
      event.type === 'FACE.SEEN' &&
      (event.evidence.decision === 'known' || event.evidence.decision === 'unknown') &&
      event.evidence.frames >= context.votesNeeded,
    'a person is named': ({ event }) => event.type === 'FACE.SEEN' && event.evidence.decision === 'known',
    'a challenge is needed': ({ event }) =>
      event.type === 'ACCESS.REFUSED' && event.code === 'challenge-needed',
    'nobody was named': ({ event }) => event.type === 'ACCESS.REFUSED' && event.code === 'nobody-named',
    'the person was served before': ({ event }) =>
      event.type === 'ACCESS.REFUSED' && event.code === 'already-served',
    'the answer came too late': ({ event }) =>
      event.type === 'ACCESS.REFUSED' && (event.code === 'stale-evidence' || event.code === 'slow-evidence'),
  },
  actions: {
    'note the face': assign({
      evidence: ({ context, event }) =>
        event.type === 'FACE.SEEN' && comparable.has(event.evidence.decision)
          ? event.evidence
          : context.evidence,
    }),
    'ask access': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'FACE.SEEN' || context.evidence === null) return;
      enqueue(
        sendParent({
          type: 'ATTEMPT.MADE',
          atMs: event.atMs,
          by: 'face',
          evidence:
            context.challenge === null
              ? context.evidence
              : { ...context.evidence, challenge: context.challenge },
        } satisfies AttemptMade),
      );
      // A failure is told once; what was passed stands for this visit.
      if (context.challenge === 'failed') enqueue.assign({ challenge: null });
    }),
    'show the pose': sendTo(
      'challenge',
      (_, params: { evidence: FaceEvidence }): PoseSeen => ({ type: 'POSE.SEEN', evidence: params.evidence }),
    ),
    'note how it ended': assign({
      challenge: (_, params: { output: ChallengeOutput }) => (params.output.passed ? 'passed' : 'failed'),
    }),
    'tell vision': enqueueActions(({ context, enqueue }, params: { phase: VisitPhase }) => {
      const { trackId, evidence } = context;
      const subjectId = evidence?.subjectId ?? null;
      enqueue(
        sendParent({ type: 'VISIT.MOVED', trackId, phase: params.phase, subjectId } satisfies VisitMoved),
      );
    }),
    'say goodbye': sendParent(
      ({ context }): VisitEnded => ({
        type: 'VISIT.ENDED',
        trackId: context.trackId,
        subjectId: context.evidence?.subjectId ?? null,
      }),
    ),
  },
  delays: { ...visitDelays },
}).createMachine({
  id: 'visit',
  description: 'One person in view, from the first sight of the face until they have left.',
  context: ({ input }) => ({ ...input, evidence: null, challenge: null }),
  initial: 'arriving',
  on: {
    'TRACK.ENDED': { target: '.leaving', description: 'Out of view, or somebody else stands there now.' },
  },
  states: {
    arriving: {
      description: 'A face is in view, but too small, dark, blurred or turned to be compared.',
      entry: { type: 'tell vision', params: { phase: 'arriving' } },
      on: {
        'FACE.SEEN': [
          { guard: 'this look decides', target: 'deciding.asking', actions: 'note the face' },
          { guard: 'the face can be compared', target: 'deciding', actions: 'note the face' },
        ],
      },
    },
    deciding: {
      description: 'The face is compared with the people known until enough looks in a row agree.',
      entry: { type: 'tell vision', params: { phase: 'deciding' } },
      initial: 'collecting',
      states: {
        collecting: {
          description: 'Looks are counted.',
          on: {
            'FACE.SEEN': [
              { guard: 'this look decides', target: 'asking', actions: 'note the face' },
              { actions: 'note the face' },
            ],
          },
        },
        asking: {
          description: 'Access is asked once; its answer comes at once or not at all.',
          entry: 'ask access',
          on: {
            'ACCESS.GRANTED': '#visit.granted',
            'ACCESS.REFUSED': [
              { guard: 'the answer came too late', target: 'collecting' },
              { guard: 'a challenge is needed', target: '#visit.challenged' },
              { guard: 'nobody was named', target: '#visit.unknown' },
              { guard: 'the person was served before', target: '#visit.granted' },
              { target: '#visit.refused' },
            ],
          },
          after: { 'access answer limit': 'collecting' },
        },
      },
    },
    challenged: {
      description: 'Known by face, and asked to turn the head to both sides: a picture cannot.',
      entry: { type: 'tell vision', params: { phase: 'challenged' } },
      invoke: {
        src: 'challenge',
        id: 'challenge',
        input: ({ context }) => ({
          first: context.drawSide(),
          subjectId: context.evidence?.subjectId ?? '',
        }),
        onDone: {
          target: 'deciding',
          actions: { type: 'note how it ended', params: ({ event }) => ({ output: event.output }) },
        },
        onError: 'deciding',
      },
      on: {
        'FACE.SEEN': {
          actions: [
            { type: 'show the pose', params: ({ event }) => ({ evidence: event.evidence }) },
            'note the face',
          ],
        },
      },
    },
    granted: {
      description: 'Served once, here or just before. Standing still earns no second grant; leaving re-arms.',
      tags: ['granted'],
      entry: { type: 'tell vision', params: { phase: 'granted' } },
    },
    refused: {
      description: 'A known person whom access refuses for now.',
      entry: { type: 'tell vision', params: { phase: 'refused' } },
      after: { 'second try': 'deciding' },
    },
    unknown: {
      description: 'Nobody known. Looking goes on: a better look may still name the person.',
      entry: { type: 'tell vision', params: { phase: 'unknown' } },
      on: {
        'FACE.SEEN': {
          guard: 'a person is named',
          target: 'deciding',
          actions: 'note the face',
        },
      },
    },
    leaving: {
      description: 'Out of view. Who comes back now is not served again; staying away ends the visit.',
      entry: { type: 'tell vision', params: { phase: 'leaving' } },
      on: { 'TRACK.ENDED': {} },
      after: { 'gone for good': { target: 'gone', actions: 'say goodbye' } },
    },
    gone: { type: 'final', description: 'The visit is over.' },
  },
});
