/** Asks the server for the options of variables, in the order their dependencies need. */
import { labelNames, labelValues, queryInstant, series } from '../api/prometheus';
import { formatSeries } from '../api/samples';
import type { Answer } from '../api/client';
import { firstOf, queryLookup } from '../compat/builtins';
import { interpolate, lookupIn, promqlFormat, type Lookup } from '../compat/interpolate';
import { calculateInterval, formatDuration, parseDuration } from '../compat/interval';
import { ALL_VALUE, type Dashboard, type Variable, type VariableOption } from '../compat/model';
import { customOptions, dependencies, fillOrder, keepChoice, metricsIn, optionsFrom, parseVariableQuery, type VariableQuery } from '../compat/variables';
import type { Span } from '../ui/time/range';

export interface FillScope {
  span: Span;
  /** Names like `$__dashboard`. */
  names: Lookup;
  /** Metrics the dashboard's panels ask for. */
  metrics: readonly string[];
  /** Variables whose value stands in the address: kept although no option has it. */
  fixed: ReadonlySet<string>;
  signal: AbortSignal;
}

export interface Filled {
  variables: Variable[];
  errors: { name: string; message: string }[];
}

/** Fills those of `variables` that `which` names (all when undefined); the others keep what they have. */
export async function fillVariables(variables: readonly Variable[], scope: FillScope, which?: ReadonlySet<string>): Promise<Filled> {
  const done = new Map(variables.map((v) => [v.name, v]));
  const errors: Filled['errors'] = [];
  for (const group of fillOrder(variables)) {
    const wanted = group.filter((v) => which === undefined || which.has(v.name));
    const results = await Promise.all(wanted.map((v) => fill(done.get(v.name) ?? v, [...done.values()], scope)));
    for (const { variable, error } of results) {
      done.set(variable.name, variable);
      if (error !== undefined) errors.push({ name: variable.name, message: error });
    }
  }
  return { variables: variables.map((v) => done.get(v.name) ?? v), errors };
}

async function fill(v: Variable, all: readonly Variable[], scope: FillScope): Promise<{ variable: Variable; error?: string }> {
  switch (v.type) {
    case 'query': {
      const lookup = lookupIn(all, undefined, firstOf(queryLookup({ ...scope.span, step: 15_000, rate: 60_000 }), scope.names));
      // A chain whose first link found nothing finds nothing either.
      const starved = dependencies(v, new Set(all.map((x) => x.name))).some((d) => isEmptyQuery(all.find((x) => x.name === d)));
      const query = starved ? undefined : parseVariableQuery(interpolate(v.query, lookup, promqlFormat));
      if (!query) return { variable: chosen({ ...v, options: [] }, scope) };
      const answer = await ask(query, scope);
      if (!answer.ok) return { variable: v, error: answer.error.message };
      const regex = interpolate(v.regex, lookup, promqlFormat);
      return { variable: chosen({ ...v, options: optionsFrom(answer.data, regex, v.sort) }, scope) };
    }
    case 'custom': {
      const parsed = customOptions(v.query);
      return { variable: chosen({ ...v, options: parsed.length > 0 ? parsed : v.options }, scope) };
    }
    case 'interval':
      return { variable: chosen(interval(v, scope.span), scope) };
    case 'constant':
      return { variable: fixedTo(v, v.query) };
    case 'textbox':
      return { variable: v.current.value.length > 0 ? v : fixedTo(v, v.query) };
    case 'datasource':
      // There is one source of data; whatever the file's author used leads to it.
      return { variable: { ...v, options: [LOCAL_SOURCE], current: { text: [LOCAL_SOURCE.text], value: [LOCAL_SOURCE.value] } } };
    case 'adhoc':
      return { variable: v };
  }
}

function isEmptyQuery(v: Variable | undefined): boolean {
  return v !== undefined && v.type === 'query' && v.options.length === 0 && v.current.value.every((x) => x === '' || (x === ALL_VALUE && v.allValue === ''));
}

const LOCAL_SOURCE: VariableOption = { text: 'Prometheus', value: 'prometheus' };

