import { assign, type EventObject, enqueueActions, fromCallback, raise, sendParent, setup } from 'xstate';
import { doorDelays } from './delays.ts';
import type {
  AccessGranted,
  DoorClosed,
  DoorForced,
  DoorHeldOpen,
  DoorOpened,
  ExitRequested,
  Fault,
  InputCleared,
  InputImpaired,
  InputName,
} from './events.ts';
import { inputNames } from './events.ts';

/** The level of an input when it was opened, or is steady again: it may have changed unseen. */
export interface InputRead {
  readonly type: 'INPUT.READ';
  readonly input: InputName;
  readonly on: boolean;
}

/** An input has another level than before, and keeps it: it does not bounce any more. */
export interface InputChanged {
  readonly type: 'INPUT.CHANGED';
  readonly input: InputName;
  readonly on: boolean;
}

/** An input changes again and again: a wire that is loose. */
export interface InputFlapped {
  readonly type: 'INPUT.FLAPPED';
  readonly input: InputName;
}

export interface InputFailed {
  readonly type: 'INPUT.FAILED';
  readonly input: InputName;
  readonly fault: Fault;
}

export type InputEvent = InputRead | InputChanged | InputFlapped | InputFailed;

/** Says to the other half of the machine that somebody inside asked to leave. */
interface ExitAsked {
  readonly type: 'EXIT.ASKED';
}

export interface DoorInput {
  /** The monotonic clock, for how old a request is. */
  readonly nowMs: () => number;
}

interface DoorContext extends DoorInput {
  readonly exits: number;
  /** Why the door may open, or did. */
  readonly why: DoorOpened['why'];
}

type DoorEvent = InputEvent | ExitAsked | AccessGranted;

const isButton = ({ event }: { event: DoorEvent }) => 'input' in event && event.input === 'exit-button';
const isContact = ({ event }: { event: DoorEvent }) => 'input' in event && event.input === 'door-contact';
const isOn = ({ event }: { event: DoorEvent }) => 'on' in event && event.on;

