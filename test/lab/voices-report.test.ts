import { expect, test } from 'bun:test';
import { rateOf } from '../../src/decide/rate.ts';
import { labReportSchema } from '../../src/lab/report/document.ts';
import { linesOf } from '../../src/lab/report/lines.ts';
import { figuresOf, noScore, type ScoredLength, type ScoredPiece } from '../../src/lab/voices-figures.ts';
import { voicesReport } from '../../src/lab/voices-report.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';

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

const model = (await readManifest({ shippedDir: shippedModelsDir, addedDir: '/nowhere' })).voiceEmbedder();

function report(...lengths: readonly ScoredLength[]) {
  const measured = {
    seed: 7,
    speakers: { people: 2, recordings: 3, seconds: 9 },
    strangers: { people: 2, recordings: 2, seconds: 6 },
    leftOut: 1,
    sha256s: ['a', 'b'],
    ways: [
      {
        way: 'open-set' as const,
        pipelineId: 'p',
        scored: lengths,
        lengths: lengths.map((each) => figuresOf(each, Math.random)),
      },
    ],
    learning: {
      seconds: 3,
      steps: [
        {
          recordings: 1,
          learntS: 9.4,
          network: rateOf(1, 4),
          nearestNeighbours: rateOf(2, 4),
          supportVectors: rateOf(3, 4),
          embedding: rateOf(4, 4),
        },
      ],
    },
    plane: { seconds: 1.6, spokenBy: ['ann', null], plane: Float64Array.of(1, 2, 3, 4.00049) },
  };
  const machine = { cpu: 'c', cores: 2, memoryBytes: 2 ** 30, system: 's' };
  return labReportSchema.parse(
    voicesReport(measured, model, { date: '2026-01-01T00:00:00Z', command: 'vigil', versions: {}, machine }),
  );
}

test('the table has every rate with its counts and interval, and tells what was left out', () => {
  const text = linesOf(report(length)).join('\n');
  expect(text).toMatch(/3 recordings of 2 speakers \(9 s\), 2 recordings of 2 strangers \(6 s\)/);
  expect(text).toMatch(/1 more recordings have too little speech/);
  expect(text).toMatch(/pieces with too little speech +1$/m);
  expect(text).toMatch(/closed-set accuracy +2\/2 100 % \(34\.2–100\)/);
  expect(text).toMatch(/equal error rate, 3 utterances +0 % \(0–0\)/);
  expect(text).toMatch(/named rightly +1\/3 33\.3 % \(6\.1–79\.2\)/);
  expect(text).toMatch(/strangers’ pieces named +0\/2 0 % \(0–65\.8\)/);
  expect(text).not.toMatch(/four speakers and two strangers are needed/);
});

test('the summary says at which threshold who gets a wrong name and who none', () => {
  const { threshold, mistakes } = report(length).summary;
  expect(threshold).toBe('0.84 for 3 s; a second person at least 0.05 lower');
  expect(mistakes).toContain(
    'of 3 pieces of enrolled people 2 stay without a name and 0 get somebody else’s',
  );
  expect(mistakes).toContain('0 of 2 of strangers are given a name (between 0 and 65.8 %)');
});

test('without halves or strangers the table says so and leaves their rows out', () => {
  const alone = { ...length, halves: null, naming: { ...naming, ofStrangers: [] } };
  const text = linesOf(report(alone)).join('\n');
  expect(text).toMatch(/four speakers and two strangers are needed/);
  expect(text).not.toMatch(/strangers’ pieces named|DIR/);
});

test('for programs there is what was listened to, then one object a way and length', () => {
  const { figures } = report(length, { ...length, seconds: 7 });
  expect(figures).toHaveLength(3);
  expect(figures[0]).toEqual(expect.objectContaining({ seed: 7, leftOut: 1 }));
  expect(figures.slice(1)).toEqual([
    expect.objectContaining({ way: 'open-set', seconds: 3 }),
    expect.objectContaining({ way: 'open-set', seconds: 7 }),
  ]);
});

test('a plot a length shows every piece with the threshold, one that could not be compared at the left', () => {
  const plots = report(length, { ...length, seconds: 7 }).sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'plot' && block.form === 'histogram' ? [block] : [])),
  );
  expect(plots.map(({ id }) => id)).toEqual(['open-set-3-s', 'open-set-7-s']);
  const [known, strangers] = plots[0]!.series.map(({ bins }) => bins.map(({ count }) => count));
  expect(known!.reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(known![0]).toBe(1);
  expect(strangers![0]).toBe(1);
  expect(plots[0]!.rules.map(({ at }) => at)).toEqual([0.84]);
});

test('the plane has a point a piece: speakers by name, strangers by none', () => {
  const plots = report(length).sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'plot' && block.form === 'scatter' ? [block] : [])),
  );
  expect(plots.map(({ title }) => title)).toEqual(['Pieces of 1.6 s of speech, t-SNE']);
  expect(plots[0]!.points).toEqual([
    { x: 1, y: 2, group: 'ann', shape: 'enrolled', label: 'ann' },
    { x: 3, y: 4, group: 'strangers', shape: 'stranger', label: 'a stranger' },
  ]);
});

test('the three classifiers and the embedding stand in one table, by how much sound was learnt', () => {
  const section = report(length).sections.find(({ title }) => title === 'How much sound has to be learnt');
  expect(section?.blocks.map(({ kind }) => kind)).toEqual(['table', 'plot']);
  const lines = linesOf(report(length));
  const row = lines.find((line) => /^ *1 +9 /.test(line));
  expect(row).toMatch(/4\/4 100 %.*1\/4 25 %.*2\/4 50 %.*3\/4 75 %/);
});
