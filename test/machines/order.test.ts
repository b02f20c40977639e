import { describe, expect, test } from 'bun:test';
import { play, type ScenarioName } from './scenarios.ts';
import type { Simulated } from './simulate.ts';

/** Every state, call and level of a lamp from the first camera picture on, in order. */
async function orderOf(name: ScenarioName): Promise<string> {
  const { timeline } = await play(name);
  const start = timeline.findIndex((line) => line.endsWith('vision: running.idle.empty'));
  return `\n${timeline.slice(start + 1).join('\n')}\n`;
}

test('the device starts with its outputs safe, tests itself, and then looks', async () => {
  const { timeline } = await play('one known visitor');
  const end = timeline.findIndex((line) => line.endsWith('vision: running.idle.empty'));
  expect(`\n${timeline.slice(0, end + 1).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    0 door: button.unread contact.unread
    0 device: starting
    0 output <- open
    0 output -> opened
    0 models <- open
    0 models -> opened
    0 output <- release
    0 device: selfTest
    0 output -> safe
    0 red <- set
    0 access: ready
    0 output: off.resting
    0 outputs: serving
    0 vision: opening.waiting
    0 device: operating.vision.open operating.hearing.absent operating.health.nominal operating.boot.young
    0 red is on
    0 camera <- open
    0 camera -> opened
    0 vision: running.idle.empty
    "
  `);
});

test('a known visitor lights the green lamp once, and the red one goes off meanwhile', async () => {
  expect(await orderOf('one known visitor')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3168 visit:1: arriving
    3168 visit:1: deciding.collecting
    3168 vision: running.detecting
    3168 vision: running.recognising
    3328 visit:1: deciding.asking
    3328 output <- grant grant-3328-1
    3328 output: on.switchingOn
    3328 visit:1: granted
    3328 vision: running.actuating
    3328 green is on
    3328 output -> on
    3328 red <- set
    3328 output: on.lit
    3328 red is off
    5328 green is off
    5328 output -> off
    5328 red <- set
    5328 output <- release
    5328 output: switchingOff
    5328 red is on
    5328 output -> off
    5328 vision: running.idle.attended
    5328 output: off.resting
    5828 output: off.ready
    9720 visit:1: leaving
    11720 vision: running.idle.empty
    11720 visit:1: gone
    "
  `);
});

test('a stranger lights nothing', async () => {
  expect(await orderOf('a stranger')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3168 visit:1: arriving
    3168 visit:1: deciding.collecting
    3168 vision: running.detecting
    3168 vision: running.recognising
    3328 visit:1: deciding.asking
    3328 refused: nobody-named
    3328 visit:1: unknown
    7720 visit:1: leaving
    7720 vision: running.idle.attended
    9720 vision: running.idle.empty
    9720 visit:1: gone
    "
  `);
});

test('two known people at once are both granted, and share one light', async () => {
  expect(await orderOf('two known people at once')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3176 visit:1: arriving
    3176 visit:2: arriving
    3176 visit:1: deciding.collecting
    3176 visit:2: deciding.collecting
    3176 vision: running.detecting
    3176 vision: running.recognising
    3336 visit:1: deciding.asking
    3336 visit:2: deciding.asking
    3336 output <- grant grant-3336-1
    3336 output: on.switchingOn
    3336 visit:1: granted
    3336 vision: running.actuating
    3336 visit:2: granted
    3336 green is on
    3336 output -> on
    3336 red <- set
    3336 output: on.lit
    3336 red is off
    5336 green is off
    5336 output -> off
    5336 red <- set
    5336 output <- release
    5336 output: switchingOff
    5336 red is on
    5336 output -> off
    5336 vision: running.idle.attended
    5336 output: off.resting
    5836 output: off.ready
    8720 visit:1: leaving
    8720 visit:2: leaving
    10720 visit:1: gone
    10720 vision: running.idle.empty
    10720 visit:2: gone
    "
  `);
});

test('a second person who comes while the first is served is decided about at once, and prolongs the light', async () => {
  expect(await orderOf('a second person while the first is served')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3168 visit:1: arriving
    3168 visit:1: deciding.collecting
    3168 vision: running.detecting
    3168 vision: running.recognising
    3328 visit:1: deciding.asking
    3328 output <- grant grant-3328-1
    3328 output: on.switchingOn
    3328 visit:1: granted
    3328 vision: running.actuating
    3328 green is on
    3328 output -> on
    3328 red <- set
    3328 output: on.lit
    3328 red is off
    4536 visit:2: arriving
    4536 visit:2: deciding.collecting
    4728 visit:2: deciding.asking
    4728 output <- grant grant-4728-2
    4728 output: on.switchingOn
    4728 visit:2: granted
    4728 output -> on
    4728 output: on.lit
    6728 green is off
    6728 output -> off
    6728 red <- set
    6728 output <- release
    6728 output: switchingOff
    6728 red is on
    6728 output -> off
    6728 vision: running.idle.attended
    6728 output: off.resting
    7228 output: off.ready
    9728 visit:1: leaving
    11220 visit:2: leaving
    11728 visit:1: gone
    13220 vision: running.idle.empty
    13220 visit:2: gone
    "
  `);
});

