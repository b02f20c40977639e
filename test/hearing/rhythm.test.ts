import { describe, expect, test } from 'bun:test';
import { SevenSecondRhythm, type SpeechRhythm, VoiceActivityRhythm } from '../../src/hearing/rhythm.ts';

/** Plays chunks of 100 ms; each character is one: `#` speech, `+` half speech, `.` none. Gives the steps by time. */
function play(rhythm: SpeechRhythm, score: string, fromMs = 0): string[] {
  const speechMs: Readonly<Record<string, number>> = { '#': 90, '+': 50, ',': 30, '.': 0 };
  return [...score].flatMap((character, index) => {
    const startMs = fromMs + index * 100;
    const steps = rhythm.next({ startMs, lengthMs: 100, speechMs: speechMs[character] ?? 0 });
    return steps.map((step) => `${startMs + 100} ${step}`);
  });
}

function voiceActivity() {
  return new VoiceActivityRhythm({ decideAfterMs: 3_000, utteranceGapMs: 1_200 });
}

describe('voice activity', () => {
  test('a cough, a door and single frames are nobody speaking', () => {
    expect(play(voiceActivity(), '..##......#.#......,,.,.,.,......+')).toEqual([]);
  });

  test('speech begins within half a second, is enough after three seconds of it, and ends with a long pause', () => {
    const rhythm = voiceActivity();
    expect(play(rhythm, `..${'#'.repeat(40)}${'.'.repeat(20)}`)).toEqual([
      '500 began',
      '3600 gathered',
      '5400 ended',
    ]);
    expect(rhythm.voicedMs).toBe(3_600);
    expect(rhythm.speaking).toBe(false);
  });

  test('pauses between words do not count as speech and do not end it', () => {
    expect(play(voiceActivity(), '####......'.repeat(12))).toEqual(['300 began', '8200 gathered']);
  });

  test('whoever goes on is named again as more speech comes', () => {
    expect(play(voiceActivity(), '#'.repeat(80))).toEqual([
      '300 began',
      '3400 gathered',
      '5200 gathered',
      '7000 gathered',
    ]);
  });

  test('noise that is taken for speech now and then does not keep it going', () => {
    expect(play(voiceActivity(), `#######${'..,...,....,.......,'.repeat(2)}`)).toEqual([
      '300 began',
      '1900 ended',
    ]);
  });

  test('the next word after the end begins something new', () => {
    const rhythm = voiceActivity();
    play(rhythm, `${'#'.repeat(20)}${'.'.repeat(15)}`);
    expect(play(rhythm, '.###', 4_000)).toEqual(['4400 began']);
    expect(rhythm.voicedMs).toBe(270);
  });

  test('a hole in the sound is a pause', () => {
    const rhythm = voiceActivity();
    play(rhythm, '######');
    expect(play(rhythm, '.', 3_000)).toEqual(['3100 ended']);
  });
});

test('seven seconds: an answer after every seventh block, whether or not anybody speaks', () => {
  const rhythm = new SevenSecondRhythm();
  expect(play(rhythm, '#'.repeat(75))).toEqual(['1000 began', '7000 ended']);
  expect(play(rhythm, '.'.repeat(70), 7_500)).toEqual(['8000 began', '14000 ended']);
});
