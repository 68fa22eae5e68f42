/** One entry of `templating.list`. */
import { arr, bool, num, obj, objects, str, type Json, type JsonObject } from './json';
import type { AdHocFilter, Variable, VariableOption, VariableType, VariableValue } from './model';

const TYPES: readonly VariableType[] = ['query', 'custom', 'textbox', 'interval', 'constant', 'datasource', 'adhoc'];

/** undefined for kinds that have no value here (system variables, group-by). */
export function normalizeVariable(v: JsonObject): Variable | undefined {
  const type = TYPES.find((t) => t === v['type']);
  const name = str(v['name']);
  if (!type || name === '') return undefined;
  return {
    name,
    label: str(v['label']),
    description: str(v['description']),
    type,
    query: queryText(v),
    regex: str(v['regex']),
    regexApplyToText: v['regexApplyTo'] === 'text',
    sort: typeof v['sort'] === 'string' ? sortByName(v['sort']) : (num(v['sort']) ?? 0),
    multi: bool(v['multi']),
    includeAll: bool(v['includeAll']),
    allValue: str(v['allValue']),
    hide: hideNumber(v['hide']),
    refresh: num(v['refresh']) ?? (v['refresh'] === true ? 1 : 0),
    options: objects(v['options']).map(option).filter((o) => o.value !== '$__all'),
    current: currentValue(obj(v['current'])),
    auto: { enabled: bool(v['auto']), count: num(v['auto_count']) ?? 30, min: str(v['auto_min'], '10s') },
    filters: objects(v['filters']).map(adHocFilter),
    skipUrlSync: bool(v['skipUrlSync']),
  };
}

/** The query was a text, then `{query, refId}`, then `{qryType, ...}` with the parts of a label query apart. */
function queryText(v: JsonObject): string {
  const q = v['query'];
  if (typeof q === 'string') return q !== '' ? q : str(v['definition']);
  const o = obj(q);
  const text = str(o['query']) || str(o['expr']);
  if (text !== '') return text;
  if (typeof o['label'] === 'string') {
    const metric = str(o['metric']);
    return metric !== '' ? `label_values(${metric}, ${o['label']})` : `label_values(${o['label']})`;
  }
  return str(v['definition']);
}

function option(o: JsonObject): VariableOption {
  const value = str(first(o['value']));
  return { text: str(first(o['text'])) || value, value };
}

function first(v: Json | undefined): Json | undefined {
  return Array.isArray(v) ? v[0] : v;
}

function currentValue(o: JsonObject): VariableValue {
  const list = (v: Json | undefined): string[] => {
    if (v === undefined || v === null) return [];
    return Array.isArray(v) ? arr(v).map((s) => str(s)) : [str(v)];
  };
  const value = list(o['value']);
  const text = list(o['text']);
  return { value, text: value.map((x, i) => text[i] ?? x) };
}

function adHocFilter(o: JsonObject): AdHocFilter {
  return { key: str(o['key']), operator: str(o['operator'], '='), value: str(o['value']) };
}

function hideNumber(v: Json | undefined): number {
  const named: Record<string, number> = { dontHide: 0, hideLabel: 1, hideVariable: 2 };
  return typeof v === 'string' ? (named[v] ?? 0) : (num(v) ?? 0);
}

function sortByName(name: string): number {
  const names = ['disabled', 'alphabeticalAsc', 'alphabeticalDesc', 'numericalAsc', 'numericalDesc'];
  return Math.max(0, names.indexOf(name));
}