/** What the door's button and contact say: who asks to leave, and whether the door opened by right. */
export const doorMachine = setup({
  types: { context: {} as DoorContext, input: {} as DoorInput, events: {} as DoorEvent },
  actors: {
    /** Sends the INPUT events of every input that is wired; of none, nothing. */
    'watch the inputs': fromCallback<EventObject>(() => undefined),
  },
  guards: {
    'it is the button': isButton,
    'the button is pressed': (args) => isButton(args) && isOn(args),
    'it is the contact': isContact,
    'the door is closed': (args) => isContact(args) && isOn(args),
  },
  actions: {
    'ask for the exit': enqueueActions(({ context, enqueue }) => {
      const exits = context.exits + 1;
      const issuedAtMs = context.nowMs();
      const grant = { grantId: `exit-${Math.floor(issuedAtMs)}-${exits}`, issuedAtMs };
      enqueue.assign({ exits });
      enqueue(sendParent({ type: 'EXIT.REQUESTED', grant } satisfies ExitRequested));
      enqueue(raise({ type: 'EXIT.ASKED' } satisfies ExitAsked));
    }),
    'note why it may open': assign({ why: (_, params: { why: DoorOpened['why'] }) => params.why }),
    'tell that it was opened': sendParent(
      ({ context }): DoorOpened => ({ type: 'DOOR.OPENED', why: context.why }),
    ),
    'tell that it was closed': sendParent({ type: 'DOOR.CLOSED' } satisfies DoorClosed),
    'tell that it is held open': sendParent({ type: 'DOOR.HELD_OPEN' } satisfies DoorHeldOpen),
    'tell that it was forced': sendParent({ type: 'DOOR.FORCED' } satisfies DoorForced),
    'tell that the button is stuck': sendParent({
      type: 'INPUT.IMPAIRED',
      input: 'exit-button',
      reason: 'the exit button has been pressed for so long that it must be stuck, or its wire broken',
    } satisfies InputImpaired),
    'tell that the button works': sendParent({
      type: 'INPUT.CLEARED',
      input: 'exit-button',
    } satisfies InputCleared),
    'tell that the contact works': sendParent({
      type: 'INPUT.CLEARED',
      input: 'door-contact',
    } satisfies InputCleared),
    'tell that nothing is watched': enqueueActions(({ enqueue }) => {
      for (const input of inputNames) {
        const reason = 'it is watched no more: a bug, which the trace shows';
        enqueue(sendParent({ type: 'INPUT.IMPAIRED', input, reason } satisfies InputImpaired));
      }
    }),
    'tell what is wrong': enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'INPUT.FAILED' && event.type !== 'INPUT.FLAPPED') return;
      const reason =
        event.type === 'INPUT.FAILED'
          ? event.fault.message
          : `${event.input} changes again and again: look at its wire`;
      const { input } = event;
      enqueue(sendParent({ type: 'INPUT.IMPAIRED', input, reason } satisfies InputImpaired));
    }),
  },
  delays: { ...doorDelays },
}).createMachine({
  id: 'door',
  description:
    'What the door’s button and contact say: who asks to leave, and whether the door opened by right.',
  context: ({ input }) => ({ ...input, exits: 0, why: 'found' }),
  type: 'parallel',
  invoke: {
    src: 'watch the inputs',
    id: 'inputs',
    onError: {
      target: ['.button.unreadable', '.contact.unreadable'],
      actions: 'tell that nothing is watched',
    },
  },
  states: {
    button: {
      description: 'The button inside.',
      initial: 'unread',
      on: {
        'INPUT.FAILED': { guard: 'it is the button', target: '.unreadable', actions: 'tell what is wrong' },
        'INPUT.FLAPPED': { guard: 'it is the button', target: '.unreadable', actions: 'tell what is wrong' },
      },
      states: {
        unread: {
          description: 'There is none, or it was not read yet.',
          on: {
            'INPUT.READ': [
              { guard: 'the button is pressed', target: 'pressed' },
              { guard: 'it is the button', target: 'released' },
            ],
          },
        },
        released: {
          description: 'Nobody presses it.',
          on: {
            'INPUT.CHANGED': {
              guard: 'the button is pressed',
              target: 'pressed',
              actions: 'ask for the exit',
            },
          },
        },
        pressed: {
          description: 'Somebody presses it. It has asked once, or was found so and has not asked.',
          on: { 'INPUT.CHANGED': { guard: 'it is the button', target: 'released' } },
          after: { 'stuck time': 'stuck' },
        },
        stuck: {
          description: 'Pressed for too long for a hand: it asks for nothing until it is released.',
          tags: ['degraded'],
          entry: 'tell that the button is stuck',
          exit: 'tell that the button works',
          on: { 'INPUT.CHANGED': { guard: 'it is the button', target: 'released' } },
        },
        unreadable: {
          description: 'It cannot be read, or changes without end. It asks for nothing.',
          tags: ['degraded'],
          exit: 'tell that the button works',
          on: {
            'INPUT.READ': [
              { guard: 'the button is pressed', target: 'pressed' },
              { guard: 'it is the button', target: 'released' },
            ],
          },
        },
      },
    },
    contact: {
      description: 'The door itself.',
      initial: 'unread',
      on: {
        'INPUT.FAILED': { guard: 'it is the contact', target: '.unreadable', actions: 'tell what is wrong' },
        'INPUT.FLAPPED': { guard: 'it is the contact', target: '.unreadable', actions: 'tell what is wrong' },
      },
      states: {
        unread: {
          description: 'There is no contact, or it was not read yet.',
          on: {
            'INPUT.READ': [
              { guard: 'the door is closed', target: 'closed' },
              {
                guard: 'it is the contact',
                target: 'open',
                actions: { type: 'note why it may open', params: { why: 'found' } },
              },
            ],
          },
        },
        closed: {
          description: 'The door is closed.',
          initial: 'waiting',
          on: {
            'ACCESS.GRANTED': {
              target: '.expecting',
              actions: { type: 'note why it may open', params: { why: 'granted' } },
            },
            'EXIT.ASKED': {
              target: '.expecting',
              actions: { type: 'note why it may open', params: { why: 'exit' } },
            },
          },
          states: {
            waiting: {
              description: 'Nobody may open it.',
              on: {
                'INPUT.CHANGED': {
                  guard: 'it is the contact',
                  target: '#door.contact.open.forced',
                  actions: { type: 'note why it may open', params: { why: 'forced' } },
                },
              },
            },
            expecting: {
              description: 'Somebody was granted, or asked to leave, and may open it.',
              on: { 'INPUT.CHANGED': { guard: 'it is the contact', target: '#door.contact.open' } },
              after: { 'opening time': 'waiting' },
            },
          },
        },
        open: {
          description: 'The door is open.',
          initial: 'rightful',
          entry: 'tell that it was opened',
          on: {
            'INPUT.CHANGED': {
              guard: 'it is the contact',
              target: 'closed',
              actions: 'tell that it was closed',
            },
          },
          states: {
            rightful: {
              description: 'Opened by right, or found open.',
              after: { 'held-open time': 'heldOpen' },
            },
            forced: {
              description: 'Opened although nobody was granted and nobody had asked to leave.',
              tags: ['alarm'],
              entry: 'tell that it was forced',
              after: { 'held-open time': 'heldOpen' },
            },
            heldOpen: {
              description: 'Open for longer than it should be.',
              tags: ['alarm'],
              entry: 'tell that it is held open',
            },
          },
        },
        unreadable: {
          description: 'It cannot be read, or changes without end: nothing is said of the door.',
          tags: ['degraded'],
          exit: 'tell that the contact works',
          on: {
            'INPUT.READ': [
              { guard: 'the door is closed', target: 'closed' },
              {
                guard: 'it is the contact',
                target: 'open',
                actions: { type: 'note why it may open', params: { why: 'found' } },
              },
            ],
          },
        },
      },
    },
  },
});
