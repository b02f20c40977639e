import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labReportSchema } from '../../src/lab/report/document.ts';
import { vigil } from '../cli/vigil.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-speed-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('vigil lab speed measures every step here, and says that no peer is installed', async () => {
  const { exitCode, stdout } = await vigil(
    ['lab', 'speed', '--rounds', '2', '--json', '--output', join(folder, 'report')],
    { XDG_CACHE_HOME: folder },
  );
  expect(exitCode).toBe(0);
  const report = labReportSchema.parse(JSON.parse(stdout));
  const [measured] = report.figures as { faces: { stages: { ms: { median: number } }[] } }[];
  expect(measured!.faces.stages.map(({ ms }) => ms.median > 0 && ms.median < 1000)).toEqual(
    Array(7).fill(true),
  );
  expect(report.remarks.join(' ')).toContain('not installed');
  expect(readFileSync(join(folder, 'report/report.html'), 'utf8')).toContain(
    'Where the time of a first look goes',
  );
}, 120_000);
