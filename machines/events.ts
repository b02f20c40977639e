import type { Account, Attempt } from '../src/decide/account.ts';
import type { FaceEvidence, Sense } from '../src/decide/evidence.ts';
import type { RefusalCode } from '../src/decide/policy.ts';
import type { StrainKind } from '../src/decide/strain.ts';

/** What a machine is told of a failure: what failed and how, in words that a person can act on. */
export interface Fault {
  readonly part:
    | 'camera'
    | 'models'
    | 'microphone'
    | 'voices'
    | 'output'
    | 'input'
    | 'store'
    | 'watchdog'
    | 'loop'
    | 'device';
  /** A HalErrorKind, a ModelError kind, `frozen`, `dead`, `limit`, or the name of a rule that was broken. */
  readonly kind: string;
  readonly message: string;
  /** False when trying again cannot help: a model file that was altered, a missing permission. */
  readonly retryable: boolean;
}

/** How usable the picture is. All but `good` are reported; `slow` still sees people. */
export type PictureCondition = 'good' | 'black' | 'flat' | 'garbled' | 'slow';

/** One completed look at the whole picture. */
export interface LookCompleted {
  readonly type: 'LOOK.COMPLETED';
  readonly atMs: number;
  readonly condition: PictureCondition;
  /** Everybody in view in this frame. */
  readonly people: readonly FaceEvidence[];
  /** Tracks that are over: out of view, or taken over by somebody else. */
  readonly ended: readonly { readonly trackId: number; readonly why: 'lost' | 'replaced' }[];
}

export interface LookFailed {
  readonly type: 'LOOK.FAILED';
  readonly atMs: number;
  readonly fault: Fault;
}

export type VisitPhase =
  | 'arriving'
  | 'deciding'
  | 'challenged'
  | 'granted'
  | 'refused'
  | 'unknown'
  | 'leaving';

export interface VisitMoved {
  readonly type: 'VISIT.MOVED';
  readonly trackId: number;
  readonly phase: VisitPhase;
  readonly subjectId: string | null;
}

/** The visit's last word; its actor is done. */
export interface VisitEnded {
  readonly type: 'VISIT.ENDED';
  readonly trackId: number;
  readonly subjectId: string | null;
}

/** How usable the sound is. All but `good` are reported; `clipped` is still listened to. */
export type SoundCondition = 'good' | 'zeros' | 'stuck' | 'clipped';

/** A person stands before the device, or speaks to it, and asks by doing so. */
export type AttemptMade = {
  readonly type: 'ATTEMPT.MADE';
  readonly atMs: number;
} & Attempt;

/** Which faces in view were not named has changed; those too far away to be compared are left out. */
export interface StrangersChanged {
  readonly type: 'STRANGERS.CHANGED';
  readonly strangers: readonly { readonly trackId: number }[];
}

/** The same as access gets it: with what only the device knows. */
export type AttemptPassed = AttemptMade & {
  /** Something of the device is impaired. */
  readonly degraded: boolean;
};

/** Out of view for good, or silent again: whoever was granted by this sense may be granted again. */
export interface SubjectLeft {
  readonly type: 'SUBJECT.LEFT';
  readonly by: Sense;
  readonly subjectId: string;
}

/** Permission to hold an actuator on once, for a bounded time. */
export interface LineGrant {
  readonly grantId: string;
  readonly issuedAtMs: number;
}

/** The permission that a person has earned. */
export interface Grant extends LineGrant {
  readonly subjectId: string;
}

export interface AccessGranted {
  readonly type: 'ACCESS.GRANTED';
  readonly by: Sense;
  /** The face that asked; null for a voice. */
  readonly trackId: number | null;
  readonly grant: Grant;
  readonly account: Account;
}

export interface AccessRefused {
  readonly type: 'ACCESS.REFUSED';
  readonly by: Sense;
  readonly trackId: number | null;
  readonly code: RefusalCode;
  readonly account: Account;
}

export interface OutputSwitched {
  readonly type: 'OUTPUT.SWITCHED';
  /** The line, as the trace calls it. */
  readonly device: string;
  readonly on: boolean;
}

export interface OutputFailed {
  readonly type: 'OUTPUT.FAILED';
  /** The line, as the trace calls it. */
  readonly device: string;
  readonly fault: Fault;
}

