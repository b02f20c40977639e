import type { StartReport } from '../../machines/device.ts';
import type { InputEvent } from '../../machines/door.ts';
import type { BoardEased, BoardStrained, LineGrant } from '../../machines/events.ts';
import type { ListenEvent } from '../../machines/hearing.ts';
import type { OutputCause } from '../../machines/outputs.ts';
import type { VoiceEvidence } from '../decide/evidence.ts';
import type { LookEvent } from './looking.ts';

/** How the loop that looks is told its pace, and to end. */
export interface LookingHands {
  setPace(slowly: boolean): void;
  /** Whether to look at a share of the frames only. */
  spare(sparingly: boolean): void;
  stop(): void;
}

/**
 * Everything that the machines do to the world and learn from it. What comes in here is all that decides what they
 * do next, besides time: a replay answers in the place of a device.
 */
export interface Hands {
  start(signal: AbortSignal): Promise<StartReport>;
  selfTest(signal: AbortSignal): Promise<void>;
  recover(signal: AbortSignal): Promise<void>;
  /** Outputs first; then everything else, whatever fails. */
  stop(): Promise<void>;
  makeSafe(): Promise<void>;
  /** This boot has lasted. Never throws. */
  bootIsGood(): void;

  /** Of the lines, by the name that the trace has for each. */
  switchOn(device: string, grant: LineGrant | null, signal: AbortSignal): Promise<void>;
  watchLine(device: string): Promise<void>;
  switchOff(device: string): Promise<void>;
  /** Tells what button and contact do until what it gives is called. */
  watchInputs(send: (event: InputEvent) => void): () => void;
  /** Plays the sound for it, where there is one, in the place of one that plays. Never throws. */
  sound(cause: OutputCause): void;
  feed(): Promise<void>;

  watchBoard(tell: (event: BoardStrained | BoardEased) => void, signal: AbortSignal): void;

  openCamera(signal: AbortSignal): Promise<void>;
  /** Looks until it is stopped. */
  look(send: (event: LookEvent) => void): LookingHands;
  reloadModels(signal: AbortSignal): Promise<void>;
  watchCamera(appeared: () => void, signal: AbortSignal): void;

  openMicrophone(signal: AbortSignal): Promise<void>;
  /** Listens until what it gives is called. */
  listen(send: (event: ListenEvent) => void): () => void;
  nameVoice(signal: AbortSignal): Promise<VoiceEvidence>;
  reloadVoices(signal: AbortSignal): Promise<void>;
  watchMicrophone(appeared: () => void, signal: AbortSignal): void;
}
