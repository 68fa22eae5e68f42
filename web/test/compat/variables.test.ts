import { describe, expect, it } from 'vitest';
import { firstOf, queryLookup, timeLookup } from '../../src/compat/builtins';
import { interpolate, lookupIn, promqlFormat, textFormat } from '../../src/compat/interpolate';
import { normalizeVariable } from '../../src/compat/normalize-variable';
import type { Variable } from '../../src/compat/model';
import { choiceFromUrl, customOptions, dependents, fillOrder, keepChoice, metricsIn, optionsFrom, parseVariableQuery } from '../../src/compat/variables';

function variable(o: Record<string, string | number | boolean | object>): Variable {
  const v = normalizeVariable(JSON.parse(JSON.stringify({ type: 'query', ...o })));
  if (!v) throw new Error('not a variable');
  return v;
}

const options = (...names: string[]) => names.map((n) => ({ text: n, value: n }));

describe('variable queries', () => {
  it('reads every form', () => {
    expect(parseVariableQuery('label_values(model_name)')).toEqual({ kind: 'label_values', label: 'model_name', match: '' });
    expect(parseVariableQuery('label_values(up{job=~"a,b"}, instance)')).toEqual({ kind: 'label_values', label: 'instance', match: 'up{job=~"a,b"}' });
    expect(parseVariableQuery('query_result(sum by (a) (x))')).toEqual({ kind: 'query_result', expr: 'sum by (a) (x)' });
    expect(parseVariableQuery('metrics(vllm.*)')).toEqual({ kind: 'metrics', pattern: 'vllm.*' });
    expect(parseVariableQuery('label_names()')).toEqual({ kind: 'label_names', match: '' });
    expect(parseVariableQuery('up{job="a"}')).toEqual({ kind: 'series', match: 'up{job="a"}' });
  });

  it('cuts values with the regex', () => {
    const raw = [{ text: '', value: 'm{gpu_label="A #1", uuid="u1"} 1 0' }, { text: '', value: 'm{gpu_label="A #0", uuid="u0"} 1 0' }];
    expect(optionsFrom(raw, '/gpu_label="(?<text>[^"]+)|uuid="(?<value>[^"]+)/g', 1)).toEqual([
      { text: 'A #0', value: 'u0' },
      { text: 'A #1', value: 'u1' },
    ]);
    expect(optionsFrom(options('x-tags-v1-0-a', 'other'), '/.*-(?:tags|heads)-(.*)-(?:0|dirty)-.*/', 2)).toEqual(options('v1'));
    expect(optionsFrom(options('b', 'a', 'b'), '', 1)).toEqual(options('a', 'b'));
    expect(optionsFrom(options('gpu10', 'gpu2'), '', 7)).toEqual(options('gpu2', 'gpu10'));
  });

  it('splits custom lists', () => {
    expect(customOptions('avg : Average\n0.5 : P50, x\\,y')).toEqual([
      { text: 'avg', value: 'Average' },
      { text: '0.5', value: 'P50' },
      { text: 'x,y', value: 'x,y' },
    ]);
  });
});

describe('choices', () => {
  it('keeps what still exists, else takes All or the first', () => {
    const single = variable({ name: 'm', current: { text: 'foreign', value: 'foreign' } });
    expect(keepChoice(single, options('a', 'b')).value).toEqual(['a']);
    const multi = variable({ name: 'm', multi: true, includeAll: true, current: { text: ['b'], value: ['b'] } });
    expect(keepChoice(multi, options('a', 'b')).value).toEqual(['b']);
    expect(keepChoice(multi, options('c')).value).toEqual(['$__all']);
    expect(keepChoice(single, []).value).toEqual([]);
    expect(choiceFromUrl(multi, ['x', 'y']).value).toEqual(['x', 'y']);
  });

  it('orders chains and finds what a change touches', () => {
    const a = variable({ name: 'a', query: 'label_values(x)' });
    const b = variable({ name: 'b', query: 'label_values(up{x="$a"}, y)' });
    const c = variable({ name: 'c', query: 'label_values(up{y=~"${b:regex}"}, z)' });
    expect(fillOrder([c, b, a]).map((g) => g.map((v) => v.name))).toEqual([['a'], ['b'], ['c']]);
    expect([...dependents([a, b, c], 'a')].sort()).toEqual(['b', 'c']);
  });

  it('finds the metrics of an expression', () => {
    expect(metricsIn('sum by(le) (rate(vllm:ttft_bucket{m="$model"}[$__rate_interval])) / sum(node_load1{x="a{"})')).toEqual(['vllm:ttft_bucket', 'node_load1']);
  });
});

describe('interpolation', () => {
  const m = variable({ name: 'm', multi: true, current: { text: ['a.b', 'c'], value: ['a.b', 'c'] } });
  const one = variable({ name: 'one', current: { text: 'x"y', value: 'x"y' } });
  const all = variable({ name: 'all', includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } });
  const open = variable({ name: 'open', includeAll: true, options: options('p', 'q'), current: { text: 'All', value: ['$__all'] } });
  const lookup = lookupIn([m, one, all, open], undefined, firstOf(queryLookup({ from: 0, to: 3_600_000, step: 15_000, rate: 60_000 }), timeLookup({ from: 0, to: 3_600_000 })));
  const promql = (text: string): string => interpolate(text, lookup, promqlFormat);

  it('escapes for PromQL', () => {
    expect(promql('up{x=~"$m"}')).toBe('up{x=~"(a\\\\.b|c)"}');
    expect(promql('up{x="$one"}')).toBe('up{x="x\\"y"}');
    expect(promql('up{x=~"$all", y=~"${open}"}')).toBe('up{x=~".*", y=~"(p|q)"}');
  });

  it('knows formats and built-in names', () => {
    expect(promql('${m:csv} ${m:pipe} ${m:regex} ${m:json}')).toBe('a.b,c a.b|c (a\\.b|c) ["a.b","c"]');
    expect(promql('${m:queryparam}')).toBe('var-m=a.b&var-m=c');
    expect(promql('[[one:raw]]')).toBe('x"y');
    expect(promql('[$__rate_interval] $__range ${__from} ${__to:date:iso} $__interval_ms')).toBe('[1m] 3600s 0 1970-01-01T01:00:00.000Z 15000');
    expect(promql('$unknown ${also.unknown}')).toBe('$unknown ${also.unknown}');
    expect(interpolate('$m of $all', lookup, textFormat)).toBe('a.b + c of All');
  });

  it('prefers scoped values', () => {
    const scoped = lookupIn([m], { m: { text: 'T', value: 'v.1' } }, () => undefined);
    expect(interpolate('{x=~"$m"}', scoped, promqlFormat)).toBe('{x=~"v\\\\.1"}');
    expect(interpolate('$m', scoped, textFormat)).toBe('T');
  });
});
