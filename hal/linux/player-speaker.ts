import { access } from 'node:fs/promises';
import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { Speaker } from '../contract/speaker.ts';
import { Child } from './child.ts';

/** Programs that play a sound file to the system's own output, in the order in which they are tried. */
export const soundPlayers = ['pw-play', 'paplay', 'aplay'] as const;
export type SoundPlayer = (typeof soundPlayers)[number];

export const playerInstallHint =
  'Install one that plays: sudo apt-get install pipewire-bin, pulseaudio-utils or alsa-utils';

/** The players that are installed. */
export function installedPlayers(): SoundPlayer[] {
  return soundPlayers.filter((player) => Bun.which(player, { PATH: process.env.PATH ?? '' }) !== null);
}

export interface PlayerSpeakerOptions {
  /** Undefined: the first that is installed when something is to be played. */
  readonly player?: SoundPlayer;
  readonly clock: Clock;
  /** A sound that has not come to its end by then is cut off. */
  readonly limitMs: number;
}

/**
 * A loudspeaker through a program that plays files: `aplay` on bare ALSA, `pw-play` or `paplay` beside a desktop. A
 * player that hangs, on a card that is taken say, is killed at the limit.
 */
export class PlayerSpeaker implements Speaker {
  readonly name = 'speaker';
  readonly #options: PlayerSpeakerOptions;
  readonly #closing = new AbortController();
  #playing: Promise<unknown> | undefined;

  constructor(options: PlayerSpeakerOptions) {
    this.#options = options;
  }

  /**
   * Rejects with HalError: `not-found` without the file or a player, `busy` while another sound plays, `timeout` at the
   * limit, `io` with the player's own words when it fails, `closed` afterwards.
   */
  async play(path: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    if (this.#playing !== undefined) throw new HalError('busy', this.name, 'it is playing another sound');
    const playing = this.#play(path, AbortSignal.any([signal, this.#closing.signal]));
    this.#playing = playing;
    try {
      await playing;
    } finally {
      this.#playing = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new HalError('closed', this.name, 'it was closed'));
    await this.#playing?.catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #play(path: string, signal: AbortSignal): Promise<void> {
    const { clock, limitMs, player = installedPlayers()[0] } = this.#options;
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (!there) throw new HalError('not-found', this.name, `there is no sound file '${path}'`);
    signal.throwIfAborted();
    if (player === undefined) {
      throw new HalError('not-found', this.name, `no player is installed. ${playerInstallHint}`, {
        retryable: false,
      });
    }
    const child = new Child({
      command: player === 'aplay' ? [player, '-q', path] : [player, path],
      clock,
      installHint: playerInstallHint,
      environment: { LC_ALL: 'C' },
    });
    let late = false;
    const kill = () => child.signal('SIGKILL');
    const limit = clock.setTimeout(() => {
      late = true;
      kill();
    }, limitMs);
    signal.addEventListener('abort', kill, { once: true });
    try {
      const [{ exitCode }] = await Promise.all([child.ended, drained(child.stdout)]);
      signal.throwIfAborted();
      if (late) throw new HalError('timeout', this.name, `${player} had not ended after ${limitMs} ms`);
      if (exitCode !== 0) {
        throw new HalError(
          'io',
          this.name,
          `${player} failed: ${(await child.stderr()) || `exit ${exitCode}`}`,
        );
      }
    } finally {
      clock.clearTimeout(limit);
      signal.removeEventListener('abort', kill);
    }
  }
}

/** Reads it to its end: a pipe that is full would stop the player. */
async function drained(stream: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of stream);
}