function fixedTo(v: Variable, value: string): Variable {
  return { ...v, current: { text: [value], value: [value] } };
}

function chosen(v: Variable, scope: FillScope): Variable {
  const current = keepChoice(v, v.options);
  if (!scope.fixed.has(v.name) || v.current.value.length === 0) return { ...v, current };
  const texts = v.current.value.map((value) => v.options.find((o) => o.value === value)?.text ?? (value === '$__all' ? 'All' : value));
  return { ...v, current: { value: v.current.value, text: texts } };
}

/** `auto` divides the range into the wanted number of steps. */
function interval(v: Variable, span: Span): Variable {
  const options = customOptions(v.query);
  if (!v.auto.enabled) return { ...v, options };
  const step = formatDuration(calculateInterval(span.to - span.from, v.auto.count, parseDuration(v.auto.min) ?? 10_000));
  return { ...v, options: [{ text: 'auto', value: step }, ...options] };
}

async function ask(query: VariableQuery, scope: FillScope): Promise<Answer<VariableOption[]>> {
  const time = { start: Math.floor(scope.span.from / 1000), end: Math.ceil(scope.span.to / 1000) };
  const plain = (answer: Answer<string[]>): Answer<VariableOption[]> =>
    answer.ok ? { ...answer, data: answer.data.map((x) => ({ text: x, value: x })) } : answer;
  switch (query.kind) {
    case 'label_values': {
      if (query.match !== '') return plain(await labelValues(query.label, { match: [query.match], ...time }, scope.signal));
      const all = await labelValues(query.label, time, scope.signal);
      if (!all.ok || all.data.length < 2 || scope.metrics.length === 0) return plain(all);
      // The same label may mean something else elsewhere (a battery's model_name): what this dashboard is about comes first.
      const match = `{__name__=~"${scope.metrics.slice(0, 80).join('|')}"}`;
      const own = await labelValues(query.label, { match: [match], ...time }, scope.signal);
      if (!own.ok) return plain(all);
      return plain({ ...all, data: [...new Set([...own.data, ...all.data])] });
    }
    case 'label_names':
      return plain(await labelNames({ ...(query.match === '' ? {} : { match: [query.match] }), ...time }, scope.signal));
    case 'metrics': {
      const answer = await labelValues('__name__', time, scope.signal);
      if (!answer.ok) return answer;
      const re = safeRegex(query.pattern);
      return plain({ ...answer, data: answer.data.filter((x) => re.test(x)) });
    }
    case 'series': {
      const answer = await series({ match: [query.match], ...time, limit: 1000 }, scope.signal);
      if (!answer.ok) return answer;
      return plain({ ...answer, data: answer.data.map(formatSeries) });
    }
    case 'query_result': {
      const answer = await queryInstant({ expr: query.expr, time: time.end }, scope.signal);
      if (!answer.ok) return answer;
      return plain({ ...answer, data: resultTexts(answer.data) });
    }
  }
}

/** `name{a="b"} value time`, the form Grafana's patterns for query_result are written against. */
function resultTexts(data: { resultType: string; result: unknown }): string[] {
  if (data.resultType === 'scalar' && Array.isArray(data.result)) return [String(data.result[1])];
  if (data.resultType !== 'vector' || !Array.isArray(data.result)) return [];
  return data.result.map((s: { metric: Record<string, string>; value?: [number, string] }) => {
    const labels = Object.entries(s.metric)
      .filter(([k]) => k !== '__name__')
      .map(([k, v]) => `${k}="${v.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`)
      .join(',');
    const name = s.metric['__name__'] ?? '';
    return `${name}{${labels}} ${s.value?.[1] ?? ''} ${Math.round((s.value?.[0] ?? 0) * 1000)}`;
  });
}

function safeRegex(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    return /^$/;
  }
}

/** Metric names of all panels, for ordering label values. */
export function dashboardMetrics(d: Dashboard): string[] {
  const panels = d.items.flatMap((i) => (i.kind === 'panel' ? [i.panel] : i.row.panels));
  return [...new Set(panels.flatMap((p) => p.targets.flatMap((t) => metricsIn(t.expr))))];
}
