import { xmlAttributes } from '../scenario/junit.ts';

/** What became of one proof of the hardware lab. */
export interface Proof {
  readonly name: string;
  readonly outcome: 'pass' | 'fail';
  /** By the clock of the machine that it ran on. */
  readonly seconds: number;
  /** Why it failed; empty where it passed. */
  readonly message: string;
}

/** A number that the lab measured, with the most that it may be. */
export interface HilMeasurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly most: number;
}

export interface HilReport {
  readonly proofs: Proof[];
  readonly measurements: HilMeasurement[];
}

/**
 * Takes one line of what a machine of the lab prints into the report, when it is meant for it: `@pass NAME|SECONDS`,
 * `@fail NAME|SECONDS|MESSAGE`, `@measure NAME|VALUE|UNIT|MOST` (test/hil/lab/guest/proof.sh). Any other line is a log.
 */
export function takeLine(report: HilReport, line: string): void {
  const [, kind, name = '', second = '', third = '', fourth = ''] =
    /^@(pass|fail|measure) ([^|]*)\|([^|]*)(?:\|([^|]*))?(?:\|(.*))?$/.exec(line.trimEnd()) ?? [];
  if (kind === undefined || !Number.isFinite(Number(second))) return;
  if (kind === 'measure') {
    report.measurements.push({ name, value: Number(second), unit: third, most: Number(fourth) });
  } else {
    const message = kind === 'fail' ? third || 'no reason given' : '';
    report.proofs.push({
      name,
      outcome: kind === 'fail' ? 'fail' : 'pass',
      seconds: Number(second),
      message,
    });
  }
}

/** The report as JUnit XML: one test case a proof, the measurements as properties. */
export function hilJunit({ proofs, measurements }: HilReport): string {
  const totals = {
    name: 'hardware lab',
    tests: proofs.length,
    failures: proofs.filter(({ outcome }) => outcome === 'fail').length,
    time: proofs.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes(totals)}>`,
    `  <testsuite${xmlAttributes(totals)}>`,
    '    <properties>',
    ...measurements.map(({ name, value, unit, most }) => {
      const said = { name: `measurement ${name}`, value: `${value} ${unit} (at most ${most})` };
      return `      <property${xmlAttributes(said)}/>`;
    }),
    '    </properties>',
    ...proofs.flatMap(({ name, outcome, seconds, message }) => {
      const head = `    <testcase${xmlAttributes({ name, classname: 'hil', time: seconds.toFixed(3) })}`;
      if (outcome === 'pass') return [`${head}/>`];
      return [`${head}>`, `      <failure${xmlAttributes({ message })}/>`, '    </testcase>'];
    }),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
