import { spoken, spokenQuantity, yamlKey } from './quantity.ts';
import type { Heading } from './scenario.ts';
import { mainFields, type Step, step, type Verb } from './step.ts';

/** A step and when it was done. */
export interface TimedStep {
  readonly atMs: number;
  readonly step: Step;
}

/** What YAML would read as something other than a text. */
const otherWords = ['true', 'false', 'null'];
/** What these have where nothing is said; what must be said is not among it. */
const usual: Partial<Record<Verb, Readonly<Record<string, unknown>>>> = {
  comes: { ...step.comes({ who: 'anybody' }), who: undefined },
  leaves: { ...step.leaves({ who: 'anybody' }), who: undefined },
  speaks: { ...step.speaks({ who: 'anybody', forMs: 1 }), who: undefined, forMs: undefined },
};
/** The device is given this long to answer to the last step. */
const afterMs = 5_000;

/**
 * Steps that were done as a scenario in YAML, with waits between them as long as the time was between them, to the
 * millisecond, and one at its end, to `nowMs` or five seconds.
 */
export function writeScenario(
  { name, about, enrolled }: Pick<Heading, 'name' | 'enrolled'> & { readonly about: string },
  steps: readonly TimedStep[],
  nowMs: number,
): string {
  const lines: string[] = [];
  let lastMs = steps[0]?.atMs ?? nowMs;
  const wait = (untilMs: number) => {
    const forMs = Math.round(untilMs - lastMs);
    if (forMs > 0) lines.push(`wait: ${spoken('forMs', forMs)}`);
    lastMs = untilMs;
  };
  for (const { atMs, step } of steps) {
    wait(atMs);
    lines.push(writeStep(step));
  }
  wait(Math.max(nowMs, lastMs + afterMs));
  return [
    `name: ${name}`,
    `about: ${JSON.stringify(about)}`,
    `enrolled: [${enrolled.join(', ')}]`,
    'steps:',
    ...lines.map((line) => `  - ${line}`),
    '',
  ].join('\n');
}

/**
 * A step as it stands in a scenario in YAML: `comes: { who: ana, distance: 2m }`, without what is usual. For steps of
 * plain fields.
 */
export function writeStep({ do: verb, ...rest }: Step): string {
  const fields = Object.entries(rest).filter(([field, value]) => usual[verb]?.[field] !== value);
  const [[field, value] = ['', undefined]] = fields;
  if (fields.length === 1 && field === mainFields[verb]) return `${verb}: ${valueText(field, value)}`;
  const texts = fields.map(([name, each]) => `${yamlKey(name)}: ${valueText(name, each)}`);
  return `${verb}: { ${texts.join(', ')} }`;
}

function valueText(field: string, value: unknown): string {
  if (typeof value === 'number' && spokenQuantity(field) !== undefined) {
    return spoken(field, Math.round(value * 1_000) / 1_000);
  }
  if (typeof value === 'string' && /^[a-z][a-z0-9-]*$/.test(value) && !otherWords.includes(value))
    return value;
  return JSON.stringify(value);
}