/** Whoever holds the line does not answer, again and again: it has to be opened anew. */
export interface OutputLost {
  readonly type: 'OUTPUT.LOST';
  /** The line, as the trace calls it. */
  readonly device: string;
  readonly fault: Fault;
}

export interface OutputRecovered {
  readonly type: 'OUTPUT.RECOVERED';
  /** The line, as the trace calls it. */
  readonly device: string;
}

/** Vision sees less than it should, or nothing; `cleared` takes it back. */
export interface VisionImpaired {
  readonly type: 'VISION.IMPAIRED';
  readonly reason: string;
}

export interface VisionCleared {
  readonly type: 'VISION.CLEARED';
}

/** Vision cannot help itself: its models keep failing. */
export interface VisionFailed {
  readonly type: 'VISION.FAILED';
  readonly fault: Fault;
}

/** Hearing hears less than it should, or nothing; `cleared` takes it back. */
export interface HearingImpaired {
  readonly type: 'HEARING.IMPAIRED';
  readonly reason: string;
}

export interface HearingCleared {
  readonly type: 'HEARING.CLEARED';
}

/** The board suffers from something, by the rules of src/decide/strain.ts. */
export interface BoardStrained {
  readonly type: 'BOARD.STRAINED';
  readonly strain: StrainKind;
  readonly reason: string;
}

export interface BoardEased {
  readonly type: 'BOARD.EASED';
}

export type ProgressSource = 'vision' | 'hearing';

export interface ProgressMade {
  readonly type: 'PROGRESS.MADE';
  readonly source: ProgressSource;
}

/** The source works from now on, and must make progress. */
export interface WorkBegan {
  readonly type: 'WORK.BEGAN';
  readonly source: ProgressSource;
}

/** The source works no more; nothing is expected of it. */
export interface WorkEnded {
  readonly type: 'WORK.ENDED';
  readonly source: ProgressSource;
}

export interface SourceDied {
  readonly type: 'SOURCE.DIED';
  readonly source: ProgressSource;
}

export interface WatchdogFailed {
  readonly type: 'WATCHDOG.FAILED';
  readonly fault: Fault;
}

export interface WatchdogFed {
  readonly type: 'WATCHDOG.FED';
}

export interface StopRequested {
  readonly type: 'STOP.REQUESTED';
}

/**
 * A rule over everything that happens was broken: something that the machines take for granted is not so. The fault
 * names the part that the rule is about; its kind is the rule.
 */
export interface InvariantBroken {
  readonly type: 'INVARIANT.BROKEN';
  readonly fault: Fault;
}

/** A person with the right to do so lets the device leave `safe`. */
export interface OperatorReleased {
  readonly type: 'OPERATOR.RELEASED';
}

/** Somebody closes a sense on purpose: nobody is looked at, or nobody is heard, until it is opened again. */
export interface SenseClosed {
  readonly type: 'SENSE.CLOSED';
  readonly sense: ProgressSource;
}

export interface SenseOpened {
  readonly type: 'SENSE.OPENED';
  readonly sense: ProgressSource;
}

/** What is wired to the device to be read. */
export const inputNames = ['exit-button', 'door-contact'] as const;
export type InputName = (typeof inputNames)[number];

/** Somebody inside asks to leave. */
export interface ExitRequested {
  readonly type: 'EXIT.REQUESTED';
  readonly grant: LineGrant;
}

export interface DoorOpened {
  readonly type: 'DOOR.OPENED';
  /** By right of a grant or of the button, against it, or found open at the start. */
  readonly why: 'granted' | 'exit' | 'forced' | 'found';
}

export interface DoorClosed {
  readonly type: 'DOOR.CLOSED';
}

export interface DoorHeldOpen {
  readonly type: 'DOOR.HELD_OPEN';
}

/** Opened although nobody was granted and nobody had asked to leave. */
export interface DoorForced {
  readonly type: 'DOOR.FORCED';
}

/** A button or a contact does not say what it should; `cleared` takes it back. */
export interface InputImpaired {
  readonly type: 'INPUT.IMPAIRED';
  readonly input: InputName;
  readonly reason: string;
}

export interface InputCleared {
  readonly type: 'INPUT.CLEARED';
  readonly input: InputName;
}