test('who stands still is served once; who left for good and comes back is served again', async () => {
  expect(await orderOf('a person who stands, leaves for good and comes back')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3168 visit:1: arriving
    3168 visit:1: deciding.collecting
    3168 vision: running.detecting
    3168 vision: running.recognising
    3328 visit:1: deciding.asking
    3328 output <- grant grant-3328-1
    3328 output: on.switchingOn
    3328 visit:1: granted
    3328 vision: running.actuating
    3328 green is on
    3328 output -> on
    3328 red <- set
    3328 output: on.lit
    3328 red is off
    5328 green is off
    5328 output -> off
    5328 red <- set
    5328 output <- release
    5328 output: switchingOff
    5328 red is on
    5328 output -> off
    5328 vision: running.idle.attended
    5328 output: off.resting
    5828 output: off.ready
    13720 visit:1: leaving
    15720 vision: running.idle.empty
    15720 visit:1: gone
    17248 visit:2: arriving
    17248 visit:2: deciding.collecting
    17248 vision: running.detecting
    17248 vision: running.recognising
    17428 visit:2: deciding.asking
    17428 output <- grant grant-17428-2
    17428 output: on.switchingOn
    17428 visit:2: granted
    17428 vision: running.actuating
    17428 green is on
    17428 output -> on
    17428 red <- set
    17428 output: on.lit
    17428 red is off
    19428 green is off
    19428 output -> off
    19428 red <- set
    19428 output <- release
    19428 output: switchingOff
    19428 red is on
    19428 output -> off
    19428 vision: running.idle.attended
    19428 output: off.resting
    19720 visit:2: leaving
    19928 output: off.ready
    21720 vision: running.idle.empty
    21720 visit:2: gone
    "
  `);
});

test('who is out of view for a moment is not served twice', async () => {
  expect(await orderOf('a person who is out of view for a moment')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3168 visit:1: arriving
    3168 visit:1: deciding.collecting
    3168 vision: running.detecting
    3168 vision: running.recognising
    3328 visit:1: deciding.asking
    3328 output <- grant grant-3328-1
    3328 output: on.switchingOn
    3328 visit:1: granted
    3328 vision: running.actuating
    3328 green is on
    3328 output -> on
    3328 red <- set
    3328 output: on.lit
    3328 red is off
    5328 green is off
    5328 output -> off
    5328 red <- set
    5328 output <- release
    5328 output: switchingOff
    5328 red is on
    5328 output -> off
    5328 vision: running.idle.attended
    5328 output: off.resting
    5828 output: off.ready
    6720 visit:1: leaving
    7028 visit:2: arriving
    7028 visit:2: deciding.collecting
    7028 vision: running.detecting
    7028 vision: running.recognising
    7228 visit:2: deciding.asking
    7228 refused: already-served
    7228 visit:2: granted
    7228 vision: running.idle.attended
    8720 visit:1: gone
    11720 visit:2: leaving
    13720 vision: running.idle.empty
    13720 visit:2: gone
    "
  `);
});

test('a face that is too small is waited for, and never asked about', async () => {
  expect(await orderOf('a person too far away')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3160 visit:1: arriving
    3160 vision: running.detecting
    6720 visit:1: leaving
    6720 vision: running.idle.attended
    8720 vision: running.idle.empty
    8720 visit:1: gone
    "
  `);
});

test('a face in the dark is waited for, and never asked about', async () => {
  expect(await orderOf('a person in the dark')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3160 visit:1: arriving
    3160 vision: running.detecting
    6720 visit:1: leaving
    6720 vision: running.idle.attended
    8720 vision: running.idle.empty
    8720 visit:1: gone
    "
  `);
});

