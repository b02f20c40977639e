/** A series: `name{labels}` and its value. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly series: readonly Series[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/**
 * Parses Prometheus's exposition format 0.0.4 by its description
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), and rejects what that leaves undefined. Throws Error.
 */
export function parseExposition(text: string): Family[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families: { name: string; type: string; help: string; series: Series[] }[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(line);
    if (comment !== null) {
      const [, kind = '', name = '', rest = ''] = comment;
      if (!metricName.test(name)) throw new Error(`no name: ${line}`);
      if (kind === 'HELP') {
        if (families.some((family) => family.name === name)) throw new Error(`told twice: ${name}`);
        families.push({ name, type: 'untyped', help: rest, series: [] });
      } else {
        const family = families.at(-1);
        if (family?.name !== name || family.series.length > 0) throw new Error(`a type too late: ${line}`);
        family.type = rest;
      }
      continue;
    }
    const family = families.at(-1);
    const series = parseSeries(line);
    if (family === undefined || !belongs(series.name, family)) throw new Error(`of no family: ${line}`);
    family.series.push(series);
  }
  for (const { series } of families) {
    const keys = series.map(({ name, labels }) => name + JSON.stringify(Object.entries(labels).sort()));
    if (new Set(keys).size !== keys.length) throw new Error(`a series twice in ${series[0]?.name}`);
  }
  return families;
}

function belongs(name: string, { name: family, type }: { name: string; type: string }): boolean {
  if (type !== 'histogram') return name === family;
  return ['_bucket', '_sum', '_count'].some((end) => name === family + end);
}

function parseSeries(line: string): Series {
  const [, name = '', inner, value = ''] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/s.exec(line) ?? [];
  if (!metricName.test(name)) throw new Error(`no series: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = inner ?? ''; rest !== ''; ) {
    const part = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/.exec(rest);
    if (part === null) throw new Error(`no label: ${line}`);
    const [whole, label = '', text = ''] = part;
    if (label in labels) throw new Error(`a label twice: ${line}`);
    labels[label] = text.replaceAll(/\\(.)/gs, (_, char) => (char === 'n' ? '\n' : char));
    rest = rest.slice(whole.length);
  }
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  if (Number.isNaN(number) && value !== 'NaN') throw new Error(`no number: ${line}`);
  return { name, labels, value: number };
}
