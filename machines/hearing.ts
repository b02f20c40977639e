import {
  assign,
  type EventObject,
  enqueueActions,
  fromCallback,
  fromPromise,
  not,
  sendParent,
  setup,
} from 'xstate';
import type { VoiceEvidence } from '../src/decide/evidence.ts';
import { hearingDelays } from './delays.ts';
import type {
  AccessGranted,
  AccessRefused,
  AttemptMade,
  Fault,
  HearingCleared,
  HearingImpaired,
  OutputSwitched,
  ProgressMade,
  SoundCondition,
  SubjectLeft,
} from './events.ts';
import { faultFrom, limitFault } from './fault.ts';
import { toldWaiting } from './told-waiting.ts';

/** Somebody begins to speak. */
interface SpeechBegan {
  readonly type: 'SPEECH.BEGAN';
  readonly atMs: number;
}

/** There is enough new speech to ask whose it is. */
interface SpeechGathered {
  readonly type: 'SPEECH.GATHERED';
  readonly atMs: number;
  readonly voicedMs: number;
}

/** Silence for long enough: what was said is over, and whoever speaks next may be somebody else. */
interface SpeechEnded {
  readonly type: 'SPEECH.ENDED';
  readonly atMs: number;
  readonly voicedMs: number;
}

/** Sound comes, whether or not there is anything to tell of it. Sent now and then. */
interface ListeningWentOn {
  readonly type: 'LISTENING.WENT_ON';
}

interface SoundChanged {
  readonly type: 'SOUND.CHANGED';
  readonly condition: SoundCondition;
}

interface ListeningFailed {
  readonly type: 'LISTENING.FAILED';
  readonly atMs: number;
  readonly fault: Fault;
}

/** A sound file has played to its end; a live microphone never sends this. */
interface MicrophoneEnded {
  readonly type: 'MICROPHONE.ENDED';
}

/** The operating system shows a microphone that was not there before. */
interface MicrophoneAppeared {
  readonly type: 'MICROPHONE.APPEARED';
}

/** What the loop that listens sends back. */
export type ListenEvent =
  | SpeechBegan
  | SpeechGathered
  | SpeechEnded
  | ListeningWentOn
  | SoundChanged
  | ListeningFailed
  | MicrophoneEnded;

type HearingEvent = ListenEvent | MicrophoneAppeared | AccessGranted | AccessRefused | OutputSwitched;

interface HearingContext {
  /** From the beginning of what somebody says to its end. */
  readonly speaking: boolean;
  /** Speech came since it was last asked whose it is. */
  readonly unheard: boolean;
  /** The answer that access is asked with. */
  readonly evidence: VoiceEvidence | null;
  /** Whom access was asked about since the speaking began, known or not: one utterance asks once for each. */
  readonly asked: readonly (string | null)[];
  /** From a grant until the output has gone off again. */
  readonly serving: boolean;
  /** `unheard` until the first sound since the microphone was opened. */
  readonly condition: SoundCondition | 'unheard';
  /** The sound file has played to its end. */
  readonly atEnd: boolean;
  readonly fault: Fault | null;
  /** Failures of the microphone since sound last came. */
  readonly microphoneFailures: number;
  /** Failures of the models since they last gave an answer. */
  readonly failedAnswers: number;
}

/** How often in a row the microphone may fail before it counts as lost. */
const failuresUntilLost = 4;

/** Where the end of a light leads. */
const afterLight = [
  { guard: 'somebody speaks', target: '#hearing.running.capturing' },
  { target: '#hearing.running.listening' },
] as const;

/** Where an answer leads. */
const onward = [
  { guard: 'a grant is being served', target: '#hearing.running.actuating' },
  ...afterLight,
] as const;

/** What the sound is called in a sentence when it is not good. */
const soundWords: Readonly<Record<Exclude<SoundCondition, 'good'>, string>> = {
  zeros: 'digital silence: the microphone is muted or dead',
  stuck: 'one unchanging level: the microphone is broken',
  clipped: 'overdriven: the microphone is set too loud, or somebody is too near',
};

