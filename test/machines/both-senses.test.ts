import { describe, expect, test } from 'bun:test';
import { grantedTo, run, type Setting, type Simulated, speech, visitor } from './simulate.ts';

function answers({ records }: Simulated): string[] {
  return records.flatMap((record) => {
    if (record.kind !== 'event' || record.to !== 'device') return [];
    if (record.event === 'ACCESS.GRANTED') return [`granted by ${record.data.by}`];
    return record.event === 'ACCESS.REFUSED' ? [`${record.data.code} by ${record.data.by}`] : [];
  });
}

/** Each answer once, in the order in which it first came: somebody who stands there asks again and again. */
const told = (simulated: Simulated) => [...new Set(answers(simulated))];

const both = '[access]\nrequire = "both"\n';
const place = (setting: Setting, ms: number) => run({ config: both, sounds: [], ...setting }, ms);

describe('where both senses are demanded', () => {
  test('a face waits for the voice of the same person, who is then granted once for the visit', async () => {
    const simulated = await place(
      {
        people: [visitor('p_ana', 2_000, 30_000)],
        sounds: [speech('p_ana', 6_000, 6_000), speech('p_ana', 20_000, 6_000)],
      },
      36_000,
    );
    expect(told(simulated)).toEqual([
      'voice-needed by face',
      'granted by voice',
      'already-served by face',
      'already-served by voice',
    ]);
    expect(grantedTo(simulated)).toEqual(['p_ana']);
  });

  test('a voice waits for the face, also when the speaking is over', async () => {
    const simulated = await place(
      { people: [visitor('p_ana', 11_000, 6_000)], sounds: [speech('p_ana', 2_000, 5_000)] },
      20_000,
    );
    expect(told(simulated)).toEqual(['face-needed by voice', 'granted by face']);
  });

  test('whoever left before they spoke is granted within the window and served again on their next visit', async () => {
    const simulated = await place(
      {
        people: [visitor('p_ana', 2_000, 2_000), visitor('p_ana', 30_000, 8_000)],
        sounds: [speech('p_ana', 6_500, 5_000), speech('p_ana', 31_000, 6_000)],
      },
      44_000,
    );
    expect(grantedTo(simulated)).toEqual(['p_ana', 'p_ana']);
  });

  test('the face of one person and the voice of another open nothing', async () => {
    const simulated = await place(
      { people: [visitor('p_ana', 2_000, 14_000)], sounds: [speech('p_bea', 4_000, 7_000)] },
      20_000,
    );
    expect(told(simulated)).toEqual(['voice-needed by face', 'face-needed by voice']);
  });

  test('a voice that comes too long after the face opens nothing', async () => {
    const simulated = await place(
      { people: [visitor('p_ana', 2_000, 2_000)], sounds: [speech('p_ana', 13_000, 7_000)] },
      24_000,
    );
    expect(told(simulated)).toEqual(['voice-needed by face', 'face-needed by voice']);
  });

  test('what one sense has said is used up by a grant', async () => {
    const simulated = await place(
      {
        people: [visitor('p_ana', 5_000, 2_000), visitor('p_ana', 11_000, 2_000)],
        sounds: [speech('p_ana', 1_000, 5_000)],
        config: `${both}both_within_ms = 60000\n`,
      },
      20_000,
    );
    expect(told(simulated)).toEqual(['face-needed by voice', 'granted by face', 'voice-needed by face']);
  });

  test('strangers are told that nobody knows them, and count as failed attempts as ever', async () => {
    const simulated = await place(
      { people: [visitor('p_eve', 2_000, 6_000)], config: `${both}attempts_allowed = 1\n` },
      10_000,
    );
    expect(told(simulated)).toEqual(['nobody-named by face']);
    expect(simulated.snapshots('device/access').at(-1)?.states).toEqual(['lockedOut']);
  });
});

test.each([
  ['face', ['granted by face', 'face-needed by voice']],
  ['voice', ['voice-needed by face', 'granted by voice']],
] as const)('where the %s is demanded the other sense earns nothing', async (require, expected) => {
  const simulated = await place(
    {
      people: [visitor('p_ana', 2_000, 12_000)],
      sounds: [speech('p_bea', 6_000, 7_000)],
      config: `[access]\nrequire = "${require}"\n`,
    },
    20_000,
  );
  expect(told(simulated)).toEqual([...expected]);
});
