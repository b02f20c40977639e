import { spoken, spokenName } from './quantity.ts';
import type { Step } from './step.ts';

/** A step as it would stand in YAML, on one line: `expect { lamp: green, is: on, within: 500ms }`. */
export function tellStep(step: Step): string {
  if (step.do === 'repeat') return `repeat ${step.times} times`;
  const { do: verb, ...fields } = step;
  const told = tellFields(fields);
  return told === '' ? verb : `${verb} { ${told} }`;
}

function tellFields(fields: object): string {
  return Object.entries(fields)
    .map(([field, value]) => `${spokenName(field)}: ${tellValue(field, value)}`)
    .join(', ');
}

function tellValue(field: string, value: unknown): string {
  if (typeof value === 'number') return spoken(field, value);
  if (Array.isArray(value)) return `[${value.map((each) => tellValue('', each)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{ ${tellFields(value)} }`;
  return String(value);
}
