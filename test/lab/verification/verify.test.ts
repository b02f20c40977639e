import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { command as lab } from '../../../src/cli/lab.ts';
import { type LabReport, labReportSchema } from '../../../src/lab/report/document.ts';
import { type Ran, runCommand } from '../../cli/run-command.ts';
import { writeDemoPeople } from '../demo-people.ts';

const people = 11;
/** Loading the networks twice takes seconds on a machine that is busy. */
const slowMs = 60_000;
const nameOf = (person: number) => `P${String(person + 1).padStart(2, '0')}`;
let folder: string;
let images: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-lab-verify-'));
  images = join(folder, 'images');
  process.env.VIGIL_CACHE = join(folder, 'cache');
  await writeDemoPeople(images, people, 2);
});

afterAll(() => {
  delete process.env.VIGIL_CACHE;
  rmSync(folder, { recursive: true, force: true });
});

/** Each person once as one and once as two: eleven pairs of each kind. */
function pairLines(): string[] {
  return Array.from({ length: people }, (_, i) => [
    `${nameOf(i)}/a.jpg,${nameOf(i)}/b.jpg,1`,
    `${nameOf(i)}/a.jpg,${nameOf((i + 1) % people)}/b.jpg,0`,
  ]).flat();
}

async function runVerify(lines: readonly string[], output: string): Promise<Ran> {
  const list = join(folder, 'pairs.csv');
  writeFileSync(list, lines.join('\n'));
  const words = ['verify', '--pairs', list, '--images', images, '--state', join(folder, 'state')];
  return await runCommand(lab, [...words, '--output', join(folder, output), '--json']);
}

async function reportOn(lines: readonly string[], output = 'report'): Promise<LabReport> {
  const ran = await runVerify(lines, output);
  expect(ran.err).toContain('Written: ');
  expect(ran.exitCode).toBe(0);
  return labReportSchema.parse(JSON.parse(ran.out));
}

const figuresSchema = z.object({
  model: z.literal('face128'),
  undetected: z.object({ count: z.int(), of: z.int() }),
  pairsWithoutFace: z.int(),
  accuracy: z.object({ mean: z.number(), thresholds: z.array(z.number()).length(10) }).nullable(),
  equalError: z.object({ rate: z.number(), low: z.number(), high: z.number() }),
  falseReject: z.array(z.object({ rate: z.number() })).length(2),
});
const figuresOf = (report: LabReport) => figuresSchema.parse(report.figures[1]);

/** A photograph beside another one, and one of nothing. */
async function writeOddPictures(): Promise<void> {
  const grey = sharp({ create: { width: 200, height: 200, channels: 3, background: '#777' } });
  await grey.jpeg().toFile(join(images, 'grey.jpg'));
  const beside = await sharp(join(images, 'P02/a.jpg')).resize(200, 200).toBuffer();
  await sharp(join(images, 'P01/a.jpg'))
    .resize(200, 200)
    .extend({ right: 220, background: '#777' })
    .composite([{ input: beside, left: 220, top: 0 }])
    .toFile(join(images, 'two.jpg'));
}

describe('vigil lab verify', () => {
  test(
    'measures pairs of faces, counts pictures without a face, and writes a page with the curves',
    async () => {
      await writeOddPictures();
      const odd = ['P01/a.jpg,grey.jpg,1', 'P03/a.jpg,two.jpg,0'];
      const report = await reportOn(['a,b,same', ...pairLines(), ...odd]);
      const { accuracy, equalError, falseReject, ...rest } = figuresOf(report);
      expect(report.figures[0]).toMatchObject({ same: 12, different: 12, pictures: 24 });
      expect(accuracy!.mean).toBeGreaterThan(0.75);
      // The pair without a face is refused at every threshold.
      expect(equalError.rate).toBeWithin(0.04, 0.2);
      expect(equalError.high).toBeGreaterThanOrEqual(equalError.rate);
      expect(falseReject[0]!.rate).toBeGreaterThanOrEqual(1 / 12);
      expect(rest).toMatchObject({ undetected: { count: 1, of: 24 }, pairsWithoutFace: 1 });
      expect(report.remarks).toContain(
        '1 picture with several faces: the one nearest to the middle was compared.',
      );
      expect(report.provenance.data).toMatchObject([{ what: 'pictures', files: 24 }]);
      const plots = ['roc.svg', 'det.svg', 'distances-face128.svg'];
      for (const file of ['report.html', 'report.json', 'report.md', ...plots]) {
        expect(existsSync(join(folder, 'report', file))).toBe(true);
      }
    },
    slowMs,
  );

  test(
    'leaves out pairs whose picture is missing or broken, and says when one picture has two names',
    async () => {
      writeFileSync(join(images, 'broken.jpg'), 'no picture');
      mkdirSync(join(images, 'P98'), { recursive: true });
      copyFileSync(join(images, 'P01/a.jpg'), join(images, 'P98/same-file.jpg'));
      const small = sharp(join(images, 'P01/a.jpg')).resize(90).jpeg({ quality: 50 });
      await small.toFile(join(images, 'P98/smaller.jpg'));
      const report = await reportOn(
        [
          ...pairLines(),
          'P98/same-file.jpg,P98/smaller.jpg,1',
          'P01/a.jpg,P98/same-file.jpg,0',
          'P01/a.jpg,gone.jpg,1',
          'broken.jpg,P01/a.jpg,0',
        ],
        'odd',
      );
      expect(report.figures[0]).toMatchObject({ same: 12, different: 12 });
      const remarks = report.remarks.join('\n');
      for (const said of [
        '2 pairs left out, because 2 pictures cannot be read: lines 25, 26. The first: ',
        'gone.jpg: it is not there',
        '1 pair of one picture and a copy of it, which is no test of anything: line 23.',
        '1 pair said to show two people, of one picture and a copy of it: line 24.',
        '3 times one picture lies there under two names (1 as the same file, the rest by their look); ',
        'of them stand in different folds',
        'people are in more than one',
      ]) {
        expect(remarks).toContain(said);
      }
    },
    slowMs,
  );

  test(
    'measures no accuracy by folds of few pairs, and says so',
    async () => {
      const report = await reportOn(pairLines().slice(0, 6), 'few');
      expect(figuresOf(report).accuracy).toBeNull();
      expect(report.remarks.join('\n')).toContain('There are fewer than ten pairs of a kind');
      expect(report.remarks.join('\n')).toContain(
        'With 3 pairs of two people a false accept rate of 0.1 % means that none',
      );
    },
    slowMs,
  );

  test.each([
    {
      what: 'a malformed line',
      lines: ['P01/a.jpg,P01/b.jpg'],
      says: 'pairs.csv:1: 2 fields where three are needed',
    },
    { what: 'an empty list', lines: [], says: 'there is no pair in it' },
    {
      what: 'pairs of one kind only',
      lines: ['P01/a.jpg,P01/b.jpg,1'],
      says: 'There is no pair of two people',
    },
    {
      what: 'none of the pictures',
      lines: ['x/a.jpg,y/b.jpg,0'],
      says: 'Is --images the folder that the names begin in?',
    },
  ])(
    'refuses $what with exit code 2',
    async ({ lines, says }) => {
      const ran = await runVerify(lines, 'refused');
      expect(ran.err).toContain(says);
      expect([ran.exitCode, ran.out]).toEqual([2, '']);
    },
    slowMs,
  );
});
