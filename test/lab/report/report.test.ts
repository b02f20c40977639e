import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labReportSchema } from '../../../src/lab/report/document.ts';
import { htmlOf } from '../../../src/lab/report/html.ts';
import { linesOf } from '../../../src/lab/report/lines.ts';
import { markdownOf } from '../../../src/lab/report/markdown.ts';
import { plotSvg } from '../../../src/lab/report/plot/plot.ts';
import { hashOfHashes } from '../../../src/lab/report/provenance.ts';
import { prepareReportFolder, writeReport } from '../../../src/lab/report/write.ts';
import { samplePlots, sampleReport } from './sample.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-report-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hostile = '</script><img src=x onerror="alert(1)">';

describe('the page', () => {
  const html = htmlOf(sampleReport({ kind: 'text', text: hostile }));

  test('loads nothing, and its policy forbids it', () => {
    expect(html).toContain("default-src 'none'");
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses).not.toBeEmpty();
    expect(addresses.filter((address) => !address.startsWith('data:'))).toEqual([]);
    expect(html).not.toMatch(/url\(|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(html.match(/<script/g)).toHaveLength(2);
  });

  test('says the summary, every value with its interval, and where all of it comes from', () => {
    const text = html.replace(/<[^>]*>/g, '');
    expect(text).toContain('What it gets wrongOf 100 strangers one is given a name.');
    expect(text).toContain('1 % (0.3–2.9), 3 of 304');
    expect(text).toContain('12.4 (11–14)');
    expect(text).toContain(`SHA-256 ${'a'.repeat(64)}`);
    expect(text).toContain('a processor, 2 cores, 8.0 GiB');
  });

  test('shows what it is told as text and never as a tag', () => {
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&#60;img src=x');
  });

  test('fails loudly when a picture is named that is not there', () => {
    const { report } = sampleReport();
    expect(() => htmlOf({ report, pictures: new Map() })).toThrow('face-1.png');
  });
});

describe('a plot', () => {
  test.each(samplePlots.map((plot) => [plot.id, plot] as const))(
    '%s is whole and lies on its paper',
    (_, plot) => {
      const svg = plotSvg(plot);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      const [width, height] = [...svg.matchAll(/ (?:width|height)="(\d+)"/g)].map(([, px]) => Number(px));
      for (const [, x, y] of svg.matchAll(/translate\(([-\d.]+) ([-\d.]+)\)/g)) {
        expect(Number(x)).toBeWithin(0, width! + 1);
        expect(Number(y)).toBeWithin(0, height! + 1);
      }
      for (const path of svg.matchAll(/ d="M([\d.]+)[ ,]([\d.]+)/g))
        expect(Number(path[1])).toBeLessThanOrEqual(width!);
    },
  );

  test('without a point, or with all of them in one place, is drawn all the same', () => {
    for (const plot of samplePlots) {
      if (plot.form !== 'line') continue;
      const points = [{ x: 1, y: 1 }];
      expect(plotSvg({ ...plot, series: [] })).not.toMatch(/NaN|Infinity/);
      expect(plotSvg({ ...plot, series: [{ name: 'one', points }] })).not.toMatch(/NaN|Infinity/);
    }
  });

  test('on probit axes is symmetrical: rejects and accepts of the same share lie on the diagonal', () => {
    const det = samplePlots.find(({ id }) => id === 'det')!;
    if (det.form !== 'line') throw new Error('the sample has no DET plot');
    const shares = [0.002, 0.05, 0.2, 0.5];
    const svg = plotSvg({ ...det, series: [{ name: 'equal', points: shares.map((x) => ({ x, y: x })) }] });
    const diagonal = /class="rule" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/.exec(svg)!.slice(1).map(Number);
    const [x0, y0, x1, y1] = diagonal as [number, number, number, number];
    const marks = [
      ...svg.matchAll(/class="mark" transform="translate\(([\d.]+) ([\d.]+)\)" d="[^"]*"><title>/g),
    ];
    expect(marks).toHaveLength(shares.length);
    for (const [, x, y] of marks) {
      expect(y0 + ((Number(x) - x0) / (x1 - x0)) * (y1 - y0)).toBeCloseTo(Number(y), -0.5);
    }
  });
});

test('the Markdown has one line a row, and nothing said in it is taken for markup', () => {
  const markdown = markdownOf(sampleReport({ kind: 'text', text: 'a|b <b> *c*' }).report);
  expect(markdown).toContain('| embedding | 3/304 1 % (0.3–2.9) | 0.83 % (0.2–2) | 12.4 (11–14) |');
  expect(markdown).toContain('| &emsp;with a mask | none | – | 1235 |');
  expect(markdown).toContain('![DET](det.svg)');
  expect(markdown).toContain('a\\|b \\<b\\> \\*c\\*');
});

test('a terminal gets the tables in columns, then the summary and what should be known', () => {
  const lines = linesOf(sampleReport().report);
  const right = lines.findIndex((line) => line.startsWith('embedding'));
  expect(lines[right + 1]!.indexOf('none')).toBe(lines[right]!.indexOf('3/304'));
  expect(lines).toContain('What it gets wrong: Of 100 strangers one is given a name.');
  expect(lines).toContain('Note: Two pictures are the same.');
});

test('the hash of the data does not depend on the order of the files', () => {
  expect(hashOfHashes(['a', 'b'])).toBe(hashOfHashes(['b', 'a']));
  expect(hashOfHashes(['a', 'b'])).not.toBe(hashOfHashes(['a', 'a', 'b']));
});

describe('writing', () => {
  test('leaves the page, the document, the Markdown, every plot and every picture, and nothing else', async () => {
    const output = join(folder, 'a/b');
    const sample = sampleReport();
    expect(await writeReport(output, sample)).toBe(join(output, 'report.html'));
    expect(readdirSync(output).sort()).toEqual(
      [
        'face-1.png',
        'report.html',
        'report.json',
        'report.md',
        ...samplePlots.map(({ id }) => `${id}.svg`),
      ].sort(),
    );
    const json = JSON.parse(readFileSync(join(output, 'report.json'), 'utf8'));
    expect(labReportSchema.parse(json)).toEqual(sample.report);
  });

  test('takes away what only the earlier report had, and nothing that is not its own', async () => {
    const output = join(folder, 'again');
    const first = sampleReport();
    await writeReport(output, first);
    writeFileSync(join(output, 'notes.svg'), 'mine');
    const { report } = first;
    const anonymous = { ...report, sections: [{ title: 'Anonymous', blocks: [samplePlots[0]!] }] };
    await writeReport(output, { report: anonymous, pictures: new Map() });
    expect(readdirSync(output).sort()).toEqual(
      ['noise.svg', 'notes.svg', 'report.html', 'report.json', 'report.md'].sort(),
    );
  });

  test('that fails on the way leaves an earlier report as it was and no half file, and says what to do', async () => {
    const output = join(folder, 'torn');
    mkdirSync(output);
    writeFileSync(join(output, 'report.html'), 'earlier');
    const { report, pictures } = sampleReport();
    // A name that is too long for any disk fails as late as a full one.
    const pictureNames = new Map([...pictures, [`${'x'.repeat(300)}.png`, new Uint8Array(1)]]);
    const failure = await writeReport(output, { report, pictures: pictureNames }).catch(
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ name: 'InputError', message: expect.stringContaining('--output') });
    expect(readdirSync(output)).toEqual(['report.html']);
    expect(readFileSync(join(output, 'report.html'), 'utf8')).toBe('earlier');
  });

  test('that runs out of room in the middle of a file leaves no half of it', async () => {
    const output = join(folder, 'full');
    const write = `import { sampleReport } from '${join(import.meta.dir, 'sample.ts')}';
      import { writeReport } from '${join(import.meta.dir, '../../../src/lab/report/write.ts')}';
      process.on('SIGXFSZ', () => {});
      const failure = await writeReport('${output}', sampleReport()).catch((error) => error);
      console.log(failure.name, failure.message);`;
    // In blocks of 512 bytes: the pictures and plots fit, the page does not.
    const child = Bun.spawn(['sh', '-c', 'ulimit -f 24; exec "$0" -e "$1"', process.execPath, write], {
      stdout: 'pipe',
    });
    expect(await new Response(child.stdout).text()).toMatch(
      /^InputError .*larger than you may write.*--output/,
    );
    expect(readdirSync(output)).toEqual([]);
  });

  test.each([['/proc/nowhere'], ['/dev/null/report']])(
    'finds out before anything is measured that %s cannot be written',
    async (path) => {
      const failure = await prepareReportFolder(path).catch((error: Error) => error);
      expect(failure).toMatchObject({ name: 'InputError', message: expect.stringContaining(path) });
    },
  );
});
