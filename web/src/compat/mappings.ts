/** Value mappings: a value shown as another text, in another colour. The first mapping that fits wins. */
import type { Mapping, MappingResult } from './model';
import type { Cell } from './reducers';

export function mapValue(mappings: readonly Mapping[] | undefined, value: Cell): MappingResult | undefined {
  for (const m of mappings ?? []) {
    const found = match(m, value);
    if (found) return found;
  }
  return undefined;
}

function match(m: Mapping, value: Cell): MappingResult | undefined {
  switch (m.type) {
    case 'value': {
      if (value === null) return undefined;
      return m.options[String(value)];
    }
    case 'range': {
      const n = typeof value === 'number' ? value : Number.NaN;
      if (Number.isNaN(n)) return undefined;
      return n >= (m.from ?? -Infinity) && n <= (m.to ?? Infinity) ? m.result : undefined;
    }
    case 'regex': {
      if (typeof value !== 'string') return undefined;
      const re = patternOf(m.pattern);
      if (!re?.test(value)) return undefined;
      return m.result.text === undefined ? m.result : { ...m.result, text: value.replace(re, m.result.text) };
    }
    case 'special':
      return special(m.match, value) ? m.result : undefined;
  }
}

function special(kind: string, value: Cell): boolean {
  const isNaNValue = typeof value === 'number' && Number.isNaN(value);
  switch (kind) {
    case 'null':
      return value === null;
    case 'nan':
      return isNaNValue;
    case 'null+nan':
      return value === null || isNaNValue;
    case 'true':
      return value === true;
    case 'false':
      return value === false;
    case 'empty':
      return value === '';
    default:
      return false;
  }
}

/** '/text/flags' or a bare pattern that must fit the whole; undefined where it is not a valid expression. */
export function patternOf(pattern: string): RegExp | undefined {
  const delimited = /^\/(.*)\/([gimsuy]*)$/s.exec(pattern);
  try {
    return delimited ? new RegExp(delimited[1] ?? '', (delimited[2] ?? '').replace('g', '')) : new RegExp(`^(?:${pattern})$`);
  } catch {
    return undefined;
  }
}
