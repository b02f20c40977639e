import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { BestFrames, type EnrolFrame, enrolScore, GuidedFrames } from '../../src/vision/enrol-frames.ts';
import { faceAt } from './faces.ts';

const frame = (atMs: number, rank: number): EnrolFrame => ({ atMs, rank });

test('a nearer, sharper, surer or more frontal face ranks higher', () => {
  const plain = faceAt(0, 0, 50, { score: 0.87, quality: { sharpness: 25, yawRatio: 0.1, rollDeg: 5 } });
  const better = [
    faceAt(0, 0, 70, { score: 0.87, quality: { sharpness: 25, yawRatio: 0.1, rollDeg: 5 } }),
    faceAt(0, 0, 50, { score: 0.9, quality: { sharpness: 25, yawRatio: 0.1, rollDeg: 5 } }),
    faceAt(0, 0, 50, { score: 0.87, quality: { sharpness: 35, yawRatio: 0.1, rollDeg: 5 } }),
    faceAt(0, 0, 50, { score: 0.87, quality: { sharpness: 25, yawRatio: -0.02, rollDeg: 5 } }),
  ];
  for (const face of better) expect(enrolScore(face)).toBeGreaterThan(enrolScore(plain));
});

test('the rank is between 0 and 1 whatever the face is like', () => {
  const number = fc.double({ noNaN: true, min: -1000, max: 1000 });
  fc.assert(
    fc.property(number, number, number, number, number, (score, eyes, sharpness, yawRatio, rollDeg) => {
      const rank = enrolScore(faceAt(0, 0, eyes, { score, quality: { sharpness, yawRatio, rollDeg } }));
      expect(rank).toBeWithin(0, 1.000001);
    }),
  );
});

test('the three best frames are kept, none of them within the gap of another', () => {
  const frames = fc.array(
    fc.record({ atMs: fc.integer({ min: 0, max: 5000 }), rank: fc.double({ noNaN: true, min: 0, max: 1 }) }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(frames, (offered) => {
      const best = new BestFrames<EnrolFrame>(500);
      for (const one of offered) best.offer(one);
      const kept = best.frames();
      expect(kept.length).toBeWithin(1, 4);
      expect(kept[0]?.rank).toBe(Math.max(...offered.map(({ rank }) => rank)));
      for (const [i, a] of kept.entries()) {
        for (const b of kept.slice(i + 1)) expect(Math.abs(a.atMs - b.atMs)).toBeGreaterThanOrEqual(500);
      }
    }),
  );
});

test('frames that get better and better do not crowd out the others', () => {
  const best = new BestFrames<EnrolFrame>(500);
  for (let atMs = 0; atMs < 2000; atMs += 100) best.offer(frame(atMs, atMs / 2000));
  expect(best.frames().map(({ atMs }) => atMs)).toEqual([1900, 1400, 900]);
});

test('pictures have no place in time and are all kept apart', () => {
  const best = new BestFrames<EnrolFrame>(0);
  for (const rank of [0.2, 0.5, 0.1, 0.9]) best.offer(frame(0, rank));
  expect(best.frames().map(({ rank }) => rank)).toEqual([0.9, 0.5, 0.2]);
});

test('a person is led through three poses, and the best frame of each is taken', () => {
  const guided = new GuidedFrames<EnrolFrame>();
  const prompts: (string | undefined)[] = [];
  const look = (fromMs: number, toMs: number, yawRatio: number, ranks: readonly number[]) => {
    for (let atMs = fromMs, i = 0; atMs < toMs; atMs += 100, i++) {
      guided.next(atMs, { frame: frame(atMs, ranks[i % ranks.length]!), yawRatio });
      if (guided.prompt !== prompts.at(-1)) prompts.push(guided.prompt);
    }
  };
  guided.next(0, undefined);
  look(100, 1200, 0.02, [0.4, 0.6, 0.5]);
  look(1200, 2400, 0.18, [0.3]);
  look(2400, 3600, -0.18, [0.2]);
  expect(guided.frames.map(({ rank }) => rank)).toEqual([0.6, 0.3, 0.2]);
  expect(prompts).toEqual([
    'Look straight into the camera.',
    'Turn your head a little to your left.',
    'Now a little to your right.',
    undefined,
  ]);
});

test('a person who does not turn is enrolled with the one pose there is', () => {
  const guided = new GuidedFrames<EnrolFrame>();
  for (let atMs = 0; guided.prompt !== undefined; atMs += 100) {
    guided.next(atMs, { frame: frame(atMs, 0.5), yawRatio: 0 });
    expect(atMs).toBeLessThan(20_000);
  }
  expect(guided.frames).toHaveLength(1);
});

test('without one good straight frame nothing is taken, however long it lasts', () => {
  const guided = new GuidedFrames<EnrolFrame>();
  for (let atMs = 0; atMs < 60_000; atMs += 500) guided.next(atMs, undefined);
  expect([guided.frames.length, guided.prompt]).toEqual([0, 'Look straight into the camera.']);
});
