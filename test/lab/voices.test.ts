import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { labReportSchema } from '../../src/lab/report/document.ts';
import { vigil } from '../cli/vigil.ts';

const demoVoices = resolve(import.meta.dir, '../../demo/voices');
let folder: string;

/** The generated voices of demo/voices, laid out as the lab wants them. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-lab-'));
  for (const set of ['train', 'validation', 'strangers']) {
    for (const file of readdirSync(join(demoVoices, set))) {
      const person = basename(file, '.flac').slice(0, -1);
      const to = join(folder, set === 'strangers' ? set : 'speakers', person);
      mkdirSync(to, { recursive: true });
      cpSync(join(demoVoices, set, file), join(to, `${set}-${file}`));
    }
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rate = z.strictObject({ count: z.int(), of: z.int(), low: z.number(), high: z.number() });
const naming = {
  namedRightly: rate,
  namedWrongly: rate,
  strangerPieces: rate,
  strangers: rate,
};
const figures = z.strictObject({
  way: z.enum(['open-set', 'trained', 'open-set-as-trained']),
  pipelineId: z.string(),
  seconds: z.number(),
  speakerPieces: z.int(),
  strangerPieces: z.int(),
  strangers: z.int(),
  tooLittleSpeech: z.int(),
  closedSet: rate,
  verification: z.array(
    z.strictObject({
      recordings: z.int().nullable(),
      equalErrorRate: z.number(),
      low: z.number(),
      high: z.number(),
      genuineTrials: z.int(),
      impostorTrials: z.int(),
    }),
  ),
  rule: z.strictObject({ threshold: z.number(), margin: z.number() }),
  atDefault: z.strictObject(naming),
  atFitted: z.strictObject({ ...naming, thresholds: z.tuple([z.number(), z.number()]) }).nullable(),
});

const learningSchema = z.object({
  steps: z.array(
    z.object({
      recordings: z.int(),
      learntS: z.number().positive(),
      network: rate,
      nearestNeighbours: rate,
      supportVectors: rate,
      embedding: rate,
    }),
  ),
});

describe('vigil lab voices', () => {
  test('tells generated voices apart, and writes what it found', async () => {
    const output = join(folder, 'report');
    const { exitCode, stdout, stderr } = await vigil([
      ...['lab', 'voices', '--data', folder, '--seconds', '3', '--output', output, '--json'],
    ]);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('report.html')]);
    const report = labReportSchema.parse(JSON.parse(stdout));
    const [listened, ...measured] = report.figures;
    expect(listened).toMatchObject({
      seed: 1,
      speakers: { people: 3, recordings: 15 },
      strangers: { people: 2, recordings: 4 },
      leftOut: 0,
    });
    const { steps } = learningSchema.parse(listened?.learning);
    expect(steps.map(({ recordings }) => recordings)).toEqual([1, 2]);
    // More sound of a speaker, more pieces told apart; the embedding needs one recording.
    expect(steps.map(({ embedding }) => embedding.count / embedding.of)).toEqual([1, 1]);
    expect(steps.at(-1)!.network.count).toBeGreaterThanOrEqual(steps[0]!.network.count);
    expect(new Set(steps.flatMap(({ network, embedding }) => [network.of, embedding.of])).size).toBe(1);
    const all = measured.map((one) => figures.parse(one));
    expect(all.map(({ way }) => way)).toEqual(['open-set', 'trained', 'open-set-as-trained']);
    const [openSet, trained, asTrained] = all;
    expect(openSet).toMatchObject({ way: 'open-set', seconds: 3, strangers: 2, atFitted: null });
    expect(openSet!.rule.threshold).toBeCloseTo(0.84, 6);
    expect(openSet!.closedSet.count).toBe(openSet!.closedSet.of);
    expect(openSet!.atDefault.strangerPieces.count).toBe(0);
    // The same pieces for both; that the network names strangers is what it is replaced for.
    expect(asTrained!.speakerPieces).toBe(trained!.speakerPieces);
    expect(asTrained!.strangerPieces).toBe(trained!.strangerPieces);
    expect(trained!.rule).toEqual({ threshold: 0.95, margin: 0 });
    expect(trained!.closedSet.count / trained!.closedSet.of).toBeGreaterThan(0.8);
    expect(trained!.atDefault.strangerPieces.count).toBeGreaterThan(
      asTrained!.atDefault.strangerPieces.count,
    );
    expect(JSON.parse(readFileSync(join(output, 'report.json'), 'utf8'))).toEqual(JSON.parse(stdout));
    expect(readFileSync(join(output, 'open-set-3-s.svg'), 'utf8')).toStartWith('<svg');
    expect(readFileSync(join(output, 'tsne.svg'), 'utf8')).toStartWith('<svg');
    expect(report.provenance.data).toEqual([
      { what: 'recordings, as sound', files: 19, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  }, 120_000);

  test('refuses lengths for which the recordings are too short', async () => {
    const { exitCode, stderr } = await vigil([
      ...['lab', 'voices', '--data', folder, '--seconds', '30', '--output', join(folder, 'report')],
    ]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('too short for pieces of 30 s')]);
  }, 30_000);

  test.each([
    [[], /--data DIR/],
    [['--data', '/nowhere'], /nowhere is not there/],
    [['--data', demoVoices], /laid out for training/],
    [['--data', '.', '--seconds', '1'], /from 1\.6 to 60/],
    [['--data', '.', '--seed', 'x'], /whole number/],
  ])('refuses %p with exit code 2', async (args, message) => {
    const { exitCode, stderr, stdout } = await vigil(['lab', 'voices', ...args]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test('refuses a recording that cannot be read, and one that is there twice', async () => {
    const output = join(folder, 'report');
    const broken = join(folder, 'speakers/Ana/broken.wav');
    await Bun.write(broken, 'no sound');
    const unread = await vigil(['lab', 'voices', '--data', folder, '--output', output]);
    rmSync(broken);
    expect([unread.exitCode, unread.stderr]).toEqual([2, expect.stringContaining('broken.wav')]);

    const copy = join(folder, 'speakers/Bea/copy.flac');
    cpSync(join(folder, 'speakers/Ana/train-Ana1.flac'), copy);
    const twice = await vigil(['lab', 'voices', '--data', folder, '--output', output]);
    rmSync(copy);
    expect([twice.exitCode, twice.stderr]).toEqual([2, expect.stringContaining('the same recording')]);
  });
});
