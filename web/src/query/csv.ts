import type { Labels, QueryData } from '../api/types';
import type { GraphData } from './graph-data';
import { formatSeries } from '../api/samples';

/** RFC 4180: quoted where needed, CRLF between records. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** An instant result: one record per sample, one column per label, then time (ISO 8601) and value. */
export function tableCsv(data: QueryData): string {
  switch (data.resultType) {
    case 'scalar':
    case 'string':
      return toCsv([
        ['time', 'value'],
        [iso(data.result[0]), data.result[1]],
      ]);
    case 'vector': {
      const names = labelColumns(data.result.map((s) => s.metric));
      const rows = data.result.flatMap((s) => (s.value ? [[...labelCells(s.metric, names), iso(s.value[0]), s.value[1]]] : []));
      return toCsv([[...names, 'time', 'value'], ...rows]);
    }
    case 'matrix': {
      const names = labelColumns(data.result.map((s) => s.metric));
      const rows = data.result.flatMap((s) => (s.values ?? []).map(([time, value]) => [...labelCells(s.metric, names), iso(time), value]));
      return toCsv([[...names, 'time', 'value'], ...rows]);
    }
  }
}

/** A graph: one record per time, one column per series. */
export function graphCsv(data: GraphData): string {
  const header = ['time', ...data.series.map((s) => formatSeries(s.labels))];
  const rows = data.times.map((time, i) => [iso(time), ...data.series.map((s) => String(s.values[i] ?? ''))]);
  return toCsv([header, ...rows]);
}

/** `__name__` first, the rest in order. */
function labelColumns(all: readonly Labels[]): string[] {
  const names = new Set(all.flatMap((labels) => Object.keys(labels)));
  return [...names].sort((a, b) => (a === '__name__' ? -1 : b === '__name__' ? 1 : a < b ? -1 : 1));
}

function labelCells(labels: Labels, names: readonly string[]): string[] {
  return names.map((name) => labels[name] ?? '');
}

function iso(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString();
}
