import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../runtime/input-error.ts';
import { type TraceRecord, traceLine } from '../trace/record.ts';
import { junitXml } from './junit.ts';
import { countOutcomes, type ScenarioResult } from './result.ts';
import type { Scenario } from './scenario.ts';

/** Written at once. */
const chunkCharacters = 1_000_000;
/** A full file is set aside as FILE.1, over the one before: a scenario of weeks leaves at most twice this. */
const mostTraceBytes = 50_000_000;

interface OpenTrace {
  readonly scenario: Scenario;
  readonly boot: number;
  readonly path: string;
  file: number;
  bytes: number;
}

/**
 * A folder for the results of one run: `junit.xml`, `results.json`, and for each scenario a folder with `result.json`
 * and the trace of every boot. Virtual time leaves no turn of the loop to wait for a disk, so it is written at once.
 */
export class ResultsFolder {
  readonly #path: string;
  readonly #names = new Map<Scenario, string>();
  #trace: OpenTrace | undefined;
  #unwritten: string[] = [];
  #unwrittenCharacters = 0;

  readonly #mostTraceBytes: number;

  /** Throws InputError when the folder cannot be made. */
  constructor(path: string, traceBytes = mostTraceBytes) {
    this.#path = path;
    this.#mostTraceBytes = traceBytes;
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw new InputError(`--output ${path}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Takes the next record of a scenario's trace. */
  add(scenario: Scenario, record: TraceRecord, boot: number): void {
    const open = this.#trace;
    if (open === undefined || open.scenario !== scenario || open.boot !== boot) {
      this.#closeTrace();
      const path = join(this.#folderOf(scenario), `trace-${boot}.ndjson`);
      this.#trace = { scenario, boot, path, file: openSync(path, 'w', 0o600), bytes: 0 };
    }
    const line = `${traceLine(record)}\n`;
    this.#unwritten.push(line);
    this.#unwrittenCharacters += line.length;
    if (this.#unwrittenCharacters > chunkCharacters) this.#write();
  }

  /** A scenario is over. */
  finish(scenario: Scenario, result: ScenarioResult): void {
    this.#closeTrace();
    writeFileSync(join(this.#folderOf(scenario), 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  }

  /** All are over. */
  close(results: readonly ScenarioResult[]): void {
    this.#closeTrace();
    writeFileSync(join(this.#path, 'junit.xml'), junitXml(results));
    const summary = { ...countOutcomes(results), results };
    writeFileSync(join(this.#path, 'results.json'), `${JSON.stringify(summary, null, 2)}\n`);
  }

  /** Two scenarios of one name get two folders; what an earlier run left there goes. */
  #folderOf(scenario: Scenario): string {
    let name = this.#names.get(scenario);
    if (name === undefined) {
      const taken = new Set(this.#names.values());
      name = scenario.name;
      for (let n = 2; taken.has(name); n++) name = `${scenario.name}-${n}`;
      this.#names.set(scenario, name);
      rmSync(join(this.#path, name), { recursive: true, force: true });
      mkdirSync(join(this.#path, name));
    }
    return join(this.#path, name);
  }

  #write(): void {
    const trace = this.#trace;
    if (trace !== undefined) {
      if (trace.bytes > this.#mostTraceBytes) {
        closeSync(trace.file);
        renameSync(trace.path, `${trace.path}.1`);
        trace.file = openSync(trace.path, 'w', 0o600);
        trace.bytes = 0;
      }
      trace.bytes += writeSync(trace.file, this.#unwritten.join(''));
    }
    this.#unwritten = [];
    this.#unwrittenCharacters = 0;
  }

  #closeTrace(): void {
    if (this.#trace === undefined) return;
    this.#write();
    closeSync(this.#trace.file);
    this.#trace = undefined;
  }
}
