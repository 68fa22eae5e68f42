/** A panel's data as rows of text: for the inspector's table and for CSV. Pure. */
import { showValue, shownText, type DisplayContext } from '../compat/display';
import type { Field, Frame } from '../compat/frames';
import { joinFrames } from '../compat/transforms/combine';

export interface DataTable {
  title: string;
  columns: string[];
  rows: string[][];
}

/** Series become one table with a column each; tables stay as they are. */
export function dataTables(frames: readonly Frame[], ctx: DisplayContext | null): DataTable[] {
  const series = frames.filter((f) => f.kind !== 'table' && f.fields.some((x) => x.type === 'time'));
  const rest = frames.filter((f) => !series.includes(f));
  const joined = series.length > 1 ? joinFrames([...series], '', 'outer') : series;
  return [...joined, ...rest].map((f) => table(f, ctx));
}

function table(frame: Frame, ctx: DisplayContext | null): DataTable {
  const fields = frame.fields;
  const length = Math.max(0, ...fields.map((f) => f.values.length));
  const rows = Array.from({ length }, (_, i) => fields.map((f) => cell(f, i, ctx)));
  return { title: frame.name ?? frame.refId, columns: fields.map((f) => f.displayName ?? f.config.displayNameFromDS ?? f.name), rows };
}

function cell(field: Field, i: number, ctx: DisplayContext | null): string {
  const v = field.values[i] ?? null;
  if (v === null) return '';
  if (ctx) return shownText(showValue(field, v, ctx));
  return field.type === 'time' && typeof v === 'number' ? new Date(v).toISOString() : String(v);
}

/** RFC 4180; raw values, times in ISO 8601. Several tables follow each other after an empty line. */
export function framesCsv(frames: readonly Frame[]): string {
  return dataTables(frames, null)
    .map((t) => [t.columns, ...t.rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n')
    .join('\r\n');
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
