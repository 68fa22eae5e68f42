/**
 * Data frames: columns with names, types and labels, which transformations and panels work on; and how answers of the
 * Prometheus API become frames in the three formats of a query.
 */
import { sampleValue, formatSeries } from '../api/samples';
import type { Labels, MatrixSeries, QueryData, WireSample } from '../api/types';
import type { FieldConfig } from './model';
import type { Cell } from './reducers';

export type FieldType = 'time' | 'number' | 'string' | 'boolean' | 'other';

export interface Field {
  name: string;
  type: FieldType;
  /** Times are ms since 1970. */
  values: Cell[];
  labels?: Labels;
  config: FieldConfig;
  /** Name as shown; set when field options are applied. */
  displayName?: string;
  /** Place among all value fields of the panel, for palette colours. */
  seriesIndex?: number;
  /** Range for percentages and colours, over all fields unless the field asks for its own. */
  range?: { min: number; max: number };
}

export interface Frame {
  refId: string;
  name?: string;
  fields: Field[];
  length: number;
  kind: 'series' | 'table' | 'heatmap';
}

export function emptyConfig(): FieldConfig {
  return { custom: {} };
}

export function makeField(name: string, type: FieldType, values: Cell[], labels?: Labels): Field {
  return labels ? { name, type, values, labels, config: emptyConfig() } : { name, type, values, config: emptyConfig() };
}

export function makeFrame(refId: string, fields: Field[], kind: Frame['kind']): Frame {
  return { refId, fields, length: fields[0]?.values.length ?? 0, kind };
}

export interface AnswerShape {
  refId: string;
  expr: string;
  legendFormat: string;
  format: 'time_series' | 'table' | 'heatmap';
  /** Range in ms, and the step: gaps in the answer become nulls. Undefined for instant queries. */
  grid: { start: number; end: number; step: number } | undefined;
}

/** All series of an answer as matrix rows; instant values are rows of one sample. */
function rowsOf(data: QueryData): MatrixSeries[] {
  switch (data.resultType) {
    case 'matrix':
      return data.result;
    case 'vector':
      return data.result.map((s) => ({ metric: s.metric, values: s.value ? [s.value] : [] }));
    case 'scalar':
      return [{ metric: {}, values: [data.result] }];
    case 'string':
      return [];
  }
}

export function framesFromAnswer(data: QueryData, shape: AnswerShape): Frame[] {
  const rows = rowsOf(data).filter((r) => (r.values?.length ?? 0) > 0);
  switch (shape.format) {
    case 'table':
      return rows.length > 0 ? [tableFrame(rows, shape)] : [];
    case 'heatmap':
      return heatmapFrames(rows, shape);
    case 'time_series':
      return rows.map((r) => seriesFrame(r, shape));
  }
}

function seriesFrame(row: MatrixSeries, shape: AnswerShape): Frame {
  const { times, values } = onGrid(row.values ?? [], shape);
  const value = makeField('Value', 'number', values, row.metric);
  const name = legendName(row.metric, shape);
  if (name !== undefined) value.config.displayNameFromDS = name;
  const frame = makeFrame(shape.refId, [makeField('Time', 'time', times), value], 'series');
  if (name !== undefined) frame.name = name;
  return frame;
}

/** Every step of the range once, null where the answer has none: lines break there. */
function onGrid(samples: readonly WireSample[], shape: AnswerShape): { times: number[]; values: (number | null)[] } {
  const times: number[] = [];
  const values: (number | null)[] = [];
  const step = shape.grid?.step ?? 0;
  let next = shape.grid?.start ?? 0;
  for (const [seconds, text] of samples) {
    const t = Math.round(seconds * 1000);
    if (step > 0) {
      for (; next < t; next += step) {
        times.push(next);
        values.push(null);
      }
      next = t + step;
    }
    times.push(t);
    values.push(sampleValue(text));
  }
  if (step > 0 && shape.grid) {
    for (; next <= shape.grid.end; next += step) {
      times.push(next);
      values.push(null);
    }
  }
  return { times, values };
}

/** undefined: the name is made from labels once all frames are known. */
export function legendName(labels: Labels, shape: { legendFormat: string; expr: string }): string | undefined {
  const format = shape.legendFormat;
  if (format === '__auto') return Object.keys(labels).length === 0 ? shape.expr : undefined;
  if (format !== '') return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_m, label: string) => labels[label] ?? '');
  const name = formatSeries(labels);
  return name === '{}' ? shape.expr : name;
}

/** A row per sample, a column per label, in the order labels are first met. */
function tableFrame(rows: readonly MatrixSeries[], shape: AnswerShape): Frame {
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.metric)))].sort();
  const time = makeField('Time', 'time', []);
  const labels = names.map((n) => makeField(n, 'string', []));
  const value = makeField('Value', 'number', []);
  for (const row of rows) {
    for (const [seconds, text] of row.values ?? []) {
      time.values.push(Math.round(seconds * 1000));
      for (const field of labels) field.values.push(row.metric[field.name] ?? '');
      value.values.push(sampleValue(text));
    }
  }
  return makeFrame(shape.refId, [time, ...labels, value], 'table');
}

/** Buckets ascending by `le`, each with what it holds alone (the wire counts everything below the bound). */
function heatmapFrames(rows: readonly MatrixSeries[], shape: AnswerShape): Frame[] {
  const withBound = rows.map((row) => ({ row, le: sampleValue(row.metric['le'] ?? 'NaN') }));
  const bucketed = withBound.filter((b) => !Number.isNaN(b.le)).sort((a, b) => a.le - b.le);
  if (bucketed.length === 0) return rows.map((r) => seriesFrame(r, shape));
  const times = [...new Set(bucketed.flatMap((b) => (b.row.values ?? []).map(([t]) => Math.round(t * 1000))))].sort((a, b) => a - b);
  let below = new Map<number, number>();
  const fields = bucketed.map(({ row, le }) => {
    const cumulative = new Map((row.values ?? []).map(([t, v]) => [Math.round(t * 1000), sampleValue(v)]));
    const values = times.map((t): number | null => {
      const all = cumulative.get(t);
      if (all === undefined) return null;
      // Rates of buckets scraped at different moments may differ by a rounding error.
      return Math.max(0, all - (below.get(t) ?? 0));
    });
    below = new Map([...below, ...cumulative]);
    const field = makeField(Number.isFinite(le) ? String(le) : '+Inf', 'number', values, row.metric);
    const name = legendName(row.metric, shape);
    if (name !== undefined) field.config.displayNameFromDS = name;
    return field;
  });
  return [makeFrame(shape.refId, [makeField('Time', 'time', times), ...fields], 'heatmap')];
}

/** Tables of several queries need different names for their values. */
export function nameTableValues(frames: Frame[], queries: number): Frame[] {
  if (queries < 2) return frames;
  for (const frame of frames) {
    if (frame.kind !== 'table') continue;
    for (const field of frame.fields) if (field.name === 'Value') field.name = `Value #${frame.refId}`;
  }
  return frames;
}

export function timeField(frame: Frame): Field | undefined {
  return frame.fields.find((f) => f.type === 'time');
}

export function numberFields(frame: Frame): Field[] {
  return frame.fields.filter((f) => f.type === 'number');
}
