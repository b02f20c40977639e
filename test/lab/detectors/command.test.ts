import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { labReportSchema } from '../../../src/lab/report/document.ts';
import { vigil } from '../../cli/vigil.ts';

const demo = resolve(import.meta.dir, '../../../node_modules/@vladmandic/face-api/demo');
let folder: string;
let pictures: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-detectors-'));
  pictures = join(folder, 'pictures');
  await mkdir(join(pictures, 'again'), { recursive: true });
  const small = await sharp(join(demo, 'sample1.jpg')).resize(640).jpeg().toBuffer();
  await writeFile(join(pictures, 'Group, small.jpg'), small);
  await writeFile(join(pictures, 'again', 'copy.jpg'), small);
  await sharp({ create: { width: 120, height: 90, channels: 3, background: '#7a8' } })
    .png()
    .toFile(join(pictures, 'wall.png'));
  await writeFile(join(pictures, 'broken.jpg'), small.subarray(0, 900));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const lab = (...words: string[]) => vigil(['lab', 'detectors', '--state', join(folder, 'state'), ...words]);

describe('vigil lab detectors', () => {
  test('compares detectors on a folder, draws them side by side, and says what was wrong with it', async () => {
    const output = join(folder, 'report');
    const labels = join(folder, 'labels.csv');
    await writeFile(labels, 'file,count\n"Group, small.jpg",4\nwall.png,0\nelsewhere.jpg,3\n');
    const { exitCode, stdout, stderr } = await lab(
      ...['--input', pictures, '--labels', labels, '--detectors', 'hog,vigil', '--output', output, '--json'],
    );
    expect(stderr).toContain('report.html');
    expect(exitCode).toBe(0);
    const report = labReportSchema.parse(JSON.parse(stdout));
    const remarks = report.remarks.join('\n');
    expect(remarks).toMatch(/broken\.jpg was left out: .*cut off/);
    expect(remarks.match(/broken\.jpg was left out/g)).toHaveLength(1);
    expect(remarks).toContain('again/copy.jpg is the same file as Group, small.jpg');
    expect(remarks).toContain('Labelled, and not among the pictures: elsewhere.jpg');
    expect(remarks).toContain('Without a label, and so not scored: broken.jpg');
    expect(report.provenance.models.map(({ id }) => id)).toContain('dlib-frontal-hog');
    const hog = report.figures.find(({ detector, medianMs }) => detector === 'hog' && medianMs !== undefined);
    expect(hog).toMatchObject({ counted: { rightCount: { of: 2 } }, boxed: null });
    expect(hog?.peakMemoryBytes).toBeGreaterThan(30e6);
    expect((await readdir(output)).sort()).toEqual([
      '001-group-small.jpg',
      '003-wall.jpg',
      'report.html',
      'report.json',
      'report.md',
    ]);
    const sheet = await sharp(join(output, '001-group-small.jpg')).metadata();
    expect(sheet.width).toBeGreaterThan(2 * 500);
  }, 60_000);

  test.each([
    [['--input', 'EMPTY'], 2, 'there is no picture in this folder that can be read'],
    [['--input', 'NOWHERE'], 2, 'NOWHERE'],
    [[], 2, 'Give --input DIR'],
    [['--input', 'EMPTY', '--detectors', 'hogg'], 2, "no detector 'hogg' (did you mean 'hog'?)"],
    [['--input', 'EMPTY', '--detectors', 'resnet-ssd'], 2, '--ssd GRAPH,CONFIG'],
    [['--input', 'EMPTY', '--ssd', 'one-file'], 2, 'two files'],
    [['--input', 'EMPTY', '--ssd', 'no.pb,no.pbtxt'], 2, 'no.pb'],
    [['--input', 'EMPTY', '--labels', 'no.csv'], 2, 'no.csv'],
  ] as const)('%j ends with exit code %d and says why', async (words, code, message) => {
    const empty = join(folder, 'EMPTY');
    await mkdir(empty, { recursive: true });
    const given = words.map((word) => (/^[A-Z]+$/.test(word) ? join(folder, word) : word));
    const { exitCode, stderr } = await lab(...given, '--output', join(folder, 'nothing'));
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
  });

  test('a network that is none leaves that detector out and not the others; alone it ends the run', async () => {
    const graph = join(folder, 'graph.pb');
    await writeFile(graph, 'no network at all');
    const words = [
      '--input',
      pictures,
      '--ssd',
      `${graph},${graph}`,
      '--output',
      join(folder, 'without-ssd'),
    ];
    const withOthers = await lab(...words, '--detectors', 'resnet-ssd,hog');
    expect(withOthers.stdout).toContain('SSD ResNet-10 was left out: model resnet-ssd');
    expect(withOthers.exitCode).toBe(0);
    const alone = await lab(...words, '--detectors', 'resnet-ssd');
    expect(alone.stderr).toContain('is not OpenCV’s SSD face detector');
    expect(alone.exitCode).toBe(3);
  }, 60_000);
});
