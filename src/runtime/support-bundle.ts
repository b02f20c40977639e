import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { printConfig } from '../config/print.ts';
import type { ReadConfig } from '../config/read.ts';
import { lastTracePath } from '../trace/sinks.ts';
import { buildId } from './build-id.ts';
import type { Finding } from './doctor/finding.ts';

/** Newest records of the trace that go with it. */
const traceRecords = 2_000;

/** Of a record only these go with it: which part did what, when. None says who somebody was, or how alike. */
const safeFields = [
  ...['v', 'seq', 'tMs', 'kind', 'actor', 'op', 'device', 'event', 'to', 'from', 'logic', 'states', 'tags'],
  ...['transitions', 'guard', 'result', 'error', 'timer', 'delay', 'dueMs', 'on', 'model', 'rule', 'note'],
] as const;

export interface BundleRequest {
  /** Undefined where it cannot be read; the findings say why. */
  readonly read: ReadConfig | undefined;
  readonly findings: readonly Finding[];
  readonly stateDirectory: string;
}

/**
 * What helps somebody else to help: what the doctor found, the configuration without secrets, what the parts did last,
 * versions. No name, face, voice, id of a person or secret is in it. As .tar.gz.
 */
export async function supportBundle({ read, findings, stateDirectory }: BundleRequest): Promise<Uint8Array> {
  const files = {
    'vigil/versions.json': json({
      vigil: buildId(),
      bun: Bun.version,
      platform: `${process.platform} ${process.arch}`,
      kernel: release(),
    }),
    'vigil/doctor.json': json(findings),
    ...(read === undefined ? {} : { 'vigil/vigil.toml': withoutSecrets(printConfig(read)) }),
    'vigil/trace.ndjson': await traceTail(lastTracePath(stateDirectory)),
  };
  return await new Bun.Archive(files, { compress: 'gzip' }).bytes();
}

/** Users and passwords in addresses go, and whatever a key says is secret itself. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]*@/gi, '$1…@')
    .replace(/([?&](?:[a-z_-]*(?:key|token|secret|password|pass|pwd)[a-z_-]*)=)[^&\s"']+/gi, '$1…')
    .replace(/^(\s*(?:\w*_)?(?:secret|password|token)\s*=\s*).*$/gim, '$1"…"');
}

async function traceTail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(-traceRecords)
    .flatMap((line) => safeRecord(line))
    .join('');
}

function safeRecord(line: string): string[] {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return []; // The last line of a file that was cut off.
  }
  if (typeof record !== 'object' || record === null) return [];
  const safe = Object.fromEntries(
    Object.entries(record).filter(([field]) => safeFields.some((name) => name === field)),
  );
  return [`${JSON.stringify(safe)}\n`];
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
