import type { Labels, MetricFamily } from './family.ts';

/** What Prometheus takes. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Families as text in Prometheus's exposition format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
export function expositionText(families: readonly MetricFamily[]): string {
  return families.map(familyText).join('');
}

function familyText(family: MetricFamily): string {
  const { name, help, type } = family;
  const lines = [`# HELP ${name} ${escaped(help, false)}`, `# TYPE ${name} ${type}`];
  if (family.type === 'histogram') {
    for (const { labels, buckets, sum, count } of family.samples) {
      for (const [bound, below] of buckets) {
        lines.push(`${name}_bucket${labelsText({ ...labels, le: String(bound) })} ${below}`);
      }
      lines.push(`${name}_bucket${labelsText({ ...labels, le: '+Inf' })} ${count}`);
      lines.push(`${name}_sum${labelsText(labels)} ${sum}`, `${name}_count${labelsText(labels)} ${count}`);
    }
  } else for (const { labels, value } of family.samples) lines.push(`${name}${labelsText(labels)} ${value}`);
  return `${lines.join('\n')}\n`;
}

function labelsText(labels: Labels): string {
  const parts = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value, true)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escaped(text: string, quotes: boolean): string {
  const lines = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return quotes ? lines.replaceAll('"', '\\"') : lines;
}
