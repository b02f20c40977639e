import type { Finding } from '../runtime/doctor/finding.ts';
import { printJson, printLine } from './output.ts';

const marks = { ok: 'ok      ', warning: 'warning ', fault: 'FAULT   ' } as const;

/** A line, and what to do in a second one; as JSON one object. */
export function printFinding(finding: Finding, json: boolean): void {
  if (json) {
    printJson(finding);
    return;
  }
  printLine(`${marks[finding.state]}${`${finding.label}:`.padEnd(17)}${finding.value}`);
  if (finding.next !== undefined) printLine(`${' '.repeat(25)}-> ${finding.next}`);
}
