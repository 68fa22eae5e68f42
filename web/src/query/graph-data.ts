import { sampleValue } from '../api/samples';
import type { Labels, MatrixSeries } from '../api/types';
import type { GraphWindow } from './panel';

/** One line of the graph: one value per point of the window, `null` where there is no sample. */
export interface GraphSeries {
  labels: Labels;
  values: (number | null)[];
}

export interface GraphData {
  /** Seconds since 1970, from start to end by step. */
  times: number[];
  series: GraphSeries[];
  /** Series left out since they hold only native histograms. */
  histograms: number;
}

/** Puts a matrix onto the window's grid. Infinite values cannot be drawn and become gaps. */
export function toGrid(matrix: readonly MatrixSeries[], window: GraphWindow): GraphData {
  const count = Math.floor((window.end - window.start) / window.step + 1e-6) + 1;
  const times = Array.from({ length: Math.max(count, 0) }, (_, i) => window.start + i * window.step);
  const series: GraphSeries[] = [];
  let histograms = 0;
  for (const { metric, values } of matrix) {
    if (values === undefined || values.length === 0) {
      histograms += 1;
      continue;
    }
    const row = new Array<number | null>(times.length).fill(null);
    for (const [time, text] of values) {
      const index = Math.round((time - window.start) / window.step);
      const value = sampleValue(text);
      if (index >= 0 && index < row.length && Number.isFinite(value)) row[index] = value;
    }
    series.push({ labels: metric, values: row });
  }
  return { times, series, histograms };
}

/**
 * Sums each shown series onto the ones before it; hidden ones do not count. A gap counts as nothing but stays a gap.
 */
export function stack(series: readonly (readonly (number | null)[])[], shown: readonly boolean[]): (number | null)[][] {
  const length = series[0]?.length ?? 0;
  const sum = new Array<number>(length).fill(0);
  return series.map((values, s) => {
    if (shown[s] !== true) return [...values];
    return values.map((value, i) => {
      if (value === null) return null;
      const total = (sum[i] ?? 0) + value;
      sum[i] = total;
      return total;
    });
  });
}

/** Indices of samples with no neighbour on either side: no line leads to them, so they need a dot. */
export function isolated(values: readonly (number | null | undefined)[], from: number, to: number): number[] {
  const found: number[] = [];
  for (let i = from; i <= to; i += 1) {
    const here = values[i];
    if (here === null || here === undefined) continue;
    const before = i > 0 ? values[i - 1] : null;
    const after = i + 1 < values.length ? values[i + 1] : null;
    if ((before === null || before === undefined) && (after === null || after === undefined)) found.push(i);
  }
  return found;
}

/** Labels that all series share and those that tell them apart; the legend can then say less. */
export function commonLabels(all: readonly Labels[]): Labels {
  const [first, ...rest] = all;
  if (first === undefined || rest.length === 0) return {};
  const common: Labels = {};
  for (const [name, value] of Object.entries(first)) {
    if (rest.every((labels) => labels[name] === value)) common[name] = value;
  }
  return common;
}
