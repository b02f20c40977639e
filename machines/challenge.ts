import { assign, setup } from 'xstate';
import { isJump, poseOf, type Side } from '../src/decide/challenge.ts';
import type { FaceEvidence } from '../src/decide/evidence.ts';
import { challengeDelays } from './delays.ts';

/** One more look at the face that is challenged. */
export interface PoseSeen {
  readonly type: 'POSE.SEEN';
  readonly evidence: FaceEvidence;
}

export interface ChallengeInput {
  /** The side to turn to first; then the other. */
  readonly first: Side;
  readonly subjectId: string;
}

interface ChallengeContext extends ChallengeInput {
  /** Of the last look. */
  readonly yawRatio: number | null;
  readonly passed: boolean;
}

export interface ChallengeOutput {
  readonly passed: boolean;
}

/** Asks somebody to turn their head to one side and then to the other, in an order that nobody knows before. */
export const challengeMachine = setup({
  types: {
    context: {} as ChallengeContext,
    input: {} as ChallengeInput,
    output: {} as ChallengeOutput,
    events: {} as PoseSeen,
  },
  guards: {
    /** Another person's name, or another picture: turned faces are not named, and then nobody is. */
    'somebody else is there': ({ context, event: { evidence } }) =>
      (evidence.subjectId !== null && evidence.subjectId !== context.subjectId) ||
      (context.yawRatio !== null &&
        evidence.yawRatio !== undefined &&
        isJump(context.yawRatio, evidence.yawRatio)),
    'they look straight, and left comes first': ({ context, event: { evidence } }) =>
      pose(evidence) === 'straight' && context.first === 'left',
    'they look straight': ({ event: { evidence } }) => pose(evidence) === 'straight',
    'they look straight and are the same person': ({ context, event: { evidence } }) =>
      pose(evidence) === 'straight' && evidence.subjectId === context.subjectId,
    'they turn to their left': ({ event: { evidence } }) => pose(evidence) === 'left',
    'they turn to their right': ({ event: { evidence } }) => pose(evidence) === 'right',
  },
  actions: {
    'note the pose': assign({
      yawRatio: ({ context, event }) => event.evidence.yawRatio ?? context.yawRatio,
    }),
    'it is passed': assign({ passed: true }),
  },
  delays: { ...challengeDelays },
}).createMachine({
  id: 'challenge',
  description:
    'Somebody known is asked to turn their head to one side and then to the other, which no picture does.',
  context: ({ input }) => ({ ...input, yawRatio: null, passed: false }),
  initial: 'straight',
  after: { 'challenge limit': '.failed' },
  states: {
    straight: {
      description: 'Waiting for a look straight into the camera.',
      on: {
        'POSE.SEEN': [
          { guard: 'somebody else is there', target: 'failed' },
          {
            guard: 'they look straight, and left comes first',
            target: 'leftThenRight',
            actions: 'note the pose',
          },
          { guard: 'they look straight', target: 'rightThenLeft', actions: 'note the pose' },
          { actions: 'note the pose' },
        ],
      },
    },
    leftThenRight: {
      description: 'To the left first. Who turns right first does not hear what is asked: a film.',
      initial: 'left',
      states: {
        left: {
          description: 'Asked to turn to the left.',
          on: {
            'POSE.SEEN': [
              { guard: 'somebody else is there', target: '#challenge.failed' },
              { guard: 'they turn to their right', target: '#challenge.failed' },
              { guard: 'they turn to their left', target: 'right', actions: 'note the pose' },
              { actions: 'note the pose' },
            ],
          },
        },
        right: {
          description: 'Asked to turn to the right.',
          on: {
            'POSE.SEEN': [
              { guard: 'somebody else is there', target: '#challenge.failed' },
              { guard: 'they turn to their right', target: '#challenge.back', actions: 'note the pose' },
              { actions: 'note the pose' },
            ],
          },
        },
      },
    },
    rightThenLeft: {
      description: 'To the right first. Who turns left first does not hear what is asked: a film.',
      initial: 'right',
      states: {
        right: {
          description: 'Asked to turn to the right.',
          on: {
            'POSE.SEEN': [
              { guard: 'somebody else is there', target: '#challenge.failed' },
              { guard: 'they turn to their left', target: '#challenge.failed' },
              { guard: 'they turn to their right', target: 'left', actions: 'note the pose' },
              { actions: 'note the pose' },
            ],
          },
        },
        left: {
          description: 'Asked to turn to the left.',
          on: {
            'POSE.SEEN': [
              { guard: 'somebody else is there', target: '#challenge.failed' },
              { guard: 'they turn to their left', target: '#challenge.back', actions: 'note the pose' },
              { actions: 'note the pose' },
            ],
          },
        },
      },
    },
    back: {
      description: 'Waiting for a look straight into the camera that names the same person.',
      on: {
        'POSE.SEEN': [
          { guard: 'somebody else is there', target: 'failed' },
          {
            guard: 'they look straight and are the same person',
            target: 'passed',
            actions: 'it is passed',
          },
          { actions: 'note the pose' },
        ],
      },
    },
    passed: { type: 'final', description: 'The head turned as it was asked to.' },
    failed: { type: 'final', description: 'Too late, the wrong side, or somebody else.' },
  },
  output: ({ context: { passed } }) => ({ passed }),
});

function pose({ yawRatio }: FaceEvidence): ReturnType<typeof poseOf> | null {
  return yawRatio === undefined ? null : poseOf(yawRatio);
}
