import { RecordedHands } from './hands.ts';

/**
 * Recorded hands in a story that went otherwise: what is told to the lines and the watchdog was not told so in the
 * recording, so that it is supposed to work at once.
 */
export class SupposedHands extends RecordedHands {
  override async makeSafe(): Promise<void> {}

  override async switchOn(): Promise<void> {}

  /** The machine's own time ends it. */
  override watchLine(): Promise<void> {
    return new Promise(() => undefined);
  }

  override async switchOff(): Promise<void> {}

  override async feed(): Promise<void> {}
}
