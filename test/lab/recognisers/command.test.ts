import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { command as lab } from '../../../src/cli/lab.ts';
import { type LabReport, labReportSchema } from '../../../src/lab/report/document.ts';
import { type Ran, runCommand } from '../../cli/run-command.ts';
import { writeDemoPeople } from '../demo-people.ts';

/** Loading the networks takes seconds on a machine that is busy. */
const slowMs = 60_000;
let folder: string;
let dataset: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-lab-recognisers-'));
  dataset = join(folder, 'people');
  process.env.VIGIL_CACHE = join(folder, 'cache');
  await writeDemoPeople(dataset, 6, 4);
});

afterAll(() => {
  delete process.env.VIGIL_CACHE;
  rmSync(folder, { recursive: true, force: true });
});

function runOn(pictures: string, output = 'report'): Promise<Ran> {
  const words = ['recognisers', '--dataset', pictures, '--state', join(folder, 'state')];
  return runCommand(lab, [...words, '--output', join(folder, output), '--json']);
}

async function reportOn(pictures: string, output = 'report'): Promise<LabReport> {
  const ran = await runOn(pictures, output);
  expect(ran.err).toContain('Written: ');
  return labReportSchema.parse(JSON.parse(ran.out));
}

const rate = z.object({ count: z.int(), of: z.int() });
const naming = z.object({ namedRightly: rate, namedWrongly: rate, strangersNamed: rate });
const figuresSchema = z.object({
  ...{ each: z.int(), id: z.string(), closedSet: rate, atOwn: naming, atFitted: naming.nullable() },
  ...{ trainMs: z.number(), answerMs: z.number(), sizeBytes: z.int(), networkBytes: z.int() },
});

describe('vigil lab recognisers', () => {
  test(
    'tries every method on the same folds, and says what could not be tried',
    async () => {
      const report = await reportOn(dataset);
      const figures = report.figures.slice(1).map((one) => figuresSchema.parse(one));
      const methods = (each: number) => figures.filter((one) => one.each === each).map(({ id }) => id);
      const old = ['eigenfaces', 'fisherfaces', 'lbph'];
      const every = [...old, ...old.map((id) => `${id}-aligned`), 'face128'];
      expect(methods(2)).toEqual(every);
      expect(methods(1)).toEqual(every.filter((id) => !id.startsWith('fisherfaces')));
      expect(JSON.stringify(report.sections)).toContain('Fisherfaces needs a second picture of somebody');
      for (const each of [1, 2]) {
        const own = figures.filter((one) => one.each === each);
        // The same folds: as many faces of enrolled people and of strangers.
        expect(
          new Set(own.map(({ closedSet, atOwn }) => `${closedSet.of} ${atOwn.strangersNamed.of}`)).size,
        ).toBe(1);
        const embedding = own.find(({ id }) => id === 'face128')!;
        expect(embedding.closedSet.count).toBe(embedding.closedSet.of);
        expect(embedding.networkBytes).toBeGreaterThan(1e6);
      }
      const remarks = report.remarks.join('\n');
      expect(remarks).toContain('5 pictures a person: not measured');
      expect(remarks).toContain('10 pictures a person: not measured');
      expect(remarks).toContain('pictures of strangers one in a hundred is none');
      expect(report.summary.amount).toStartWith('24 pictures of 6 people');
    },
    slowMs,
  );

  test(
    'leaves out what is no picture, shows no face, or lies there twice, and says so',
    async () => {
      const odd = join(folder, 'odd');
      cpSync(dataset, odd, { recursive: true });
      writeFileSync(join(odd, 'P01/notes.txt'), 'no picture');
      copyFileSync(join(odd, 'P01/a.jpg'), join(odd, 'P02/of-p01.jpg'));
      copyFileSync(join(odd, 'P03/a.jpg'), join(odd, 'P03/again.jpg'));
      const smaller = (from: string, to: string) =>
        sharp(join(odd, from)).resize(120).jpeg({ quality: 60 }).toFile(join(odd, to));
      await smaller('P04/a.jpg', 'P04/smaller.jpg');
      await smaller('P05/a.jpg', 'P06/of-p05.jpg');
      const grey = sharp({ create: { width: 200, height: 200, channels: 3, background: '#777' } });
      await grey.jpeg().toFile(join(odd, 'P06/grey.jpg'));
      mkdirSync(join(odd, 'Nobody'));
      const report = await reportOn(odd, 'odd-report');
      const remarks = report.remarks.join('\n');
      for (const said of [
        '1 file: cannot be read (',
        '1 file: no face was found (',
        '2 files: the same picture under several names, left out of all (',
        '1 file: the same picture of somebody again, counted once (',
        '2 files: nearly the same picture under several names, left out of all (',
        '1 file: nearly the same picture of somebody again, counted once (',
      ]) {
        expect(remarks).toContain(said);
      }
      expect(report.figures[0]).toMatchObject({ people: 6, pictures: 22, undetected: 1 });
    },
    slowMs,
  );

  test(
    'refuses an empty folder, one person and one picture with exit code 2',
    async () => {
      const empty = join(folder, 'empty');
      mkdirSync(join(empty, 'Ann'), { recursive: true });
      const onePerson = join(folder, 'one-person');
      cpSync(join(dataset, 'P01'), join(onePerson, 'P01'), { recursive: true });
      const onePicture = join(folder, 'one-picture');
      mkdirSync(join(onePicture, 'P01'), { recursive: true });
      copyFileSync(join(dataset, 'P01/a.jpg'), join(onePicture, 'P01/a.jpg'));
      for (const [pictures, says] of [
        [empty, 'there is no picture of anybody'],
        [onePerson, 'There is only one person with a face'],
        [onePicture, 'There is only one person with a face'],
        [join(folder, 'nowhere'), 'nowhere'],
      ] as const) {
        const ran = await runOn(pictures, 'refused');
        expect(ran.err).toContain(says);
        expect([ran.exitCode, ran.out]).toEqual([2, '']);
      }
    },
    slowMs,
  );
});
