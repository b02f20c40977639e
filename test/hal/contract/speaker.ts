import { expect } from 'bun:test';
import type { Speaker } from '../../../hal/contract/speaker.ts';
import { aborted, contractSuite, expectHalError, needed, never, type Rig, rejection } from './suite.ts';

export interface SpeakerRig extends Rig {
  readonly speaker: Speaker;
  /** A sound file of about `soundMs`. */
  readonly sound: string;
  readonly soundMs: number;
  /** Makes every attempt to play fail. */
  fail?(): Promise<void> | void;
}

/** What every loudspeaker does. */
export function speakerContract(implementation: string, make: () => Promise<SpeakerRig>): void {
  contractSuite<SpeakerRig>('speaker', implementation, make, {
    'plays a sound to its end': async ({ speaker, time, sound, soundMs }) => {
      const startMs = time.clock.nowMs();
      await time.settle(speaker.play(sound, never));
      expect(time.clock.nowMs() - startMs).toBeGreaterThanOrEqual(0.9 * soundMs);
    },

    'an abort stops the sound, rejects with its reason, and the next sound plays': async ({
      speaker,
      time,
      sound,
      soundMs,
    }) => {
      const abort = new AbortController();
      const reason = new Error('aborted by the test');
      const playing = speaker.play(sound, abort.signal).then(
        () => 'played',
        (error: unknown) => error,
      );
      await time.pass(soundMs / 4);
      abort.abort(reason);
      expect(await time.settle(playing)).toBe(reason);
      const already = aborted();
      expect(await rejection(time, speaker.play(sound, already.signal))).toBe(already.reason);
      await time.settle(speaker.play(sound, never));
    },

    'is busy while it plays': async ({ speaker, time, sound }) => {
      const playing = speaker.play(sound, never);
      await expectHalError(time, speaker.play(sound, never), 'busy');
      await time.settle(playing);
    },

    'says not-found for a file that is not there': async ({ speaker, time }) => {
      await expectHalError(time, speaker.play('no such sound.wav', never), 'not-found');
    },

    'close stops the sound with closed and may be called twice; later calls reject with closed': async ({
      speaker,
      time,
      sound,
      soundMs,
    }) => {
      const playing = speaker.play(sound, never);
      playing.catch(() => {}); // looked at below
      await time.pass(soundMs / 4);
      await time.settle(speaker.close());
      await time.settle(speaker.close());
      await expectHalError(time, playing, 'closed');
      await expectHalError(time, speaker.play(sound, never), 'closed');
    },

    'a sound that cannot be played rejects with a HalError': async (rig) => {
      await needed(rig.fail, 'fail').call(rig);
      await expectHalError(rig.time, rig.speaker.play(rig.sound, never));
    },
  });
}
