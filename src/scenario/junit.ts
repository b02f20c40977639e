import { tellPlace } from './file-error.ts';
import { spoken } from './quantity.ts';
import { countOutcomes, type Failure, type ScenarioResult } from './result.ts';

/**
 * The results as JUnit XML, as continuous integration reads it: one test case a scenario, its measurements and
 * provenance as properties.
 */
export function junitXml(results: readonly ScenarioResult[]): string {
  const counts = countOutcomes(results);
  const seconds = results.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1_000;
  const totals = {
    tests: results.length,
    failures: counts.fail,
    errors: counts.error,
    skipped: counts.skip,
    time: seconds.toFixed(3),
  };
  const targets = [...new Set(results.map(({ provenance }) => provenance.target))].join(', ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: 'vigil scenario', ...totals })}>`,
    `  <testsuite${xmlAttributes({ name: targets, ...totals })}>`,
    ...results.flatMap(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(result: ScenarioResult): string[] {
  const { name, file, tookMs, outcome, reason, failures } = result;
  const time = (tookMs / 1_000).toFixed(3);
  const message = reason ?? '';
  return [
    `    <testcase${xmlAttributes({ name, classname: result.provenance.target, file, time })}>`,
    ...properties(result),
    ...(outcome === 'skip' ? [`      <skipped${xmlAttributes({ message })}/>`] : []),
    ...(outcome === 'error' ? [`      <error${xmlAttributes({ message, type: 'rig' })}/>`] : []),
    ...(outcome === 'fail' ? failures.map(failure) : []),
    '    </testcase>',
  ];
}

function failure({ place, step, expected, seen, trace }: Failure): string {
  const where = place === null ? step : `${tellPlace(place)}: ${step}`;
  const text = [where, `expected: ${expected}`, `seen: ${seen}`, ...trace].join('\n');
  return `      <failure${xmlAttributes({ message: `expected ${expected}; ${seen}`, type: 'expectation' })}>${escaped(text)}</failure>`;
}

function properties({ shows, measurements, traceHash, durationMs, provenance }: ScenarioResult): string[] {
  const { build, rig, seed, machine, models } = provenance;
  const values: [name: string, value: string][] = [
    ...shows.map((id): [string, string] => ['requirement', id]),
    ...measurements.map(({ name, value, outcome }): [string, string] => [
      `measurement ${name}`,
      `${value === null ? 'none' : spoken('Ms', value)} (${outcome})`,
    ]),
    ['duration', spoken('Ms', Math.round(durationMs))],
    ...(traceHash === null ? [] : [['trace sha256', traceHash] as [string, string]]),
    ['commit', build.commit ?? 'unknown'],
    ['build sha256', build.sha256],
    ['rig', rig],
    ['seed', String(seed)],
    ['machine', `${machine.system}, ${machine.processor}, bun ${machine.bun}`],
    ...Object.entries(models).map(([model, sha256]): [string, string] => [`model ${model}`, sha256]),
  ];
  return [
    '      <properties>',
    ...values.map(([name, value]) => `        <property${xmlAttributes({ name, value })}/>`),
    '      </properties>',
  ];
}

/** The values as attributes of an XML element, each with a space before it. */
export function xmlAttributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** XML 1.0 has no place for other control characters, however they are written. */
function escaped(text: string): string {
  const clean = text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
  return clean.replace(/[&<>"\n\r\t]/g, (character) => entities[character] ?? character);
}
