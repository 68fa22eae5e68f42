import type { MetricMetadata } from '../api/types';

/** A metric as the explorer lists it. */
export interface MetricInfo {
  name: string;
  type: string;
  help: string;
  unit: string;
}

const SUFFIX = /_(bucket|sum|count|total|created|info)$/;

/** Joins the stored names with what the targets said about them; `x_bucket` is told by `x`. */
export function describeMetrics(names: readonly string[], metadata: Readonly<Record<string, readonly MetricMetadata[]>>): MetricInfo[] {
  return names.map((name) => {
    const own = metadata[name]?.[0] ?? metadata[name.replace(SUFFIX, '')]?.[0];
    return { name, type: own?.type ?? 'unknown', help: own?.help ?? '', unit: own?.unit ?? '' };
  });
}

/**
 * Metrics that match every word of the search, best first: a name that starts with it, then one that has it as a
 * part, then one that has its letters in order, then a help text that mentions it.
 */
export function searchMetrics(metrics: readonly MetricInfo[], search: string): MetricInfo[] {
  const words = search.toLowerCase().split(/\s+/).filter((w) => w !== '');
  if (words.length === 0) return [...metrics];
  const scored: { metric: MetricInfo; score: number }[] = [];
  for (const metric of metrics) {
    let score = 0;
    for (const word of words) {
      const one = scoreWord(metric, word);
      if (one === 0) {
        score = 0;
        break;
      }
      score += one;
    }
    if (score > 0) scored.push({ metric, score });
  }
  return scored.sort((a, b) => b.score - a.score || (a.metric.name < b.metric.name ? -1 : 1)).map((s) => s.metric);
}

function scoreWord(metric: MetricInfo, word: string): number {
  const name = metric.name.toLowerCase();
  const at = name.indexOf(word);
  if (at === 0) return 1000 - name.length;
  if (at > 0) return 700 - name.length;
  if (inOrder(name, word)) return 300 - Math.min(name.length, 200);
  return metric.help.toLowerCase().includes(word) ? 50 : 0;
}

function inOrder(text: string, letters: string): boolean {
  let at = -1;
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return letters.length >= 3;
}

/** Queries that make sense for a metric of this type, the usual one first. */
export function suggestedQueries(metric: MetricInfo): { label: string; expr: string }[] {
  const { name } = metric;
  const selector = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{"${name}"}`;
  if (name.endsWith('_bucket')) {
    const quantile = (q: number): string => `histogram_quantile(${q}, sum by (le) (rate(${selector}[5m])))`;
    return [
      { label: 'p95', expr: quantile(0.95) },
      { label: 'p50', expr: quantile(0.5) },
      { label: 'Heat', expr: `sum by (le) (increase(${selector}[5m]))` },
    ];
  }
  const counts = metric.type === 'counter' || /_(total|count|sum)$/.test(name);
  if (counts) {
    return [
      { label: 'Rate', expr: `rate(${selector}[5m])` },
      { label: 'Sum of rates', expr: `sum(rate(${selector}[5m]))` },
      { label: 'Last hour', expr: `increase(${selector}[1h])` },
    ];
  }
  return [
    { label: 'Value', expr: selector },
    { label: 'Average', expr: `avg(${selector})` },
    { label: 'Highest, 1 h', expr: `max_over_time(${selector}[1h])` },
  ];
}
