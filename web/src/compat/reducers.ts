/**
 * The calculations behind legends, stats and "reduce": one value out of a column. Nulls are gaps and are skipped; NaN
 * counts as a value but takes no part in sums and extremes. Held against Grafana's recorded outputs.
 */

export type Cell = number | string | boolean | null;
export type Reduced = Cell | undefined | Cell[];

/** Ids and names in the order people pick them. */
export const REDUCER_NAMES: Record<string, string> = {
  lastNotNull: 'Last *',
  last: 'Last',
  firstNotNull: 'First *',
  first: 'First',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  median: 'Median',
  variance: 'Variance',
  stdDev: 'StdDev',
  sum: 'Total',
  count: 'Count',
  countAll: 'Count all',
  range: 'Range',
  delta: 'Delta',
  step: 'Step',
  diff: 'Difference',
  logmin: 'Min (above zero)',
  allIsZero: 'All zeros',
  allIsNull: 'All nulls',
  changeCount: 'Change count',
  distinctCount: 'Distinct count',
  diffperc: 'Difference percent',
  allValues: 'All values',
  uniqueValues: 'All unique values',
};

/** Reducer ids whose result is not in the unit of the field. */
const UNITLESS = new Set(['count', 'countAll', 'changeCount', 'distinctCount', 'allIsZero', 'allIsNull']);

export function reducerName(id: string): string {
  return REDUCER_NAMES[id] ?? (/^p\d+$/.test(id) ? `${id.slice(1)}th %` : id);
}

export function keepsUnit(id: string): boolean {
  return !UNITLESS.has(id);
}

/** Old names of reducers (singlestat and legends of graph panels). */
export function reducerId(id: string): string {
  const old: Record<string, string> = { avg: 'mean', current: 'lastNotNull', total: 'sum', first: 'first', name: 'name' };
  return old[id] ?? id;
}

export function reduce(values: readonly Cell[], id: string): Reduced {
  const n = values.length;
  if (n === 0) return EMPTY[id];
  switch (id) {
    case 'last':
      return values[n - 1];
    case 'first':
      return values[0];
    case 'lastNotNull':
      return lastWith(values) ?? null;
    case 'firstNotNull':
      return values.find((v) => v !== null && !isNaNCell(v)) ?? null;
    case 'countAll':
      return n;
    case 'allValues':
      return [...values];
    case 'uniqueValues':
      return [...new Set(values)];
    case 'count':
      return present(values).length;
    case 'distinctCount':
      return new Set(present(values)).size;
    case 'changeCount':
      return changes(values);
    case 'median':
      return median(values);
    case 'variance':
      return variance(values);
    case 'stdDev':
      return Math.sqrt(variance(values));
  }
  const percentile = /^p(\d+)$/.exec(id)?.[1];
  if (percentile !== undefined) {
    const sorted = sortedNumbers(values);
    return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * Number(percentile)) / 100))];
  }
  return fromStats(stats(values), id);
}

/** A single number out of any result: lists have none. */
export function reduceNumber(values: readonly Cell[], id: string): number | null {
  const r = reduce(values, id);
  if (typeof r === 'number') return r;
  return typeof r === 'boolean' ? Number(r) : null;
}

const EMPTY: Record<string, Reduced> = { sum: 0, count: 0, countAll: 0, allIsZero: false, allIsNull: true };

interface Stats {
  n: number;
  sum: number;
  min: number;
  max: number;
  logmin: number;
  first: number | null;
  last: number | null;
  step: number | null;
  delta: number;
  allIsZero: boolean;
  allIsNull: boolean;
}

function stats(values: readonly Cell[]): Stats {
  const s: Stats = {
    n: 0,
    sum: 0,
    min: Infinity,
    max: -Infinity,
    logmin: Number.MAX_VALUE,
    first: null,
    last: null,
    step: null,
    delta: 0,
    allIsZero: true,
    allIsNull: true,
  };
  let rising = true;
  for (const v of values) {
    if (v === null) continue;
    s.allIsNull = false;
    if (v !== 0) s.allIsZero = false;
    const x = typeof v === 'boolean' ? Number(v) : v;
    if (typeof x !== 'number' || Number.isNaN(x)) continue;
    if (s.last !== null) {
      const step = x - s.last;
      s.step = s.step === null ? step : Math.min(s.step, step);
      // A fall is a counter that began anew; what it holds then is not an increase that was seen.
      if (step >= 0 && rising) s.delta += step;
      rising = step >= 0;
    }
    s.first ??= x;
    s.last = x;
    s.n++;
    s.sum += x;
    if (x < s.min) s.min = x;
    if (x > s.max) s.max = x;
    if (x > 0 && x < s.logmin) s.logmin = x;
  }
  if (s.allIsNull) s.allIsZero = false;
  return s;
}

function fromStats(s: Stats, id: string): Reduced {
  const none = s.n === 0;
  switch (id) {
    case 'sum':
      return s.sum;
    case 'min':
      return none ? null : s.min;
    case 'max':
      return none ? null : s.max;
    case 'mean':
      return none ? null : s.sum / s.n;
    case 'range':
      return none ? null : s.max - s.min;
    case 'delta':
      return s.delta;
    case 'step':
      return s.step;
    case 'diff':
      return s.first === null || s.last === null ? null : s.last - s.first;
    case 'diffperc':
      return s.first === null || s.last === null ? 0 : ((s.last - s.first) / s.first) * 100;
    case 'logmin':
      return s.logmin;
    case 'allIsZero':
      return s.allIsZero;
    case 'allIsNull':
      return s.allIsNull;
    default:
      return undefined;
  }
}

function isNaNCell(v: Cell): boolean {
  return typeof v === 'number' && Number.isNaN(v);
}

function lastWith(values: readonly Cell[]): Cell | undefined {
  for (let i = values.length - 1; i >= 0; i--) {
    const v = values[i];
    if (v !== undefined && v !== null && !isNaNCell(v)) return v;
  }
  return undefined;
}

function present(values: readonly Cell[]): Cell[] {
  return values.filter((v) => v !== null);
}

function sortedNumbers(values: readonly Cell[]): number[] {
  return values.filter((v): v is number => typeof v === 'number').sort((a, b) => a - b);
}

function median(values: readonly Cell[]): number {
  const sorted = sortedNumbers(values);
  const mid = Math.floor(sorted.length / 2);
  const high = sorted[mid];
  if (high === undefined) return NaN;
  const low = sorted[mid - 1];
  return sorted.length % 2 === 0 && low !== undefined ? (low + high) / 2 : high;
}

/** Of the population, not of a sample. */
function variance(values: readonly Cell[]): number {
  const numbers = sortedNumbers(values);
  if (numbers.length === 0) return 0;
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  return numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / numbers.length;
}

function changes(values: readonly Cell[]): number {
  const seen = present(values);
  let n = 0;
  for (let i = 1; i < seen.length; i++) if (seen[i] !== seen[i - 1]) n++;
  return n;
}