test('a face that is turned away is waited for, and never asked about', async () => {
  expect(await orderOf('a person who looks away')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3160 visit:1: arriving
    3160 vision: running.detecting
    6720 visit:1: leaving
    6720 vision: running.idle.attended
    8720 vision: running.idle.empty
    8720 visit:1: gone
    "
  `);
});

test('who leaves while being decided about is not served', async () => {
  expect(await orderOf('a person who leaves while being decided about')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3168 visit:1: arriving
    3168 visit:1: deciding.collecting
    3168 vision: running.detecting
    3168 vision: running.recognising
    4020 visit:1: leaving
    4020 vision: running.idle.attended
    6020 vision: running.idle.empty
    6020 visit:1: gone
    "
  `);
});

test('a grant that comes right after the light went off waits for the re-arm time', async () => {
  expect(await orderOf('a second grant right after the first')).toMatchInlineSnapshot(`
    "
    900 output: off.ready
    3168 visit:1: arriving
    3168 visit:1: deciding.collecting
    3168 vision: running.detecting
    3168 vision: running.recognising
    3328 visit:1: deciding.asking
    3328 output <- grant grant-3328-1
    3328 output: on.switchingOn
    3328 visit:1: granted
    3328 vision: running.actuating
    3328 green is on
    3328 output -> on
    3328 red <- set
    3328 output: on.lit
    3328 red is off
    5136 visit:2: arriving
    5136 visit:2: deciding.collecting
    5328 green is off
    5328 output -> off
    5328 red <- set
    5328 output <- release
    5328 output: switchingOff
    5328 red is on
    5328 output -> off
    5328 vision: running.recognising
    5328 output: off.resting
    5328 visit:2: deciding.asking
    5328 visit:2: granted
    5328 vision: running.actuating
    6228 output <- grant grant-5328-2
    6228 output: on.switchingOn
    6228 green is on
    6228 output -> on
    6228 red <- set
    6228 output: on.lit
    6228 red is off
    8228 green is off
    8228 output -> off
    8228 red <- set
    8228 output <- release
    8228 output: switchingOff
    8228 red is on
    8228 output -> off
    8228 vision: running.idle.attended
    8228 output: off.resting
    9128 output: off.ready
    9720 visit:1: leaving
    9820 visit:2: leaving
    11720 visit:1: gone
    11820 vision: running.idle.empty
    11820 visit:2: gone
    "
  `);
});

