import type { PrometheusClient } from '@prometheus-io/codemirror-promql';
import type { Answer } from '../../api/client';
import { flags, labelNames, labelValues, metadata, series } from '../../api/prometheus';
import { quote } from '../../api/samples';
import type { Labels, MetricMetadata } from '../../api/types';

/** How long names stay good enough for completion. */
const KEEP_MS = 30_000;
/** More names than this help nobody choose. */
const LIMIT = 10_000;

/** What the editor's completion asks the server, each answer kept for half a minute. Errors mean "nothing to offer". */
export function completionClient(): PrometheusClient {
  const cache = new Map<string, { at: number; answer: Promise<unknown> }>();
  function kept<T>(key: string, ask: () => Promise<Answer<T>>, none: T): Promise<T> {
    const known = cache.get(key);
    if (known && Date.now() - known.at < KEEP_MS) return known.answer as Promise<T>;
    const answer = ask().then((a) => (a.ok ? a.data : none));
    cache.set(key, { at: Date.now(), answer });
    return answer;
  }
  const scope = (metric?: string): { match?: string[]; limit: number } =>
    metric === undefined || metric === '' ? { limit: LIMIT } : { match: [`{__name__=${quote(metric)}}`], limit: LIMIT };

  return {
    labelNames: (metric) => kept<string[]>(`names ${metric ?? ''}`, () => labelNames(scope(metric)), []),
    labelValues: (label, metric) => kept<string[]>(`values ${label} ${metric ?? ''}`, () => labelValues(label, scope(metric)), []),
    metricMetadata: () => kept<Record<string, MetricMetadata[]>>('metadata', () => metadata(), {}),
    series: async (metric) => {
      const found = await kept<Labels[]>(`series ${metric}`, () => series(scope(metric)), []);
      return found.map((labels) => new Map(Object.entries(labels)));
    },
    metricNames: () => kept<string[]>('metrics', () => labelValues('__name__', { limit: LIMIT }), []),
    flags: () => kept<Record<string, string>>('flags', () => flags(), {}),
  };
}
