import { resolve } from 'node:path';
import { machines } from '../../machines/index.ts';
import { chartOf } from '../charts/chart.ts';
import { CoverageCounter, coverageLines } from '../charts/coverage.ts';
import { tellPlace } from '../scenario/file-error.ts';
import { hostUrl, readToken } from '../scenario/host-connection.ts';
import { hostTarget } from '../scenario/host-target.ts';
import { loadScenarios } from '../scenario/load.ts';
import { spoken } from '../scenario/quantity.ts';
import { countOutcomes, exitCodeOf, type Outcome, type ScenarioResult } from '../scenario/result.ts';
import { ResultsFolder } from '../scenario/results-folder.ts';
import { readRig } from '../scenario/rig.ts';
import { features, type Scenario } from '../scenario/scenario.ts';
import { simTarget, simTargetOn } from '../scenario/sim-target.ts';
import { runScenarios } from '../scenario/suite.ts';
import type { Target } from '../scenario/target.ts';
import { type Command, type CommandGroup, type ExitCode, type Invocation, UsageError } from './command.ts';
import { askedForDone } from './confirm.ts';
import { paintFor } from './narrate.ts';
import { printJson, printLine } from './output.ts';

/** What is listed and run when no file is named. */
const library = resolve(import.meta.dir, '../../test/scenarios');

const runCommand: Command = {
  name: 'run',
  summary: 'run scenarios and say which passed',
  positionals: 'FILE…',
  options: {
    target: {
      value: 'TARGET',
      help: 'sim, or the address and port of a device that was started with vigil run --allow-test-doors',
      default: 'sim',
    },
    token: { value: 'FILE', help: 'the file with the token of that device; vigil run says where it is' },
    unattended: { help: 'nobody is there: scenarios in which a person has to do something are skipped' },
    rig: { value: 'FILE', help: 'what the bench has, in TOML or YAML' },
    output: { value: 'DIR', help: 'write JUnit XML, JSON and the trace of every scenario' },
    coverage: { help: 'say which states and transitions of the machines were reached by all of them' },
    json: { help: 'one JSON object a scenario' },
  },
  notes: [
    'FILE is a scenario in YAML or TypeScript, or a folder of them. docs/scenarios.md describes the steps.',
    '--coverage --json: one object more at the end, {coverage: […]}, a machine each.',
    'Exit code: 0 all passed or were skipped, 1 one failed, 2 a file is wrong, 3 the rig or a scenario is in error.',
  ].join('\n'),
  run,
};

const listCommand: Command = {
  name: 'list',
  summary: 'the scenarios, what they show and what they need',
  positionals: '[FILE…]',
  options: { json: { help: 'one JSON object a scenario' } },
  notes: [
    'Without FILE: the library of Vigil itself. A scenario may need:',
    ...Object.entries(features).map(([name, what]) => `  ${name.padEnd(14)} ${what}`),
  ].join('\n'),
  run: list,
};

export const command: CommandGroup = {
  name: 'scenario',
  summary: 'scripted tests of the whole device: run, list',
  commands: [runCommand, listCommand],
};

async function run({ options, positionals, signal }: Invocation): Promise<ExitCode> {
  if (positionals.length === 0) {
    throw new UsageError('name a scenario file or a folder of them: vigil scenario run FILE…');
  }
  const target = await targetOf(options, signal);
  const scenarios = await loadScenarios(positionals);
  const folder = typeof options.output === 'string' ? new ResultsFolder(options.output) : undefined;
  const widest = Math.max(...scenarios.map(({ name }) => name.length));
  const results: ScenarioResult[] = [];
  const coverage =
    options.coverage === true
      ? new CoverageCounter(Object.values(machines).map((machine) => chartOf(machine)))
      : undefined;
  try {
    await runScenarios(scenarios, target, {
      signal,
      onResult: (result, scenario) => {
        results.push(result);
        folder?.finish(scenario, result);
        if (options.json === true) printJson(result);
        else for (const line of tellResult(result, widest)) printLine(line);
      },
      onRecord: (scenario, record, boot) => {
        folder?.add(scenario, record, boot);
        coverage?.see(record);
      },
    });
  } finally {
    folder?.close(results);
  }
  if (coverage !== undefined) {
    if (options.json === true) printJson({ coverage: coverage.coverage() });
    else for (const line of coverageLines(coverage.coverage())) printLine(line);
  }
  if (options.json !== true) printLine(tellTotals(results));
  return exitCodeOf(results);
}

