/**
 * From frames to what a chart draws: aligned columns, stacked where asked, grouped into value scales. Pure.
 * In: frames with field options applied. Out: drawn columns in the order of `series`; `raw` keeps what legends and
 * tooltips tell, since stacking and turning upside down change what is drawn but not what was measured.
 */
import { fieldColor } from '../../compat/display';
import type { ThemeName } from '../../compat/colors';
import type { Field, Frame } from '../../compat/frames';
import { seriesFields } from '../values';
import { seriesStyle, type AxisStyle, type SeriesStyle } from './style';

export interface ChartSeries {
  name: string;
  field: Field;
  style: SeriesStyle;
  color: string;
  scale: string;
  raw: (number | null | undefined)[];
}

export interface ChartScale {
  key: string;
  style: AxisStyle;
  field: Field;
  min: number | undefined;
  max: number | undefined;
  /** Percent stacking runs from 0 to 1 whatever the unit. */
  percent: boolean;
  bars: boolean;
  side: 'left' | 'right' | 'hidden';
  colors: string[];
}

/** Fill between two drawn series; indices into `series`. */
export interface Band {
  upper: number;
  lower: number;
}

export interface ChartModel {
  /** Seconds since 1970, ascending. */
  times: number[];
  series: ChartSeries[];
  drawn: (number | null | undefined)[][];
  scales: ChartScale[];
  bands: Band[];
  /** All series that have a legend entry, hidden ones too. */
  legend: { field: Field; rightAxis: boolean; name: string }[];
}

export function chartModel(frames: readonly Frame[], hidden: ReadonlySet<string>, theme: ThemeName): ChartModel {
  const all = uniqueSeries(frames).map((s) => ({ ...s, style: seriesStyle(s.field.config) }));
  const scales = makeScales(all, theme);
  const shown = all.filter((s) => !s.style.hideViz && !hidden.has(s.name));
  const times = allTimes(shown.map((s) => s.time));
  const series = shown.map((s): ChartSeries => {
    const raw = aligned(s.field, s.time, times, s.style);
    return { name: s.name, field: s.field, style: s.style, color: fieldColor(s.field, theme), scale: scaleKey(s.field, s.style), raw };
  });
  const drawn = series.map((s) => (s.style.negative ? s.raw.map((v) => (typeof v === 'number' ? -v : v)) : s.raw));
  const bands = stack(series, drawn);
  series.forEach((s, upper) => {
    const lower = s.style.fillBelowTo === '' ? -1 : series.findIndex((o) => o.name === s.style.fillBelowTo);
    if (lower >= 0) bands.push({ upper, lower });
  });
  const used = scales.filter((scale) => series.some((s) => s.scale === scale.key));
  return {
    times: times.map((t) => t / 1000),
    series,
    drawn,
    scales: used.length > 0 ? used : scales.slice(0, 1),
    bands,
    legend: all
      .filter((s) => !s.style.hideLegend)
      .map((s) => ({ field: s.field, name: s.name, rightAxis: scales.find((x) => x.key === scaleKey(s.field, s.style))?.side === 'right' })),
  };
}

/** Two series of the same name would be one in the legend; later ones get a number. */
function uniqueSeries(frames: readonly Frame[]): { field: Field; time: Field; name: string }[] {
  const seen = new Map<string, number>();
  return seriesFields(frames).map(({ field, time }) => {
    const base = field.displayName ?? field.name;
    const n = (seen.get(base) ?? 0) + 1;
    seen.set(base, n);
    const name = n > 1 ? `${base} ${n}` : base;
    return { field: n > 1 ? { ...field, displayName: name } : field, time, name };
  });
}

function allTimes(columns: readonly Field[]): number[] {
  const [first, ...rest] = columns;
  if (!first) return [];
  // Queries of one panel mostly share one grid; then there is nothing to merge.
  const same = rest.every((c) => c.values.length === first.values.length && c.values[0] === first.values[0] && c.values.at(-1) === first.values.at(-1));
  if (same) return first.values.map(Number);
  const union = new Set<number>();
  for (const c of columns) for (const t of c.values) if (typeof t === 'number') union.add(t);
  return [...union].sort((a, b) => a - b);
}

