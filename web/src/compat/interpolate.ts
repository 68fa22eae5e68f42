/**
 * Variables in texts and queries: `$name`, `${name}`, `${name:format}`, `${name.path}`, `[[name]]`.
 * What a value looks like depends on where it goes: into PromQL it is escaped, into a title it is read.
 */
import { ALL_VALUE, type ScopedVars, type Variable, type VariableOption } from './model';
import { formatMoment } from './unit-time';

/** What a name stands for; `escaped` marks text that already is a pattern (a custom All value). */
export interface Resolved {
  texts: string[];
  values: string[];
  /** Variable that may hold several values: PromQL then needs a regular expression. */
  many: boolean;
  raw: boolean;
}

export type Lookup = (name: string) => Resolved | undefined;

export type Format = (r: Resolved) => string;

const PATTERN = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}/g;

/** Replaces every variable that `lookup` knows; others stay as written. */
export function interpolate(text: string, lookup: Lookup, fallback: Format): string {
  if (!text.includes('$') && !text.includes('[[')) return text;
  return text.replace(PATTERN, (match, a?: string, b?: string, bFormat?: string, c?: string, path?: string, cFormat?: string) => {
    const name = a ?? b ?? c ?? '';
    const found = lookup(path === undefined ? name : `${name}.${path}`);
    if (!found) return match;
    const format = bFormat ?? cFormat;
    return format === undefined ? fallback(found) : formatAs(format, name, found);
  });
}

/** Names of variables used in a text. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(PATTERN)].map((m) => m[1] ?? m[2] ?? m[4] ?? '');
}

/** Into PromQL: one plain value is escaped for a string, values of multi variables for a regular expression. */
export const promqlFormat: Format = (r) => {
  if (r.raw) return r.values.join('|');
  if (!r.many) return r.values.map(escapeString).join('|');
  const parts = r.values.map(escapeRegexInString);
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join('|')})`;
};

/** Into titles and other texts people read. */
export const textFormat: Format = (r) => r.texts.join(' + ');

/** A value inside double or single quotes of PromQL. */
export function escapeString(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

/** A value inside quotes and inside a regular expression: the backslash that quotes a sign must be quoted itself. */
export function escapeRegexInString(value: string): string {
  return value
    .replace(/\\/g, '\\\\\\\\')
    .replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&')
    .replace(/"/g, '\\"');
}

function escapeRegex(value: string): string {
  return value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
}

function formatAs(spec: string, name: string, r: Resolved): string {
  const colon = spec.indexOf(':');
  const format = colon < 0 ? spec : spec.slice(0, colon);
  const arg = colon < 0 ? '' : spec.slice(colon + 1);
  const list = r.values;
  const one = list.length === 1 ? list[0] : undefined;
  switch (format) {
    case 'raw':
    case 'csv':
      return list.join(',');
    case 'pipe':
      return list.join('|');
    case 'regex': {
      if (r.raw) return list.join('|');
      return one !== undefined ? escapeRegex(one) : `(${list.map(escapeRegex).join('|')})`;
    }
    case 'glob':
      return one ?? `{${list.join(',')}}`;
    case 'distributed':
      return list.map((v, i) => (i === 0 ? v : `${name}=${v}`)).join(',');
    case 'lucene': {
      const quoted = list.map((v) => `"${v.replace(/(["\\])/g, '\\$1')}"`);
      return one !== undefined ? one.replace(/([+\-=&|><!(){}[\]^"~*?:\\/])/g, '\\$1') : `(${quoted.join(' OR ')})`;
    }
    case 'json':
      return one !== undefined && !r.many ? JSON.stringify(one) : JSON.stringify(list);
    case 'percentencode':
    case 'uriencode': {
      const joined = one ?? (format === 'uriencode' ? `{${list.join(',')}}` : list.join(','));
      return encodeURIComponent(joined);
    }
    case 'singlequote':
      return list.map((v) => `'${v.replace(/'/g, "\\'")}'`).join(',');
    case 'doublequote':
      return list.map((v) => `"${v.replace(/"/g, '\\"')}"`).join(',');
    case 'sqlstring':
      return list.map((v) => `'${v.replace(/'/g, "''")}'`).join(',');
    case 'text':
      return r.texts.join(' + ');
    case 'queryparam':
      return list.map((v) => `var-${encodeURIComponent(name)}=${encodeURIComponent(v)}`).join('&');
    case 'customqueryparam': {
      const [key = '', prefix = ''] = arg.split(':');
      return list.map((v) => `${encodeURIComponent(key || name)}=${encodeURIComponent(prefix + v)}`).join('&');
    }
    case 'date':
      return dateText(Number(list[0]), arg);
    case 'join':
      return list.join(arg || ',');
    default:
      return list.join(',');
  }
}

function dateText(ms: number, arg: string): string {
  if (arg === 'seconds') return String(Math.round(ms / 1000));
  if (arg === '' || arg === 'iso') return new Date(ms).toISOString();
  return formatMoment(ms, arg);
}

export function single(text: string, value = text): Resolved {
  return { texts: [text], values: [value], many: false, raw: true };
}

/** What a variable stands for at the moment. All is its own pattern where one was given, otherwise every option. */
export function resolveVariable(v: Variable): Resolved {
  const many = v.multi || v.includeAll;
  if (v.type === 'adhoc') return single('');
  if (v.current.value.includes(ALL_VALUE)) {
    if (v.allValue !== '') return { texts: ['All'], values: [v.allValue], many: true, raw: true };
    return { texts: ['All'], values: v.options.map((o) => o.value), many: true, raw: false };
  }
  // Constants and text boxes hold parts of queries (prefixes, matchers); escaping would break those.
  const raw = v.type === 'constant' || v.type === 'interval' || v.type === 'textbox';
  return { texts: v.current.text, values: v.current.value, many, raw };
}

/** Looks through scoped values first, then variables, then `extra` (times, intervals). */
export function lookupIn(variables: readonly Variable[], scoped: ScopedVars | undefined, extra: Lookup): Lookup {
  return (name) => {
    const local: VariableOption | undefined = scoped?.[name];
    const v = variables.find((x) => x.name === name);
    if (local) return { texts: [local.text], values: [local.value], many: v ? v.multi || v.includeAll : false, raw: v === undefined };
    return extra(name) ?? (v ? resolveVariable(v) : undefined);
  };
}
