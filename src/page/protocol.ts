import type { TraceRecord } from '../trace/record.ts';
import type { StoryState } from '../trace/story.ts';

/** What a page says of the device besides its story. */
export interface PageFacts {
  /** Of the built-in scene, or a device at work. */
  readonly device: 'demo' | 'run';
  /** Parts that stand in for what is not there. */
  readonly simulated: readonly string[];
}

/** Where the device is, and what led to it: for a page that was just opened, and whenever a device begins anew. */
export interface StoryMessage {
  readonly type: 'story';
  /** The device's clock. */
  readonly nowMs: number;
  readonly facts: PageFacts;
  readonly state: StoryState;
}

/** What happened since the last message; without records a sign of life. */
export interface RecordsMessage {
  readonly type: 'records';
  readonly nowMs: number;
  readonly records: readonly TraceRecord[];
}

/** A page can step back through so many of the newest records: `GET /records`, one a line, oldest first. */
export const mostPastRecords = 20_000;

/** What the server sends to an open page. */
export type PageMessage = StoryMessage | RecordsMessage;

/** Answer of `GET /session`, `POST /session`. */
export interface SessionAnswer {
  readonly signedIn: boolean;
  /** Whether the page may ask who a subject is. */
  readonly namesAllowed: boolean;
}

/** Most subjects that are asked for at once. */
export const mostNamesAtOnce = 32;

/** Records that people are told of in the list of what happened. */
export function isWorthTelling(record: TraceRecord): boolean {
  switch (record.kind) {
    case 'event':
      return record.to === 'device' ? toldOfDevice.has(record.event) : toldOfParts.has(record.event);
    case 'hal.in':
      return (
        record.error !== undefined ||
        (record.op === 'opened' && record.device !== 'output') ||
        isSwitch(record)
      );
    case 'invariant':
      return true;
    case 'snapshot':
      return record.actor === 'device';
    default:
      return false;
  }
}

const toldOfDevice = new Set([
  'ACCESS.GRANTED',
  'ACCESS.REFUSED',
  'VISION.IMPAIRED',
  'VISION.CLEARED',
  'HEARING.IMPAIRED',
  'HEARING.CLEARED',
  'OUTPUT.FAILED',
  'OUTPUT.RECOVERED',
]);
const toldOfParts = new Set(['VISIT.MOVED', 'LOOK.FAILED', 'LISTENING.FAILED']);

/** An output has answered what it is: no other device answers so. */
function isSwitch({ op }: { readonly op: string }): boolean {
  return op === 'on' || op === 'off';
}
