/**
 * A heatmap as a grid of cells: columns are times, rows are buckets. Either the query gives the buckets (`le`), or values
 * are counted into buckets here. Pure.
 */
import { sampleValue } from '../../api/samples';
import type { Frame } from '../../compat/frames';
import { num, obj, bool, str, type JsonObject } from '../../compat/json';
import { parseDuration, roundInterval } from '../../compat/interval';
import { seriesFields } from '../values';

export interface HeatmapRow {
  /** Bounds of the bucket; -Infinity and Infinity where open. NaN where the row is only a name. */
  low: number;
  high: number;
  label: string;
}

export interface HeatmapModel {
  /** Start of each column in ms; a column lasts `step`. */
  times: number[];
  step: number;
  /** From the lowest to the highest bucket. */
  rows: HeatmapRow[];
  /** counts[row][column]; null for nothing. */
  counts: (number | null)[][];
  /** Smallest and largest count that is drawn. */
  min: number;
  max: number;
}

export function heatmapModel(frames: readonly Frame[], options: JsonObject): HeatmapModel | null {
  const made = bool(options['calculate']) ? calculated(frames, obj(options['calculation'])) : bucketed(frames);
  if (!made || made.times.length === 0) return null;
  const filter = obj(options['filterValues']);
  const le = num(filter['le']);
  const ge = num(filter['ge']);
  const counts = made.counts.map((row) => row.map((v) => (v === null || (le !== undefined && v <= le) || (ge !== undefined && v >= ge) ? null : v)));
  let min = Infinity;
  let max = -Infinity;
  for (const row of counts) {
    for (const v of row) {
      if (v === null) continue;
      if (v < min) min = v;
      if (v > max) max = v;
    }
  }
  const model = { ...made, counts, min: Number.isFinite(min) ? min : 0, max: Number.isFinite(max) ? max : 1 };
  return trimmed(model);
}

/** Buckets of one heatmap frame, or of series whose names or `le` labels are bounds. */
function bucketed(frames: readonly Frame[]): Omit<HeatmapModel, 'min' | 'max'> | null {
  const series = seriesFields(frames);
  if (series.length === 0) return null;
  const ready = frames.every((f) => f.kind === 'heatmap');
  const rows = series.map(({ field, time }) => {
    const bound = sampleValue(field.labels?.['le'] ?? field.displayName ?? field.name);
    const values = new Map(time.values.map((t, i) => [Number(t), field.values[i] ?? null] as const));
    return { high: bound, label: field.displayName ?? field.name, values };
  });
  const byBound = rows.every((r) => !Number.isNaN(r.high));
  if (byBound) rows.sort((a, b) => a.high - b.high);
  const times = [...new Set(series.flatMap(({ time }) => time.values.map(Number)))].sort((a, b) => a - b);
  const cumulative = byBound && !ready && looksCumulative(rows.map((r) => r.values), times);
  const counts = rows.map((r, i) =>
    times.map((t): number | null => {
      const v = r.values.get(t);
      if (typeof v !== 'number' || Number.isNaN(v)) return null;
      if (!cumulative || i === 0) return v;
      const below = rows[i - 1]?.values.get(t);
      return Math.max(0, v - (typeof below === 'number' ? below : 0));
    }),
  );
  return {
    times,
    step: smallestStep(times),
    rows: rows.map((r, i) => ({ high: r.high, low: i === 0 ? -Infinity : (rows[i - 1]?.high ?? -Infinity), label: r.label })),
    counts,
  };
}

/** Counts that never fall from bucket to bucket are still summed up. */
function looksCumulative(rows: readonly Map<number, unknown>[], times: readonly number[]): boolean {
  if (rows.length < 3) return false;
  return times.every((t) =>
    rows.every((row, i) => {
      const v = row.get(t);
      const below = rows[i - 1]?.get(t);
      return i === 0 || typeof v !== 'number' || typeof below !== 'number' || v >= below * (1 - 1e-9);
    }),
  );
}