/** undefined where another series has a time that this one has not; null where this one has a gap. */
function aligned(field: Field, time: Field, times: readonly number[], style: SeriesStyle): (number | null | undefined)[] {
  const at = new Map<number, number | null>();
  let constant: number | null = null;
  let last: { t: number; open: boolean } | null = null;
  const gapLimit = typeof style.spanNulls === 'number' ? style.spanNulls : 0;
  const skipped: number[] = [];
  field.values.forEach((v, i) => {
    const t = Number(time.values[i]);
    const n = typeof v === 'number' && Number.isFinite(v) ? v : typeof v === 'boolean' ? Number(v) : null;
    constant ??= n;
    at.set(t, n === null && style.nullAsZero ? 0 : n);
    if (gapLimit <= 0) return;
    // Short gaps are bridged: their nulls become "no sample here".
    if (n === null) skipped.push(t);
    else {
      if (last && t - last.t <= gapLimit) for (const s of skipped) at.delete(s);
      skipped.length = 0;
      last = { t, open: false };
    }
  });
  if (style.constant) return times.map(() => constant);
  return times.map((t) => at.get(t));
}

/** Everything that decides an axis; series with the same key share one. */
export function scaleKey(field: Field, style: SeriesStyle): string {
  const a = style.axis;
  const c = field.config;
  const percent = style.stack.mode === 'percent';
  return [percent ? '%' : (c.unit ?? ''), c.min ?? '', c.max ?? '', a.placement, a.label, a.softMin ?? '', a.softMax ?? '', a.centeredZero, a.log, a.symlog].join('/');
}

function makeScales(all: { field: Field; style: SeriesStyle }[], theme: ThemeName): ChartScale[] {
  const scales = new Map<string, ChartScale>();
  for (const { field, style } of all) {
    const key = scaleKey(field, style);
    const known = scales.get(key);
    if (known) {
      known.bars ||= style.draw === 'bars';
      known.colors.push(fieldColor(field, theme));
      continue;
    }
    scales.set(key, {
      key,
      style: style.axis,
      field,
      min: field.config.min,
      max: field.config.max,
      percent: style.stack.mode === 'percent',
      bars: style.draw === 'bars',
      side: 'left',
      colors: [fieldColor(field, theme)],
    });
  }
  const list = [...scales.values()];
  let leftTaken = list.some((s) => s.style.placement === 'left');
  for (const s of list) {
    const p = s.style.placement;
    if (p !== 'auto') s.side = p;
    else {
      s.side = leftTaken ? 'right' : 'left';
      leftTaken = true;
    }
  }
  return list;
}

/** Adds up the columns of each stack in place; upward and downward series stack apart. */
function stack(series: readonly ChartSeries[], drawn: (number | null | undefined)[][]): Band[] {
  const bands: Band[] = [];
  const groups = new Map<string, number[]>();
  series.forEach((s, i) => {
    if (s.style.stack.mode === 'none') return;
    const key = [s.style.stack.mode, s.style.stack.group, s.scale, s.style.negative, s.style.draw === 'bars'].join('/');
    groups.set(key, [...(groups.get(key) ?? []), i]);
  });
  for (const members of groups.values()) {
    const percent = series[members[0] ?? 0]?.style.stack.mode === 'percent';
    const length = drawn[members[0] ?? 0]?.length ?? 0;
    const totals = new Array<number>(length).fill(0);
    if (percent) for (const m of members) drawn[m]?.forEach((v, i) => (totals[i] = (totals[i] ?? 0) + Math.abs(v ?? 0)));
    const sum = new Array<number>(length).fill(0);
    let below = -1;
    for (const m of members) {
      drawn[m] = (drawn[m] ?? []).map((v, i) => {
        if (v === undefined || v === null) return v;
        const total = totals[i] ?? 0;
        sum[i] = (sum[i] ?? 0) + (percent ? (total === 0 ? 0 : v / total) : v);
        return sum[i];
      });
      if (below >= 0) bands.push({ upper: m, lower: below });
      below = m;
    }
  }
  return bands;
}
