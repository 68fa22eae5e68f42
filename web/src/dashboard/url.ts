/** The page's state in its address, with Grafana's parameter names. Pure. */
import { choiceFromUrl } from '../compat/variables';
import type { AdHocFilter, Variable } from '../compat/model';

/** Values of one variable as `var-name` says; null when the address says nothing. */
export function urlValues(params: URLSearchParams, name: string): string[] | null {
  const key = `var-${name}`;
  return params.has(key) ? params.getAll(key) : null;
}

/** The variable with what the address asks for. */
export function withUrl(v: Variable, params: URLSearchParams): Variable {
  const values = urlValues(params, v.name);
  if (values === null) return v;
  if (v.type === 'adhoc') return { ...v, filters: values.map(parseFilter).filter((f) => f !== null) };
  return { ...v, current: choiceFromUrl(v, values) };
}

export function writeVariable(params: URLSearchParams, v: Variable): void {
  const key = `var-${v.name}`;
  params.delete(key);
  if (v.skipUrlSync) return;
  const values = v.type === 'adhoc' ? v.filters.map(formatFilter) : v.current.value;
  for (const value of values) params.append(key, value);
}

/** `key|op|value`, with __gfp__ for a pipe inside. */
function parseFilter(text: string): AdHocFilter | null {
  const [key = '', operator = '', value = ''] = text.split('|').map((s) => s.replace(/__gfp__/g, '|'));
  return key === '' || operator === '' ? null : { key, operator, value };
}

function formatFilter(f: AdHocFilter): string {
  return [f.key, f.operator, f.value].map((s) => s.replace(/\|/g, '__gfp__')).join('|');
}

/** `var-a=1&var-b=2` of everything that is chosen, for links. */
export function allVariables(variables: readonly Variable[]): string {
  const params = new URLSearchParams();
  for (const v of variables) writeVariable(params, v);
  return params.toString();
}
