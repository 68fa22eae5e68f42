/**
 * Filling variables: the order that chains need, what a query asks for, how answers become options, and which value
 * stays chosen. Pure; dashboard/variables asks the server.
 */
import { compareCells } from './compare';
import { variablesIn } from './interpolate';
import { ALL_VALUE, type Variable, type VariableOption, type VariableValue } from './model';

export type VariableQuery =
  | { kind: 'label_values'; label: string; match: string }
  | { kind: 'label_names'; match: string }
  | { kind: 'metrics'; pattern: string }
  | { kind: 'query_result'; expr: string }
  | { kind: 'series'; match: string };

/** What a query text (already interpolated) asks for. A bare selector lists the series it finds. */
export function parseVariableQuery(text: string): VariableQuery | undefined {
  const q = text.trim().replace(/;$/, '');
  if (q === '') return undefined;
  const call = /^(\w+)\(\s*([\s\S]*?)\s*\)$/.exec(q);
  if (call) {
    const inside = call[2] ?? '';
    switch (call[1]) {
      case 'label_values': {
        const cut = lastComma(inside);
        const label = unquote(inside.slice(cut + 1).trim());
        return { kind: 'label_values', label, match: cut < 0 ? '' : inside.slice(0, cut).trim() };
      }
      case 'label_names':
        return { kind: 'label_names', match: inside };
      case 'metrics':
        return { kind: 'metrics', pattern: inside };
      case 'query_result':
        return { kind: 'query_result', expr: inside };
    }
  }
  return { kind: 'series', match: q };
}

/** The last comma outside quotes and brackets, or -1: what follows is the label. */
function lastComma(text: string): number {
  let depth = 0;
  let quote = '';
  let last = -1;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'" || c === '`') quote = c;
    else if ('({['.includes(c)) depth++;
    else if (')}]'.includes(c)) depth--;
    else if (c === ',' && depth === 0) last = i;
  }
  return last;
}

function unquote(text: string): string {
  return /^(["'`]).*\1$/.test(text) ? text.slice(1, -1) : text;
}

/** 'a, b : c' → options; commas and newlines separate, ' : ' parts text from value, '\,' is a comma. */
export function customOptions(query: string): VariableOption[] {
  const parts = query.match(/(?:\\,|[^,\n])+/g) ?? [];
  return parts.flatMap((part) => {
    const text = part.replace(/\\,/g, ',').trim();
    if (text === '') return [];
    const pair = /^\s*(.+?)\s+:\s+(.+?)\s*$/.exec(text);
    return [pair ? { text: pair[1] ?? '', value: pair[2] ?? '' } : { text, value: text }];
  });
}

/** Options out of the raw values of a query: filtered and cut by the regex, without repeats, sorted. */
export function optionsFrom(values: readonly VariableOption[], regex: string, sort: number): VariableOption[] {
  const re = variableRegex(regex);
  const out = new Map<string, VariableOption>();
  for (const item of values) {
    for (const option of re ? cut(item, re) : [item]) if (!out.has(option.value)) out.set(option.value, option);
  }
  return sortOptions([...out.values()], sort);
}

/** '/pattern/flags', or a text that must fit the whole value. */
function variableRegex(text: string): RegExp | undefined {
  if (text === '') return undefined;
  const delimited = /^\/(.*)\/([gimsuy]*)$/s.exec(text);
  try {
    return delimited ? new RegExp(delimited[1] ?? '', withGlobal(delimited[2] ?? '')) : new RegExp(`^${text}$`, 'g');
  } catch {
    return undefined;
  }
}

function withGlobal(flags: string): string {
  return flags.includes('g') ? flags : flags + 'g';
}

/** Groups named text and value make an option of one value; several plain matches make several options. */
function cut(item: VariableOption, re: RegExp): VariableOption[] {
  const matches = [...item.value.matchAll(re)];
  const [first] = matches;
  if (!first) return [];
  const group = (name: string): string | undefined => matches.map((m) => m.groups?.[name]).find((g) => g !== undefined && g !== '');
  const value = group('value');
  const text = group('text');
  if (value !== undefined || text !== undefined) return [{ text: text ?? value ?? '', value: value ?? text ?? '' }];
  const captured = matches.map((m) => m[1]).filter((g) => g !== undefined);
  if (captured.length > 0) return captured.map((g) => ({ text: g, value: g }));
  return [item];
}

