import type { Scope } from '../credentials/scopes.ts';
import type { TraceRecord } from '../trace/record.ts';
import { doorEvents, type StoryState } from '../trace/story.ts';

/** What a page says of the device besides its story. */
export interface PageFacts {
  /** Of the built-in scene, or a device at work. */
  readonly device: 'demo' | 'run';
  /** Parts that stand in for what is not there. */
  readonly simulated: readonly string[];
  /** Whether what it sees is a scene that can be played by hand. */
  readonly scene: boolean;
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

/** The page's socket is closed with this code (RFC 6455 leaves 4000 to 4999 free) when it has to sign in. */
export const signedOutCode = 4401;

/** Answer of `GET /session`, `POST /session`. */
export interface SessionAnswer {
  /** Who is signed in; null where nobody is. */
  readonly name: string | null;
  /** What this page may do. */
  readonly scopes: readonly Scope[];
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
  ...Object.keys(doorEvents),
  'INPUT.IMPAIRED',
  'INPUT.CLEARED',
  'BOARD.STRAINED',
  'BOARD.EASED',
]);
const toldOfParts = new Set(['VISIT.MOVED', 'LOOK.FAILED', 'LISTENING.FAILED']);

/** An output has answered what it is: no other device answers so. */
function isSwitch({ op }: { readonly op: string }): boolean {
  return op === 'on' || op === 'off';
}

/** A face in the picture that the device looks at. Coordinates are pixels of that picture. */
export interface ShownFace {
  readonly trackId: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly landmarks: readonly (readonly [x: number, y: number])[];
  readonly decision: string;
  /** Why, with the numbers, in English. */
  readonly reason: string;
  /** Who it is; null where nobody is named. */
  readonly subjectId: string | null;
  /** The two people who are nearest, the nearest first; fewer where fewer are known. */
  readonly nearest: readonly { readonly subjectId: string; readonly distance: number }[];
}

/** What belongs to a picture. */
export interface PictureFacts {
  readonly atMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** A live picture of whoever stands before it is shown as a mirror would. */
  readonly mirrored: boolean;
  /** What distances are held against. */
  readonly limits: { readonly threshold: number; readonly margin: number } | null;
  readonly faces: readonly ShownFace[];
}

/** How it sounds. */
export interface SoundFacts {
  readonly atMs: number;
  /** Mean power relative to full scale; null for digital silence. */
  readonly levelDbfs: number | null;
  readonly speech: boolean;
}

/**
 * What the socket `/senses` sends: `SoundFacts` as a text, a picture as bytes: the length of its facts as 32 bits, the
 * least first, the facts as JSON in UTF-8, and a JPEG.
 */
export type SenseMessage = string | ArrayBuffer;

const lengthBytes = 4;

export function packPicture(facts: string, jpeg: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(facts);
  const packed = new Uint8Array(lengthBytes + head.length + jpeg.length);
  new DataView(packed.buffer).setUint32(0, head.length, true);
  packed.set(head, lengthBytes);
  packed.set(jpeg, lengthBytes + head.length);
  return packed;
}

/** What `packPicture` packed, from the server that this page came from. */
export function unpackPicture(packed: ArrayBuffer): {
  readonly facts: PictureFacts;
  readonly jpeg: Uint8Array<ArrayBuffer>;
} {
  const end = lengthBytes + new DataView(packed).getUint32(0, true);
  const facts: PictureFacts = JSON.parse(
    new TextDecoder().decode(new Uint8Array(packed, lengthBytes, end - lengthBytes)),
  );
  return { facts, jpeg: new Uint8Array(packed, end) };
}

/** What the kiosk says now. */
export type KioskNow =
  /** Nobody is there: the list of people who came today. */
  | { readonly kind: 'list' }
  /** Somebody is being looked at; `decision` says what keeps the device from telling who it is, null: nothing yet. */
  | { readonly kind: 'looking'; readonly decision: string | null }
  | { readonly kind: 'welcome'; readonly subjectId: string }
  | { readonly kind: 'unknown' }
  /** Somebody who is known, or cannot be known now, is not let in. */
  | { readonly kind: 'refused'; readonly code: string };

/** Somebody who was let in today, and when last. */
export interface KioskVisit {
  readonly subjectId: string;
  readonly atUtcMs: number;
}

/** Somebody whom the kiosk greets. */
export interface KioskPerson {
  readonly subjectId: string;
  /** Null where it is not known. */
  readonly name: string | null;
  /** A picture that they were enrolled with; null where none was kept. */
  readonly jpegBase64: string | null;
}

/** What the socket `/kiosk/live` says, besides pictures as `/senses` sends them, whose faces have a place and no more. */
export type KioskMessage =
  | {
      readonly type: 'kiosk';
      readonly now: KioskNow;
      /** Of whoever is welcomed. */
      readonly name: string | null;
      readonly today: readonly (KioskVisit & { readonly name: string | null })[];
    }
  | { readonly type: 'portrait'; readonly subjectId: string; readonly jpegBase64: string };