/** From the microphone to a voice that was decided about. */
export const hearingMachine = setup({
  types: {
    context: {} as HearingContext,
    events: {} as HearingEvent,
  },
  actors: {
    /** Opens the microphone; done when sound can be awaited. Rejects with the error of the driver. */
    'open microphone': fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Listens without a pause until it is stopped, whatever the machine does meanwhile. */
    listen: fromCallback<EventObject>(() => undefined),
    /** Whose voice the speech gathered last is. Rejects when the models hang or fail. */
    'name the voice': fromPromise<VoiceEvidence>(() => Promise.reject(new Error('not provided'))),
    /** Ends models that hang or died and starts fresh ones. */
    'reload models': fromPromise<void>(() => Promise.reject(new Error('not provided'))),
    /** Sends MICROPHONE.APPEARED when a microphone is plugged in. */
    'watch for the microphone': fromCallback<EventObject>(() => undefined),
  },
  guards: {
    'somebody speaks': ({ context }) => context.speaking,
    'speech waits to be heard': ({ context }) => context.unheard,
    'a grant is being served': ({ context }) => context.serving,
    'nothing can be heard': ({ context }) => context.condition === 'zeros' || context.condition === 'stuck',
    'something can be heard': ({ context }) => context.condition !== 'zeros' && context.condition !== 'stuck',
    /** Somebody known, at once; somebody unknown when the speech is over. Each is asked about once. */
    'the answer is to be acted on': ({ context }, params: { evidence: VoiceEvidence }) => {
      const { decision, subjectId } = params.evidence;
      const decides = decision === 'known' || (decision === 'unknown' && !context.speaking);
      return decides && !context.asked.includes(subjectId);
    },
    'the sound has ended': ({ context }) => context.atEnd,
    'the microphone stays away': ({ context }) => context.microphoneFailures >= failuresUntilLost,
  },
  actions: {
    'note that somebody speaks': assign({ speaking: true, unheard: false, asked: [] }),
    'note the speech': assign({ unheard: true }),
    'take up the speech': assign({ unheard: false }),
    'note the end of the speech': assign({ speaking: false, unheard: true }),
    'part with the speaker': enqueueActions(({ context, enqueue }) => {
      for (const subjectId of context.asked) {
        if (subjectId === null) continue;
        enqueue(sendParent({ type: 'SUBJECT.LEFT', by: 'voice', subjectId } satisfies SubjectLeft));
      }
      enqueue.assign({ speaking: false, unheard: false, asked: [] });
    }),
    'note the answer': assign({
      evidence: (_, params: { evidence: VoiceEvidence }) => params.evidence,
      failedAnswers: 0,
    }),
    'ask access': enqueueActions(({ context, enqueue }) => {
      const { evidence } = context;
      if (evidence === null) return;
      enqueue.assign({ asked: [...context.asked, evidence.subjectId] });
      const atMs = evidence.namedAtMs;
      enqueue(sendParent({ type: 'ATTEMPT.MADE', atMs, by: 'voice', evidence } satisfies AttemptMade));
    }),
    'a grant was given': assign({ serving: true }),
    'note the output': assign({ serving: ({ event }) => event.type === 'OUTPUT.SWITCHED' && event.on }),
    'note the sound': enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'SOUND.CHANGED' || event.condition === context.condition) return;
      enqueue.assign({ condition: event.condition });
      if (event.condition === 'good')
        enqueue(sendParent({ type: 'HEARING.CLEARED' } satisfies HearingCleared));
      else {
        const reason = `the sound is ${soundWords[event.condition]}`;
        enqueue(sendParent({ type: 'HEARING.IMPAIRED', reason } satisfies HearingImpaired));
      }
    }),
    'report progress': sendParent({ type: 'PROGRESS.MADE', source: 'hearing' } satisfies ProgressMade),
    'sound comes': assign({ microphoneFailures: 0 }),
    'the microphone is here': assign({ condition: 'unheard' as const, atEnd: false }),
    'note the end of the sound': assign({ atEnd: true }),
    'note the failure of the microphone': assign(({ context }, params: { fault: Fault }) => ({
      fault: params.fault,
      microphoneFailures: context.microphoneFailures + 1,
    })),
    'note the failure of the models': assign(({ context }, params: { fault: Fault }) => ({
      fault: params.fault,
      failedAnswers: context.failedAnswers + 1,
    })),
    'report that nothing is wrong': sendParent({ type: 'HEARING.CLEARED' } satisfies HearingCleared),
    'report what is wrong': sendParent(
      ({ context }): HearingImpaired => ({
        type: 'HEARING.IMPAIRED',
        reason: context.fault?.message ?? 'the microphone is away',
      }),
    ),
  },
  delays: {
    ...hearingDelays,
    /** Both grow with every failure; the runtime gives them their back-off and seeded jitter. */
    'reconnect wait': 1_000,
    'reload wait': 250,
  },
}).createMachine({
  id: 'hearing',
  description: 'From the microphone to a voice that was decided about.',
  context: {
    speaking: false,
    unheard: false,
    evidence: null,
    asked: [],
    serving: false,
    condition: 'unheard' as const,
    atEnd: false,
    fault: null,
    microphoneFailures: 0,
    failedAnswers: 0,
  },
  initial: 'opening',
  on: { 'OUTPUT.SWITCHED': { actions: 'note the output' } },
  states: {
    opening: {
      description: 'The microphone is being opened.',
      ...toldWaiting,
      invoke: {
        src: 'open microphone',
        onDone: { target: 'running', actions: 'the microphone is here' },
        onError: {
          target: 'reconnecting',
          actions: {
            type: 'note the failure of the microphone',
            params: ({ event }) => ({ fault: faultFrom(event.error, 'microphone') }),
          },
        },
      },
      after: {
        'microphone open limit': {
          target: 'reconnecting',
          actions: {
            type: 'note the failure of the microphone',
            params: { fault: limitFault('microphone', 'opening the microphone') },
          },
        },
      },
    },
    running: {
      description: 'Sound is listened to without a pause, whatever else goes on.',
      exit: 'part with the speaker',
      invoke: {
        src: 'listen',
        onError: {
          target: 'reconnecting',
          actions: {
            type: 'note the failure of the microphone',
            params: ({ event }) => ({ fault: faultFrom(event.error, 'microphone') }),
          },
        },
      },
      on: {
        'LISTENING.WENT_ON': { actions: ['report progress', 'sound comes'] },
        'SOUND.CHANGED': { actions: 'note the sound' },
        'SPEECH.BEGAN': { actions: ['part with the speaker', 'note that somebody speaks'] },
        'SPEECH.GATHERED': { actions: 'note the speech' },
        'SPEECH.ENDED': { actions: 'note the end of the speech' },
        'LISTENING.FAILED': {
          target: 'reconnecting',
          actions: {
            type: 'note the failure of the microphone',
            params: ({ event }) => ({ fault: event.fault }),
          },
        },
        'MICROPHONE.ENDED': { actions: 'note the end of the sound' },
      },
      initial: 'listening',
      states: {
        listening: {
          description: 'Nobody speaks.',
          entry: 'part with the speaker',
          always: [
            { guard: 'nothing can be heard', target: 'deaf' },
            { guard: 'somebody speaks', target: 'capturing' },
            { guard: 'a grant is being served', target: 'actuating' },
            { guard: 'the sound has ended', target: '#hearing.ended' },
          ],
        },
        capturing: {
          description: 'Somebody speaks, and what they say is gathered.',
          always: [
            { guard: 'nothing can be heard', target: 'deaf' },
            { guard: 'speech waits to be heard', target: 'classifying' },
            { guard: 'a grant is being served', target: 'actuating' },
          ],
        },
        classifying: {
          description: 'The newest speech is compared with the voices known, while more of it is gathered.',
          initial: 'naming',
          states: {
            naming: {
              description: 'The models are asked whose voice it is.',
              entry: 'take up the speech',
              invoke: {
                src: 'name the voice',
                onDone: [
                  {
                    guard: {
                      type: 'the answer is to be acted on',
                      params: ({ event }) => ({ evidence: event.output }),
                    },
                    target: 'asking',
                    actions: { type: 'note the answer', params: ({ event }) => ({ evidence: event.output }) },
                  },
                  {
                    target: 'answered',
                    actions: { type: 'note the answer', params: ({ event }) => ({ evidence: event.output }) },
                  },
                ],
                onError: {
                  target: '#hearing.reloading',
                  actions: {
                    type: 'note the failure of the models',
                    params: ({ event }) => ({ fault: faultFrom(event.error, 'voices') }),
                  },
                },
              },
              after: {
                'answer limit': {
                  target: '#hearing.reloading',
                  actions: {
                    type: 'note the failure of the models',
                    params: { fault: limitFault('voices', 'naming a voice') },
                  },
                },
              },
            },
            asking: {
              description: 'Access is asked once; its answer comes at once or not at all.',
              entry: 'ask access',
              on: {
                'ACCESS.GRANTED': { target: 'answered', actions: 'a grant was given' },
                'ACCESS.REFUSED': 'answered',
              },
              after: { 'access answer limit': 'answered' },
            },
            answered: { description: 'On to whatever comes next.', always: [...onward] },
          },
        },
        actuating: {
          description: 'A grant is being served by the output; whoever else speaks is heard meanwhile.',
          tags: ['lit'],
          always: [
            { guard: 'nothing can be heard', target: 'deaf' },
            { guard: 'speech waits to be heard', target: 'classifying' },
            { guard: not('a grant is being served'), target: 'afterwards' },
          ],
        },
        afterwards: { description: 'The light is off; on to whatever comes next.', always: [...afterLight] },
        deaf: {
          description: 'The microphone delivers, but zeros or one level. Sound brings hearing back.',
          tags: ['degraded'],
          entry: 'part with the speaker',
          always: { guard: 'something can be heard', target: 'listening' },
        },
      },
    },
    reloading: {
      description:
        'The models hung or failed; they are replaced, however often: seeing goes on without hearing.',
      tags: ['degraded'],
      entry: 'report what is wrong',
      initial: 'pausing',
      states: {
        pausing: {
          description: 'A wait, which grows while the models keep failing.',
          ...toldWaiting,
          after: { 'reload wait': 'replacing' },
        },
        replacing: {
          description: 'Fresh models are loaded.',
          ...toldWaiting,
          invoke: {
            src: 'reload models',
            onDone: '#hearing.opening',
            onError: {
              target: '#hearing.reloading',
              reenter: true,
              actions: {
                type: 'note the failure of the models',
                params: ({ event }) => ({ fault: faultFrom(event.error, 'voices') }),
              },
            },
          },
          after: {
            'reload limit': {
              target: '#hearing.reloading',
              reenter: true,
              actions: {
                type: 'note the failure of the models',
                params: { fault: limitFault('voices', 'loading the models') },
              },
            },
          },
        },
      },
    },
    reconnecting: {
      description: 'The microphone went away or could not be opened; it is tried again after a growing wait.',
      tags: ['degraded'],
      entry: 'report what is wrong',
      ...toldWaiting,
      invoke: { src: 'watch for the microphone', onError: { actions: [] } },
      on: { 'MICROPHONE.APPEARED': 'opening' },
      always: { guard: 'the microphone stays away', target: 'lost' },
      after: { 'reconnect wait': 'opening' },
    },
    lost: {
      description:
        'The microphone has been away for long. It is still tried, and one that appears is tried at once.',
      tags: ['degraded', 'fault'],
      ...toldWaiting,
      invoke: { src: 'watch for the microphone', onError: { actions: [] } },
      on: { 'MICROPHONE.APPEARED': 'opening' },
      after: { 'reconnect wait': 'opening' },
    },
    ended: {
      description: 'The file that stood for the microphone is at its end.',
      tags: ['ended'],
      entry: 'report that nothing is wrong',
      ...toldWaiting,
    },
  },
});