/** Grafana's numbers: 1/2 letters, 3/4 numbers, 5/6 letters ignoring case, 7/8 natural; odd is ascending. */
export function sortOptions(options: VariableOption[], sort: number): VariableOption[] {
  if (sort < 1 || sort > 8) return options;
  const compare = COMPARE[Math.ceil(sort / 2)];
  if (!compare) return options;
  const sorted = [...options].sort((a, b) => compare(a.text, b.text));
  return sort % 2 === 0 ? sorted.reverse() : sorted;
}

const COMPARE: Record<number, (a: string, b: string) => number> = {
  1: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  2: (a, b) => leadingNumber(a) - leadingNumber(b),
  3: (a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0),
  4: (a, b) => compareCells(a, b),
};

function leadingNumber(text: string): number {
  const found = /\d+(?:\.\d+)?/.exec(text);
  return found ? Number(found[0]) : -1;
}

/** The value after new options came: what is still there stays; else All or the first. */
export function keepChoice(v: Variable, options: readonly VariableOption[]): VariableValue {
  const all: VariableValue = { text: ['All'], value: [ALL_VALUE] };
  if (v.includeAll && v.current.value.includes(ALL_VALUE)) return all;
  const kept = options.filter((o) => v.current.value.includes(o.value));
  if (kept.length > 0) {
    const used = v.multi ? kept : kept.slice(0, 1);
    return { text: used.map((o) => o.text), value: used.map((o) => o.value) };
  }
  // A choice may be stored by its text only.
  const byText = options.filter((o) => v.current.text.includes(o.text) && o.text !== '');
  if (byText.length > 0 && v.current.value.length > 0) {
    const used = v.multi ? byText : byText.slice(0, 1);
    return { text: used.map((o) => o.text), value: used.map((o) => o.value) };
  }
  if (v.includeAll) return all;
  const [first] = options;
  return first ? { text: [first.text], value: [first.value] } : { text: [], value: [] };
}

/** Values from the address, kept even when no option has them: data may still come. */
export function choiceFromUrl(v: Variable, values: readonly string[]): VariableValue {
  const used = v.multi ? values : values.slice(0, 1);
  if (used.some((x) => x === ALL_VALUE || x === 'All') && v.includeAll) return { text: ['All'], value: [ALL_VALUE] };
  const options = v.options;
  return { value: [...used], text: used.map((x) => options.find((o) => o.value === x)?.text ?? x) };
}

/** Names a variable's filling depends on. */
export function dependencies(v: Variable, names: ReadonlySet<string>): string[] {
  const used = [...variablesIn(v.query), ...variablesIn(v.regex)];
  return [...new Set(used)].filter((n) => names.has(n) && n !== v.name);
}

/** Groups to fill one after the other; members of a group do not need each other. Circles end in the last group. */
export function fillOrder(variables: readonly Variable[]): Variable[][] {
  const names = new Set(variables.map((v) => v.name));
  const groups: Variable[][] = [];
  const done = new Set<string>();
  let left = [...variables];
  while (left.length > 0) {
    const ready = left.filter((v) => dependencies(v, names).every((d) => done.has(d)));
    const group = ready.length > 0 ? ready : left;
    groups.push(group);
    for (const v of group) done.add(v.name);
    left = left.filter((v) => !done.has(v.name));
  }
  return groups;
}

/** Variables that must be filled anew after `changed` got another value, in no order. */
export function dependents(variables: readonly Variable[], changed: string): Set<string> {
  const names = new Set(variables.map((v) => v.name));
  const hit = new Set([changed]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const v of variables) {
      if (hit.has(v.name)) continue;
      if (dependencies(v, names).some((d) => hit.has(d))) {
        hit.add(v.name);
        grew = true;
      }
    }
  }
  hit.delete(changed);
  return hit;
}

/** Metric names in an expression: every name in front of braces or a range, and names with a colon. */
export function metricsIn(expr: string): string[] {
  const bare = expr.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '""');
  const found = [...bare.matchAll(/([a-zA-Z_:][\w:]*)\s*(?=[{[])/g)].map((m) => m[1] ?? '');
  const colons = [...bare.matchAll(/(?<![$\w])([a-zA-Z_]\w*:[\w:]+)/g)].map((m) => m[1] ?? '');
  return [...new Set([...found, ...colons])].filter((n) => !KEYWORDS.has(n));
}

const KEYWORDS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'offset', 'bool', 'and', 'or', 'unless']);