async function targetOf(options: Invocation['options'], signal: AbortSignal): Promise<Target> {
  const { target, token } = options;
  const rig = typeof options.rig === 'string' ? await readRig(options.rig) : null;
  if (target === 'sim') {
    if (token !== undefined)
      throw new UsageError('--token is for a device: name it with --target ADDRESS:PORT');
    return rig === null ? simTarget() : simTargetOn(rig);
  }
  const url = hostUrl(String(target));
  if (typeof token !== 'string') {
    throw new UsageError(
      `--target ${target}: name the file with its token with --token; vigil run says where it is`,
    );
  }
  const askPerson = options.unattended === true ? null : (what: string) => askedForDone(what, signal);
  return await hostTarget({ host: { url, token: await readToken(token) }, rig, askPerson });
}

async function list({ options, positionals }: Invocation): Promise<ExitCode> {
  const scenarios = await loadScenarios(positionals.length === 0 ? [library] : positionals);
  const widest = Math.max(...scenarios.map(({ name }) => name.length));
  for (const scenario of scenarios) {
    if (options.json === true) printJson(listed(scenario));
    else {
      const { name, about = '', shows, needs } = scenario;
      printLine(`${name.padEnd(widest)}  ${about}`);
      const marks = [
        ...(shows.length === 0 ? [] : [`shows ${shows.join(', ')}`]),
        `needs ${needs.join(', ')}`,
      ];
      printLine(`${' '.repeat(widest)}  ${marks.join('; ')}`);
    }
  }
  return 0;
}

function listed({ name, file, about, shows, needs, models, seed }: Scenario): object {
  return { name, file, about: about ?? null, shows, needs, models, seed };
}

const paint = paintFor(process.stdout);
const words: Readonly<Record<Outcome, string>> = {
  pass: paint.green('PASS '),
  fail: paint.red('FAIL '),
  skip: 'SKIP ',
  error: paint.red('ERROR'),
};

/** One line for the scenario; where it failed, what was expected where, what was seen, and how it came to it. */
function tellResult(result: ScenarioResult, widest: number): string[] {
  const { name, outcome, reason, failures, measurements, durationMs, tookMs } = result;
  const times = `${tellDuration(durationMs)} in ${(tookMs / 1_000).toFixed(2)} s`;
  const measured = measurements.map(
    ({ name: what, value, outcome: how }) =>
      `${what} ${value === null ? 'none' : spoken('Ms', value)}${how === 'pass' ? '' : ` (${how})`}`,
  );
  const head = `${words[outcome]} ${name.padEnd(widest)}`;
  if (outcome === 'skip' || outcome === 'error') return [`${head}  ${reason}`];
  const lines = [`${head}  ${[times, ...measured].join(', ')}`];
  for (const { place, step, atMs, expected, seen, trace } of failures) {
    const where = place === null ? 'at the end' : tellPlace(place);
    lines.push(
      `      ${where}: ${step}, at ${(atMs / 1_000).toFixed(3)} s`,
      `        expected: ${expected}`,
      `        seen:     ${seen}`,
      ...trace.map((line) => `        | ${line}`),
    );
  }
  return lines;
}

function tellTotals(results: readonly ScenarioResult[]): string {
  const { pass, fail, skip, error } = countOutcomes(results);
  return `${pass} passed, ${fail} failed, ${skip} skipped, ${error} in error`;
}

function tellDuration(ms: number): string {
  return ms < 3_600_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 3_600_000).toFixed(1)} h`;
}
