import { expect, test } from 'bun:test';
import { play, type ScenarioName } from './scenarios.ts';

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
    0 vision: opening.waiting
    0 device: operating.vision operating.health.nominal operating.boot.young
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
    3520 visit:1: deciding.asking
    3520 output <- grant grant-3520-1
    3520 output: on.switchingOn
    3520 visit:1: granted
    3520 vision: running.actuating
    3520 green is on
    3520 output -> on
    3520 red <- set
    3520 output: on.lit
    3520 red is off
    5520 green is off
    5520 output -> off
    5520 red <- set
    5520 output <- release
    5520 output: switchingOff
    5520 red is on
    5520 output -> off
    5520 vision: running.idle.attended
    5520 output: off.resting
    6020 output: off.ready
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
    3520 visit:1: deciding.asking
    3520 refused: nobody-named
    3520 visit:1: unknown
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
    3520 visit:1: deciding.asking
    3520 visit:2: deciding.asking
    3520 output <- grant grant-3520-1
    3520 output: on.switchingOn
    3520 visit:1: granted
    3520 vision: running.actuating
    3520 visit:2: granted
    3520 green is on
    3520 output -> on
    3520 red <- set
    3520 output: on.lit
    3520 red is off
    5520 green is off
    5520 output -> off
    5520 red <- set
    5520 output <- release
    5520 output: switchingOff
    5520 red is on
    5520 output -> off
    5520 vision: running.idle.attended
    5520 output: off.resting
    6020 output: off.ready
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
    3520 visit:1: deciding.asking
    3520 output <- grant grant-3520-1
    3520 output: on.switchingOn
    3520 visit:1: granted
    3520 vision: running.actuating
    3520 green is on
    3520 output -> on
    3520 red <- set
    3520 output: on.lit
    3520 red is off
    4536 visit:2: arriving
    4536 visit:2: deciding.collecting
    4920 visit:2: deciding.asking
    4920 output <- grant grant-4920-2
    4920 output: on.switchingOn
    4920 visit:2: granted
    4920 output -> on
    4920 output: on.lit
    6920 green is off
    6920 output -> off
    6920 red <- set
    6920 output <- release
    6920 output: switchingOff
    6920 red is on
    6920 output -> off
    6920 vision: running.idle.attended
    6920 output: off.resting
    7420 output: off.ready
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
    3520 visit:1: deciding.asking
    3520 output <- grant grant-3520-1
    3520 output: on.switchingOn
    3520 visit:1: granted
    3520 vision: running.actuating
    3520 green is on
    3520 output -> on
    3520 red <- set
    3520 output: on.lit
    3520 red is off
    5520 green is off
    5520 output -> off
    5520 red <- set
    5520 output <- release
    5520 output: switchingOff
    5520 red is on
    5520 output -> off
    5520 vision: running.idle.attended
    5520 output: off.resting
    6020 output: off.ready
    13720 visit:1: leaving
    15720 vision: running.idle.empty
    15720 visit:1: gone
    17248 visit:2: arriving
    17248 visit:2: deciding.collecting
    17248 vision: running.detecting
    17248 vision: running.recognising
    17620 visit:2: deciding.asking
    17620 output <- grant grant-17620-2
    17620 output: on.switchingOn
    17620 visit:2: granted
    17620 vision: running.actuating
    17620 green is on
    17620 output -> on
    17620 red <- set
    17620 output: on.lit
    17620 red is off
    19620 green is off
    19620 output -> off
    19620 red <- set
    19620 output <- release
    19620 output: switchingOff
    19620 red is on
    19620 output -> off
    19620 vision: running.idle.attended
    19620 output: off.resting
    19720 visit:2: leaving
    20120 output: off.ready
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
    3520 visit:1: deciding.asking
    3520 output <- grant grant-3520-1
    3520 output: on.switchingOn
    3520 visit:1: granted
    3520 vision: running.actuating
    3520 green is on
    3520 output -> on
    3520 red <- set
    3520 output: on.lit
    3520 red is off
    5520 green is off
    5520 output -> off
    5520 red <- set
    5520 output <- release
    5520 output: switchingOff
    5520 red is on
    5520 output -> off
    5520 vision: running.idle.attended
    5520 output: off.resting
    6020 output: off.ready
    6720 visit:1: leaving
    7028 visit:2: arriving
    7028 visit:2: deciding.collecting
    7028 vision: running.detecting
    7028 vision: running.recognising
    7420 visit:2: deciding.asking
    7420 refused: already-served
    7420 visit:2: granted
    7420 vision: running.idle.attended
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
    3520 visit:1: deciding.asking
    3520 output <- grant grant-3520-1
    3520 output: on.switchingOn
    3520 visit:1: granted
    3520 vision: running.actuating
    3520 green is on
    3520 output -> on
    3520 red <- set
    3520 output: on.lit
    3520 red is off
    5136 visit:2: arriving
    5136 visit:2: deciding.collecting
    5520 green is off
    5520 output -> off
    5520 red <- set
    5520 output <- release
    5520 output: switchingOff
    5520 red is on
    5520 output -> off
    5520 vision: running.recognising
    5520 output: off.resting
    5520 visit:2: deciding.asking
    5520 visit:2: granted
    5520 vision: running.actuating
    6420 output <- grant grant-5520-2
    6420 output: on.switchingOn
    6420 green is on
    6420 output -> on
    6420 red <- set
    6420 output: on.lit
    6420 red is off
    8420 green is off
    8420 output -> off
    8420 red <- set
    8420 output <- release
    8420 output: switchingOff
    8420 red is on
    8420 output -> off
    8420 vision: running.idle.attended
    8420 output: off.resting
    9320 output: off.ready
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
    2520 visit:1: deciding.asking
    2520 refused: nobody-named
    2520 visit:1: unknown
    4220 visit:1: leaving
    4220 vision: running.idle.attended
    5028 visit:2: arriving
    5028 visit:2: deciding.collecting
    5028 vision: running.detecting
    5028 vision: running.recognising
    5420 visit:2: deciding.asking
    5420 refused: nobody-named
    5420 access: lockedOut
    5420 visit:2: unknown
    6220 visit:1: gone
    7220 visit:2: leaving
    7220 vision: running.idle.attended
    8028 visit:3: arriving
    8028 visit:3: deciding.collecting
    8028 vision: running.detecting
    8028 vision: running.recognising
    8420 visit:3: deciding.asking
    8420 refused: lockout
    8420 visit:3: refused
    9220 visit:2: gone
    10420 access: ready
    11420 visit:3: deciding.collecting
    11620 visit:3: deciding.asking
    11620 output <- grant grant-11620-1
    11620 output: on.switchingOn
    11620 visit:3: granted
    11620 vision: running.actuating
    11620 green is on
    11620 output -> on
    11620 red <- set
    11620 output: on.lit
    11620 red is off
    13620 green is off
    13620 output -> off
    13620 red <- set
    13620 output <- release
    13620 output: switchingOff
    13620 red is on
    13620 output -> off
    13620 vision: running.idle.attended
    13620 output: off.resting
    14120 output: off.ready
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
    3520 visit:1: deciding.asking
    3520 output <- grant grant-3520-1
    3520 output: on.switchingOn
    3520 visit:1: granted
    3520 vision: running.actuating
    3520 green is on
    3520 output -> on
    3520 red <- set
    3520 output: on.lit
    3520 red is off
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
