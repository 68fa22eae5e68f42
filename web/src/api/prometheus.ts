import { ask, askPlain, type Answer } from './client';
import type {
  BuildInfo,
  DashboardHit,
  Labels,
  MatrixSeries,
  MetricMetadata,
  QueryData,
  QueryStats,
  RuntimeInfo,
  TargetsData,
  TsdbStatus,
} from './types';

/** The calls of the Prometheus API that the pages use. Instants and spans are seconds, as on the wire. */

const API = 'prometheus/api/v1';

export interface InstantQuery {
  expr: string;
  /** Seconds since 1970; the server's now where absent. */
  time?: number;
  limit?: number;
  stats?: boolean;
}

export interface RangeQuery {
  expr: string;
  start: number;
  end: number;
  step: number;
  stats?: boolean;
}

export type RangeData = { resultType: 'matrix'; result: MatrixSeries[]; stats?: QueryStats };

export function queryInstant(q: InstantQuery, signal?: AbortSignal): Promise<Answer<QueryData>> {
  const params = [
    ['query', q.expr],
    ['time', q.time],
    ['limit', q.limit],
    ['stats', q.stats === true ? 'true' : undefined],
  ] as const;
  return ask(`${API}/query`, params, signal);
}

export function queryRange(q: RangeQuery, signal?: AbortSignal): Promise<Answer<RangeData>> {
  const params = [
    ['query', q.expr],
    ['start', q.start],
    ['end', q.end],
    ['step', q.step],
    ['stats', q.stats === true ? 'true' : undefined],
  ] as const;
  return ask(`${API}/query_range`, params, signal);
}

/** Which series or metrics to look at; instants in seconds. */
export interface Scope {
  match?: readonly string[];
  start?: number;
  end?: number;
  limit?: number;
}

export function labelNames(scope: Scope = {}, signal?: AbortSignal): Promise<Answer<string[]>> {
  return ask(`${API}/labels`, scopeParams(scope), signal);
}

export function labelValues(label: string, scope: Scope = {}, signal?: AbortSignal): Promise<Answer<string[]>> {
  return ask(`${API}/label/${encodeURIComponent(label)}/values`, scopeParams(scope), signal);
}

export function series(scope: Scope, signal?: AbortSignal): Promise<Answer<Labels[]>> {
  return ask(`${API}/series`, scopeParams(scope), signal);
}

export function metadata(metric?: string, signal?: AbortSignal): Promise<Answer<Record<string, MetricMetadata[]>>> {
  return ask(`${API}/metadata`, [['metric', metric]], signal);
}

export function formatQuery(expr: string, signal?: AbortSignal): Promise<Answer<string>> {
  return ask(`${API}/format_query`, [['query', expr]], signal);
}

export function targets(state: 'active' | 'dropped' | 'any' = 'active', signal?: AbortSignal): Promise<Answer<TargetsData>> {
  return ask(`${API}/targets`, [['state', state]], signal);
}

export function buildInfo(signal?: AbortSignal): Promise<Answer<BuildInfo>> {
  return ask(`${API}/status/buildinfo`, [], signal);
}

export function runtimeInfo(signal?: AbortSignal): Promise<Answer<RuntimeInfo>> {
  return ask(`${API}/status/runtimeinfo`, [], signal);
}

export function configText(signal?: AbortSignal): Promise<Answer<{ yaml: string }>> {
  return ask(`${API}/status/config`, [], signal);
}

export function flags(signal?: AbortSignal): Promise<Answer<Record<string, string>>> {
  return ask(`${API}/status/flags`, [], signal);
}

export function tsdbStatus(limit: number, signal?: AbortSignal): Promise<Answer<TsdbStatus>> {
  return ask(`${API}/status/tsdb`, [['limit', limit]], signal);
}

/** The dashboards this server has. */
export function searchDashboards(query = '', signal?: AbortSignal): Promise<Answer<DashboardHit[]>> {
  const params = [
    ['type', 'dash-db'],
    ['query', query === '' ? undefined : query],
  ] as const;
  return askPlain('grafana/api/search', params, signal);
}

function scopeParams(scope: Scope): [string, string | number | undefined][] {
  const params: [string, string | number | undefined][] = (scope.match ?? []).map((m) => ['match[]', m]);
  params.push(['start', scope.start], ['end', scope.end], ['limit', scope.limit]);
  return params;
}
