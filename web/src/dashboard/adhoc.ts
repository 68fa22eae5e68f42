/** Ad hoc filters: label matchers added to every selector of a query. Pure, on the text of the expression. */
import { escapeString } from '../compat/interpolate';
import type { AdHocFilter } from '../compat/model';

/** Adds `filters` to every vector selector of a PromQL expression. */
export function withFilters(expr: string, filters: readonly AdHocFilter[]): string {
  const usable = filters.filter((f) => f.key !== '' && f.operator !== '');
  if (usable.length === 0) return expr;
  const matchers = usable.map((f) => `${f.key}${f.operator}"${escapeString(f.value)}"`).join(',');
  let out = '';
  let at = 0;
  let grouping = 0;
  const token = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*|[a-zA-Z_:][\w:]*|\[[^\]]*\]|[0-9][\w.]*|[{}()]|\s+|./gy;
  for (token.lastIndex = 0; at < expr.length; ) {
    const m = token.exec(expr);
    if (!m) break;
    const text = m[0];
    at = token.lastIndex;
    if (text === '{' && grouping === 0) {
      const close = closing(expr, at);
      const inside = expr.slice(at, close).trim().replace(/,$/, '');
      out += `{${inside === '' ? matchers : `${inside},${matchers}`}}`;
      at = close + 1;
      token.lastIndex = at;
      continue;
    }
    if (/^(by|without|on|ignoring|group_left|group_right)$/i.test(text) && /^\s*\(/.test(expr.slice(at))) {
      // Label names in parentheses are not metrics.
      const close = expr.indexOf(')', at);
      const end = close < 0 ? expr.length : close + 1;
      out += text + expr.slice(at, end);
      at = end;
      token.lastIndex = at;
      continue;
    }
    out += text;
    if (/^[a-zA-Z_:]/.test(text) && !KEYWORDS.has(text.toLowerCase()) && !/^\s*(?:[({]|(?:by|without)\b)/i.test(expr.slice(at))) out += `{${matchers}}`;
  }
  return out;
}

function closing(expr: string, from: number): number {
  let quote = '';
  for (let i = from; i < expr.length; i++) {
    const c = expr.charAt(i);
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'" || c === '`') quote = c;
    else if (c === '}') return i;
  }
  return expr.length;
}

const KEYWORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'inf', 'nan', 'start', 'end', 'atan2']);