test('too many strangers lock out, and the known person is served when the lockout is over', async () => {
  expect(await orderOf('too many strangers, then a known person')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    2148 visit:1: arriving
    2148 visit:1: deciding.collecting
    2148 vision: running.detecting
    2148 vision: running.recognising
    2328 visit:1: deciding.asking
    2328 refused: nobody-named
    2328 visit:1: unknown
    4220 visit:1: leaving
    4220 vision: running.idle.attended
    5028 visit:2: arriving
    5028 visit:2: deciding.collecting
    5028 vision: running.detecting
    5028 vision: running.recognising
    5228 visit:2: deciding.asking
    5228 refused: nobody-named
    5228 access: lockedOut
    5228 visit:2: unknown
    6220 visit:1: gone
    7220 visit:2: leaving
    7220 vision: running.idle.attended
    8028 visit:3: arriving
    8028 visit:3: deciding.collecting
    8028 vision: running.detecting
    8028 vision: running.recognising
    8228 visit:3: deciding.asking
    8228 refused: lockout
    8228 visit:3: refused
    9220 visit:2: gone
    10228 access: ready
    11228 visit:3: deciding.collecting
    11228 visit:3: deciding.asking
    11228 output <- grant grant-11228-1
    11228 output: on.switchingOn
    11228 visit:3: granted
    11228 vision: running.actuating
    11228 green is on
    11228 output -> on
    11228 red <- set
    11228 output: on.lit
    11228 red is off
    13228 green is off
    13228 output -> off
    13228 red <- set
    13228 output <- release
    13228 output: switchingOff
    13228 red is on
    13228 output -> off
    13228 vision: running.idle.attended
    13228 output: off.resting
    13728 output: off.ready
    16720 visit:3: leaving
    18720 vision: running.idle.empty
    18720 visit:3: gone
    "
  `);
});

test('a stop makes the outputs safe first', async () => {
  expect(await orderOf('a stop while somebody is served')).toMatchInlineSnapshot(`
    "
    500 output: off.ready
    3168 visit:1: arriving
    3168 visit:1: deciding.collecting
    3168 vision: running.detecting
    3168 vision: running.recognising
    3328 visit:1: deciding.asking
    3328 output <- grant grant-3328-1
    3328 output: on.switchingOn
    3328 visit:1: granted
    3328 vision: running.actuating
    3328 green is on
    3328 output -> on
    3328 red <- set
    3328 output: on.lit
    3328 red is off
    4000 output <- release
    4000 device: stopping
    4000 green is off
    4000 camera <- close
    4000 output -> off
    4000 output <- close
    4000 models <- close
    4000 device: stopped
    "
  `);
});

/** Of the timeline, what hearing and the lamps did. */
function heardIn({ timeline }: Simulated): string {
  const told = timeline.filter((line) => / (hearing|green|refused|voices|microphone)\b/.test(line));
  return `\n${told.join('\n')}\n`;
}

describe('hearing', () => {
  test('a known voice: gathered for three seconds of speech, named, granted, and heard on meanwhile', async () => {
    expect(heardIn(await play('a known voice'))).toMatchInlineSnapshot(`
      "
      0 voices <- open
      0 voices -> opened
      0 hearing: opening.waiting
      0 microphone <- open
      0 microphone -> opened
      0 hearing: running.listening
      2200 hearing: running.capturing
      5000 hearing: running.classifying.naming
      5031 hearing: running.capturing
      6600 hearing: running.classifying.naming
      6645 hearing: running.classifying.asking
      6645 hearing: running.actuating
      6645 green is on
      8200 hearing: running.classifying.naming
      8259 hearing: running.actuating
      8645 green is off
      8645 hearing: running.capturing
      9800 hearing: running.classifying.naming
      9873 hearing: running.capturing
      11200 hearing: running.classifying.naming
      11273 hearing: running.listening
      "
    `);
  });

  test('a stranger’s voice: told so when the speech is over', async () => {
    expect(heardIn(await play('a stranger’s voice'))).toMatchInlineSnapshot(`
      "
      0 voices <- open
      0 voices -> opened
      0 hearing: opening.waiting
      0 microphone <- open
      0 microphone -> opened
      0 hearing: running.listening
      2200 hearing: running.capturing
      5000 hearing: running.classifying.naming
      5031 hearing: running.capturing
      6600 hearing: running.classifying.naming
      6645 hearing: running.capturing
      8200 hearing: running.classifying.naming
      8259 hearing: running.capturing
      9800 hearing: running.classifying.naming
      9873 hearing: running.capturing
      11200 hearing: running.classifying.naming
      11273 refused: nobody-named
      11273 hearing: running.classifying.asking
      11273 hearing: running.listening
      "
    `);
  });

  test('two voices, one after the other: each gets its own light', async () => {
    expect(heardIn(await play('two voices, one after the other'))).toMatchInlineSnapshot(`
      "
      0 voices <- open
      0 voices -> opened
      0 hearing: opening.waiting
      0 microphone <- open
      0 microphone -> opened
      0 hearing: running.listening
      2200 hearing: running.capturing
      5000 hearing: running.classifying.naming
      5031 hearing: running.capturing
      6600 hearing: running.classifying.naming
      6645 hearing: running.classifying.asking
      6645 hearing: running.actuating
      6645 green is on
      8200 hearing: running.classifying.naming
      8259 hearing: running.actuating
      8645 green is off
      8645 hearing: running.capturing
      10200 hearing: running.classifying.naming
      10273 hearing: running.listening
      12200 hearing: running.capturing
      15000 hearing: running.classifying.naming
      15031 hearing: running.classifying.asking
      15031 hearing: running.actuating
      15031 green is on
      16600 hearing: running.classifying.naming
      16645 hearing: running.actuating
      17031 green is off
      17031 hearing: running.capturing
      18200 hearing: running.classifying.naming
      18259 hearing: running.capturing
      20200 hearing: running.classifying.naming
      20273 hearing: running.listening
      "
    `);
  });

  test('a person who stands there served earns nothing more by speaking', async () => {
    expect(heardIn(await play('a person who stands and speaks'))).toMatchInlineSnapshot(`
      "
      0 voices <- open
      0 voices -> opened
      0 hearing: opening.waiting
      0 microphone <- open
      0 microphone -> opened
      0 hearing: running.listening
      2328 green is on
      2328 hearing: running.actuating
      4328 green is off
      4328 hearing: running.listening
      5200 hearing: running.capturing
      8000 hearing: running.classifying.naming
      8031 refused: already-served
      8031 hearing: running.classifying.asking
      8031 hearing: running.capturing
      9600 hearing: running.classifying.naming
      9645 hearing: running.capturing
      11200 hearing: running.classifying.naming
      11259 hearing: running.capturing
      13200 hearing: running.classifying.naming
      13273 hearing: running.listening
      "
    `);
  });

  test('every seven seconds: an answer for each seven blocks of a second', async () => {
    expect(heardIn(await play('a voice that is named every seven seconds'))).toMatchInlineSnapshot(`
      "
      0 voices <- open
      0 voices -> opened
      0 hearing: opening.waiting
      0 microphone <- open
      0 microphone -> opened
      0 hearing: running.listening
      1000 hearing: running.capturing
      7000 hearing: running.classifying.naming
      7150 hearing: running.classifying.asking
      7150 hearing: running.actuating
      7150 green is on
      9150 green is off
      9150 hearing: running.capturing
      14000 hearing: running.classifying.naming
      14150 hearing: running.classifying.asking
      14150 hearing: running.actuating
      14150 green is on
      16150 green is off
      16150 hearing: running.capturing
      21000 hearing: running.classifying.naming
      21150 hearing: running.classifying.asking
      21150 hearing: running.actuating
      21150 green is on
      23150 green is off
      23150 hearing: running.capturing
      28000 hearing: running.classifying.naming
      28000 hearing: running.listening
      29000 hearing: running.capturing
      "
    `);
  });

  test('a microphone that is away: reconnecting, lost, tried at once when it appears', async () => {
    expect(heardIn(await play('a microphone that is away for a while'))).toMatchInlineSnapshot(`
      "
      0 voices <- open
      0 voices -> opened
      0 hearing: opening.waiting
      0 microphone <- open
      0 microphone -> opened
      0 hearing: running.listening
      4200 hearing: running.capturing
      6000 microphone -> failed
      6000 hearing: reconnecting.waiting
      6000 microphone <- close
      6495 hearing: opening.waiting
      6495 microphone <- open
      6495 microphone -> open-failed disconnected
      6495 hearing: reconnecting.waiting
      7589 hearing: opening.waiting
      7589 microphone <- open
      7589 microphone -> open-failed disconnected
      7589 hearing: reconnecting.waiting
      9344 hearing: opening.waiting
      9344 microphone <- open
      9344 microphone -> open-failed disconnected
      9344 hearing: lost.waiting
      14131 hearing: opening.waiting
      14131 microphone <- open
      14131 microphone -> open-failed disconnected
      14131 hearing: lost.waiting
      20000 hearing: opening.waiting
      20000 microphone <- open
      20000 microphone -> opened
      20000 hearing: running.listening
      24200 hearing: running.capturing
      27000 hearing: running.classifying.naming
      27031 hearing: running.classifying.asking
      27031 hearing: running.actuating
      27031 green is on
      28600 hearing: running.classifying.naming
      28645 hearing: running.actuating
      29031 green is off
      29031 hearing: running.capturing
      30200 hearing: running.classifying.naming
      30259 hearing: running.capturing
      32200 hearing: running.classifying.naming
      32273 hearing: running.listening
      "
    `);
  });

  test('voice models that hang: ended after their limit, loaded anew, and the next voice is named', async () => {
    expect(heardIn(await play('voice models that hang once'))).toMatchInlineSnapshot(`
      "
      0 voices <- open
      0 voices -> opened
      0 hearing: opening.waiting
      0 microphone <- open
      0 microphone -> opened
      0 hearing: running.listening
      2200 hearing: running.capturing
      5000 hearing: running.classifying.naming
      10000 voices -> failed timeout
      10000 hearing: reloading.pausing.waiting
      10000 microphone <- close
      10248 hearing: reloading.replacing.waiting
      10248 voices <- close
      10248 voices <- open
      10248 voices -> opened
      10248 hearing: opening.waiting
      10248 microphone <- open
      10248 microphone -> opened
      10248 hearing: running.listening
      24248 hearing: running.capturing
      27048 hearing: running.classifying.naming
      27079 hearing: running.classifying.asking
      27079 hearing: running.actuating
      27079 green is on
      28648 hearing: running.classifying.naming
      28693 hearing: running.actuating
      29079 green is off
      29079 hearing: running.capturing
      30248 hearing: running.classifying.naming
      30314 hearing: running.capturing
      32248 hearing: running.classifying.naming
      32321 hearing: running.listening
      "
    `);
  });
});
