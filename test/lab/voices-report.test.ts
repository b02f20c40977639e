import { expect, test } from 'bun:test';
import { scoreChart } from '../../src/lab/voices-chart.ts';
import { figuresOf, noScore, type ScoredLength, type ScoredPiece } from '../../src/lab/voices-figures.ts';
import { chartRows, reportLines, reportObjects, type VoicesReport } from '../../src/lab/voices-report.ts';

const piece = (spokenBy: string, ...scores: number[]): ScoredPiece => ({ spokenBy, scores });
const naming = {
  speakers: ['ann', 'bob'],
  ofSpeakers: [piece('ann', 0.9, 0.5), piece('bob', 0.3, 0.7), piece('bob', noScore, noScore)],
  ofStrangers: [piece('x', 0.6, 0.55), piece('y', 0.2, 0.3)],
};
const length: ScoredLength = {
  seconds: 3,
  naming,
  halves: [naming, naming],
  verified: [{ recordings: 3, enrolments: [naming] }],
  rule: { threshold: 0.84, margin: 0.05 },
};

function report(...lengths: readonly ScoredLength[]): VoicesReport {
  return {
    seed: 7,
    speakers: { people: 2, recordings: 3, seconds: 9 },
    strangers: { people: 2, recordings: 2, seconds: 6 },
    leftOut: 1,
    ways: [
      { way: 'open-set', pipelineId: 'p', lengths: lengths.map((each) => figuresOf(each, Math.random)) },
    ],
  };
}

test('the table has every rate with its counts and interval, and tells what was left out', () => {
  const text = reportLines(report(length)).join('\n');
  expect(text).toMatch(/2 speakers, 3 recordings, 9 s; 2 strangers, 2 recordings, 6 s; seed 7/);
  expect(text).toMatch(/1 more recordings have too little speech/);
  expect(text).toMatch(/pieces with too little speech +1$/m);
  expect(text).toMatch(/closed-set accuracy +2\/2 100 % \(34\.2-100\)/);
  expect(text).toMatch(/equal error rate, 3 utterances +0 % \(0-0\)/);
  expect(text).toMatch(/named rightly +1\/3 33\.3 % \(6\.1-79\.2\)/);
  expect(text).toMatch(/strangers’ pieces named +0\/2 0 % \(0-65\.8\)/);
  expect(text).not.toMatch(/four speakers and two strangers are needed/);
});

test('without halves or strangers the table says so and leaves their rows out', () => {
  const alone = { ...length, halves: null, naming: { ...naming, ofStrangers: [] } };
  const text = reportLines(report(alone)).join('\n');
  expect(text).toMatch(/four speakers and two strangers are needed/);
  expect(text).not.toMatch(/strangers’ pieces named|DIR/);
});

test('for programs there is what was listened to, then one object a way and length', () => {
  const objects = reportObjects(report(length, { ...length, seconds: 7 }));
  expect(objects).toHaveLength(3);
  expect(objects[0]).toEqual(expect.objectContaining({ seed: 7, leftOut: 1 }));
  expect(objects.slice(1)).toEqual([
    expect.objectContaining({ way: 'open-set', seconds: 3 }),
    expect.objectContaining({ way: 'open-set', seconds: 7 }),
  ]);
});

test('the chart has a distribution a length, whole within its paper', () => {
  const svg = scoreChart(chartRows([{ way: 'open-set', pipelineId: 'p', scored: [length, length] }]));
  expect(svg.match(/class="distribution"/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const width = Number(/width="(\d+)"/.exec(svg)?.[1]);
  for (const [, x] of svg.matchAll(/ x="([\d.]+)"/g)) expect(Number(x)).toBeLessThan(width);
});