function smallestStep(times: readonly number[]): number {
  let step = Infinity;
  for (let i = 1; i < times.length; i++) step = Math.min(step, (times[i] ?? 0) - (times[i - 1] ?? 0));
  return Number.isFinite(step) && step > 0 ? step : 60_000;
}

/** Values counted into a grid; about 30 by 20 cells unless the panel says otherwise. */
function calculated(frames: readonly Frame[], calculation: JsonObject): Omit<HeatmapModel, 'min' | 'max'> | null {
  const points: [number, number][] = [];
  for (const { field, time } of seriesFields(frames)) {
    field.values.forEach((v, i) => {
      if (typeof v === 'number' && Number.isFinite(v)) points.push([Number(time.values[i]), v]);
    });
  }
  if (points.length === 0) return null;
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  const [x0, x1] = [least(xs), most(xs)];
  const [y0, y1] = [least(ys), most(ys)];
  const x = obj(calculation['xBuckets']);
  const y = obj(calculation['yBuckets']);
  const xSize = bucketSize(x, (x1 - x0) / 30, (text) => parseDuration(text), roundInterval);
  const log = str(obj(y['scale'])['type']) === 'log';
  const bounds = log ? logBounds(y0, y1, num(obj(y['scale'])['log']) ?? 2) : linearBounds(y0, y1, bucketSize(y, (y1 - y0) / 20 || 1, num, niceStep));
  const start = Math.floor(x0 / xSize) * xSize;
  const columns = Math.floor((x1 - start) / xSize) + 1;
  const counts = bounds.slice(1).map(() => new Array<number | null>(columns).fill(null));
  for (const [t, v] of points) {
    const column = Math.floor((t - start) / xSize);
    const above = bounds.findIndex((b) => v < b);
    const row = counts[(above < 0 ? bounds.length - 1 : Math.max(1, above)) - 1];
    if (row) row[column] = (row[column] ?? 0) + 1;
  }
  return {
    times: Array.from({ length: columns }, (_, i) => start + i * xSize),
    step: xSize,
    rows: bounds.slice(1).map((high, i) => ({ low: bounds[i] ?? 0, high, label: String(high) })),
    counts,
  };
}

function least(list: readonly number[]): number {
  return list.reduce((a, b) => Math.min(a, b), Infinity);
}

function most(list: readonly number[]): number {
  return list.reduce((a, b) => Math.max(a, b), -Infinity);
}

function bucketSize(o: JsonObject, auto: number, parse: (text: string) => number | undefined, round: (n: number) => number): number {
  const text = str(o['value']);
  const given = text === '' ? undefined : parse(text);
  if (given !== undefined && given > 0) {
    // A count of buckets divides the same span that the automatic size divides by its own count.
    return str(o['mode']) === 'count' ? round((auto * 30) / given) : given;
  }
  return Math.max(round(auto), Number.MIN_VALUE);
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw || 1));
  const unit = raw / power;
  return (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 5 ? 5 : 10) * power;
}

function linearBounds(low: number, high: number, size: number): number[] {
  const first = Math.floor(low / size) * size;
  const n = Math.min(500, Math.max(1, Math.floor((high - first) / size) + 1));
  return Array.from({ length: n + 1 }, (_, i) => Number((first + i * size).toPrecision(12)));
}

function logBounds(low: number, high: number, base: number): number[] {
  const from = Math.floor(Math.log(Math.max(low, 1e-9)) / Math.log(base));
  const to = Math.max(from + 1, Math.ceil(Math.log(Math.max(high, 1e-9)) / Math.log(base) + 1e-9));
  return Array.from({ length: to - from + 1 }, (_, i) => Number((base ** (from + i)).toPrecision(12)));
}

/** Empty buckets above and below what was seen only take room; one is kept on each side. */
function trimmed(m: HeatmapModel): HeatmapModel {
  const used = m.counts.map((row) => row.some((v) => v !== null && v !== 0));
  const first = used.indexOf(true);
  if (first < 0) return m;
  const from = Math.max(0, first - 1);
  const to = Math.min(m.rows.length, used.lastIndexOf(true) + 2);
  return { ...m, rows: m.rows.slice(from, to), counts: m.counts.slice(from, to) };
}
