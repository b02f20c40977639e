import { describe, expect, test } from 'bun:test';
import { type HilReport, hilJunit, takeLine } from '../../src/cli/hil-report.ts';
import { whyNoLab } from '../../src/cli/test-hil.ts';

function reportOf(...lines: string[]): HilReport {
  const report: HilReport = { proofs: [], measurements: [] };
  for (const line of lines) takeLine(report, line);
  return report;
}

describe('what a machine of the lab prints', () => {
  test('becomes proofs and measurements; the rest is a log', () => {
    const report = reportOf(
      '--- kill -9 while green (61.2 s)',
      '@pass a stranger does not|12.5',
      '@fail kill -9 while green|8.25|not within 8 s: the green line is low',
      '@measure longest green, by the kernel|2.004|s|5.0\r',
    );
    expect(report.proofs).toEqual([
      { name: 'a stranger does not', outcome: 'pass', seconds: 12.5, message: '' },
      {
        name: 'kill -9 while green',
        outcome: 'fail',
        seconds: 8.25,
        message: 'not within 8 s: the green line is low',
      },
    ]);
    expect(report.measurements).toEqual([
      { name: 'longest green, by the kernel', value: 2.004, unit: 's', most: 5 },
    ]);
  });

  test('that is cut off, or was no time, counts as nothing', () => {
    expect(reportOf('@pass', '@pass a|soon', '@fail a', ' @pass a|1', '@measure x').proofs).toEqual([]);
  });

  test('a failure always has a reason', () => {
    expect(reportOf('@fail a|1|').proofs[0]?.message).toBe('no reason given');
  });
});

test('the JUnit file counts, and says why in words that XML can hold', () => {
  const xml = hilJunit(reportOf('@pass a|1.5', '@fail b|2|"<5 s" & more', '@measure m|1|s|2'));
  expect(xml).toContain('tests="2" failures="1" time="3.500"');
  expect(xml).toContain('<failure message="&quot;&lt;5 s&quot; &amp; more"/>');
  expect(xml).toContain('<property name="measurement m" value="1 s (at most 2)"/>');
});

test('the lab says why it cannot be had elsewhere', () => {
  expect(whyNoLab('VERSION_CODENAME=jammy\n')).toMatch(/Debian 12|Linux x64/);
});
