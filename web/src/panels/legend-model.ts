/** Rows and columns of a legend, sorted as the panel asks. Pure; Legend.tsx draws. */
import { fieldColor, showValue, shownText, type DisplayContext } from '../compat/display';
import type { Field } from '../compat/frames';
import { bool, num, obj, str, strings, type JsonObject } from '../compat/json';
import { keepsUnit, reduce, reducerName } from '../compat/reducers';

export interface LegendOptions {
  show: boolean;
  mode: 'list' | 'table';
  placement: 'bottom' | 'right';
  calcs: string[];
  sortBy: string;
  sortDesc: boolean;
  hideZeros: boolean;
  width: number | undefined;
}

export interface LegendRow {
  /** Key for hiding and isolating. */
  name: string;
  color: string;
  dashed: boolean;
  rightAxis: boolean;
  values: { text: string; sort: number }[];
}

export function legendOptions(options: JsonObject): LegendOptions {
  const l = obj(options['legend']);
  const mode = str(l['displayMode'], 'list');
  return {
    show: bool(l['showLegend'], bool(l['show'], true)) && mode !== 'hidden',
    mode: mode === 'table' ? 'table' : 'list',
    placement: str(l['placement']) === 'right' ? 'right' : 'bottom',
    calcs: strings(l['calcs']),
    sortBy: str(l['sortBy']),
    sortDesc: bool(l['sortDesc']),
    hideZeros: bool(l['hideZeros']),
    width: num(l['width']),
  };
}

export function legendRow(field: Field, calcs: readonly string[], ctx: DisplayContext, rightAxis: boolean): LegendRow {
  const style = obj(field.config.custom['lineStyle']);
  return {
    name: field.displayName ?? field.name,
    color: fieldColor(field, ctx.theme),
    dashed: str(style['fill']) === 'dash' || str(style['fill']) === 'dot',
    rightAxis,
    values: calcs.map((calc) => {
      const r = reduce(field.values, calc);
      const cell = r === undefined ? null : Array.isArray(r) ? r.join(', ') : r;
      const by = keepsUnit(calc) ? field : { ...field, config: { ...field.config, unit: 'none', decimals: 0 } };
      return { text: shownText(showValue(by, cell, ctx)), sort: typeof cell === 'number' ? cell : Number.NEGATIVE_INFINITY };
    }),
  };
}

/** `sort` is a calc id, a calc's name ("Last *", "Max") or 'Name'. */
export function sortLegend(rows: LegendRow[], calcs: readonly string[], sort: string, desc: boolean): LegendRow[] {
  if (sort === '') return rows;
  const at = calcs.findIndex((c) => c === sort || reducerName(c) === sort);
  const sign = desc ? -1 : 1;
  if (at < 0) {
    if (sort !== 'Name') return rows;
    return [...rows].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) * sign);
  }
  return [...rows].sort((a, b) => ((a.values[at]?.sort ?? 0) - (b.values[at]?.sort ?? 0)) * sign);
}

/** Series that are hidden after a click: a plain click isolates, with a modifier it toggles. */
export function clickLegend(hidden: ReadonlySet<string>, names: readonly string[], name: string, toggle: boolean): Set<string> {
  if (toggle) {
    const next = new Set(hidden);
    if (next.has(name)) next.delete(name);
    else next.add(name);
    return next.size >= names.length ? new Set() : next;
  }
  const visible = names.filter((n) => !hidden.has(n));
  if (visible.length === 1 && visible[0] === name) return new Set();
  return new Set(names.filter((n) => n !== name));
}
