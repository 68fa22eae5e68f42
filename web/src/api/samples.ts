import type { Labels } from './types';

/** Text of a sample value as Prometheus writes it. */
export function sampleValue(text: string): number {
  switch (text) {
    case '+Inf':
    case 'Inf':
      return Infinity;
    case '-Inf':
      return -Infinity;
    default:
      return Number(text);
  }
}

const PLAIN_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** `up{job="node"}`, with the quoted form for names that need it: `{"my.metric", "a b"="c"}`. */
export function formatSeries(labels: Labels): string {
  const name = labels['__name__'] ?? '';
  const matchers = Object.keys(labels)
    .filter((label) => label !== '__name__')
    .map((label) => `${formatLabelName(label)}=${quote(labels[label] ?? '')}`);
  if (name !== '' && !PLAIN_NAME.test(name)) return `{${[quote(name), ...matchers].join(', ')}}`;
  if (matchers.length === 0) return name === '' ? '{}' : name;
  return `${name}{${matchers.join(', ')}}`;
}

export function formatLabelName(label: string): string {
  return PLAIN_LABEL.test(label) ? label : quote(label);
}

/** A PromQL string literal. */
export function quote(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}
