import { expect, test } from 'bun:test';
import { parseLabels } from '../../../src/lab/detectors/labels.ts';
import type { MeasuredDetector } from '../../../src/lab/detectors/measure.ts';
import { detectorsReport } from '../../../src/lab/detectors/report.ts';
import { labReportSchema } from '../../../src/lab/report/document.ts';
import { linesOf } from '../../../src/lab/report/lines.ts';
import { machineHere, versionsHere } from '../../../src/lab/report/provenance.ts';

const run = {
  date: '2026-01-02T03:04:05Z',
  command: 'vigil lab detectors',
  versions: versionsHere(),
  machine: machineHere(),
};
const pictures = ['a.jpg', 'b.jpg'].map((file) => ({ path: `/in/${file}`, file, sha256: 'a'.repeat(64) }));
const labels = parseLabels('file,x,y,width,height\na.jpg,0,0,10,10\na.jpg,50,0,10,10\nb.jpg,,,,\n', 'l.csv');

/** A detector that found squares of 10 px at these places, picture by picture. */
function detector(title: string, places: readonly number[][]): Extract<MeasuredDetector, { run: object }> {
  return {
    ...{ id: title.toLowerCase(), title, models: [], choice: { kind: 'viola-jones' } },
    run: {
      peakMemoryBytes: 1e8,
      looks: places.map((own) => ({
        kind: 'looked',
        faces: own.map((x) => ({ box: { x, y: 0, width: 10, height: 10 }, score: null })),
        ...{ widthPx: 100, heightPx: 50, originalWidthPx: 100, processorMs: 12 },
      })),
    },
  };
}

const { run: _, ...gone } = detector('Gone', []);
const detectors: MeasuredDetector[] = [
  detector('Wild', [[0, 50, 80], [30]]),
  detector('Careful', [[0, 50], []]),
  { ...gone, problem: 'its file is missing' },
];

test('with labelled boxes the report ranks by precision and recall, and says what was left out', () => {
  const report = labReportSchema.parse(
    detectorsReport({ pictures, labels, detectors, sheets: new Map(), remarks: [] }, run),
  );
  expect(report.summary.method).toBe('Best in precision and recall together: Careful.');
  expect(report.summary.mistakes).toBe('Careful misses 0 of 2 faces, and 0 of its 2 boxes are on none.');
  expect(report.remarks).toEqual(['Gone was left out: its file is missing']);
  const text = linesOf(report).join('\n');
  expect(text).toMatch(/Wild +4 +2 +0\/2 .* 2\/4 50 % .* 2\/2 100 %/);
});

test('without labels it claims nothing', () => {
  const report = detectorsReport(
    { pictures, labels: undefined, detectors, sheets: new Map(), remarks: [] },
    run,
  );
  expect(report.summary.method).toContain('nothing says which detector is better');
  expect(report.sections[0]?.blocks[0]).toMatchObject({
    columns: [{ label: 'detector' }, { label: 'boxes' }, {}, {}, {}],
  });
});
