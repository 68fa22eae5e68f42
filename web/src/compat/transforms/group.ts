/** Transformations that fold many rows or series into few. */
import { bool, obj, str, strings } from '../json';
import { makeField, makeFrame, type Field, type FieldType, type Frame } from '../frames';
import { columnNames, displayName } from '../names';
import { keepsUnit, reduce, reducerName, type Cell, type Reduced } from '../reducers';
import type { Transform } from './index';

export const groupBy: Transform = (frames, options) => {
  const settings = obj(options['fields']);
  const hasGroup = Object.values(settings).some((s) => obj(s)['operation'] === 'groupby');
  if (!hasGroup) return frames;
  return frames.map((frame) => {
    const names = columnNames(frame, frames);
    const keys = frame.fields.filter((_f, i) => obj(settings[names[i] ?? ''])['operation'] === 'groupby');
    if (keys.length === 0) return frame;
    const groups = new Map<string, number[]>();
    for (let i = 0; i < frame.length; i++) {
      const key = JSON.stringify(keys.map((f) => f.values[i] ?? null));
      const rows = groups.get(key);
      if (rows) rows.push(i);
      else groups.set(key, [i]);
    }
    const rows = [...groups.values()];
    const fields: Field[] = keys.map((f) => ({ ...f, values: rows.map((r) => f.values[r[0] ?? 0] ?? null) }));
    frame.fields.forEach((f, i) => {
      const s = obj(settings[names[i] ?? '']);
      if (s['operation'] !== 'aggregate') return;
      for (const id of strings(s['aggregations'])) {
        const values = rows.map((r) => flat(reduce(r.map((x) => f.values[x] ?? null), id)));
        fields.push(reducedField(`${names[i] ?? f.name} (${id})`, values, f, id));
      }
    });
    return makeFrame(frame.refId, fields, 'table');
  });
};

/** Lists (all values, unique values) are read as text in a cell. */
function flat(v: Reduced): Cell {
  if (Array.isArray(v)) return v.join(', ');
  return v === undefined ? null : v;
}

function typeOf(values: readonly Cell[], fallback: FieldType): FieldType {
  const v = values.find((x) => x !== null);
  if (v === undefined) return fallback;
  return typeof v === 'number' ? (fallback === 'time' ? 'time' : 'number') : typeof v === 'boolean' ? 'boolean' : 'string';
}

function reducedField(name: string, values: Cell[], source: Field, id: string): Field {
  const field = makeField(name, keepsUnit(id) ? typeOf(values, source.type) : 'number', values);
  if (!keepsUnit(id)) field.config.unit = 'none';
  return field;
}

export const reduceFrames: Transform = (frames, options) => {
  const reducers = strings(options['reducers']);
  const used = reducers.length > 0 ? reducers : ['max'];
  const withTime = bool(options['includeTimeField']);
  if (str(options['mode']) === 'reduceFields') return reduceFields(frames, used[0] ?? 'max', withTime);
  const labels = bool(options['labelsToFields']);
  const series = frames.flatMap((frame) =>
    frame.fields.filter((f) => withTime || f.type !== 'time').map((f) => ({ f, name: displayName(f, frame, frames) })),
  );
  const [first] = frames;
  if (!first || series.length === 0) return [];
  const fields: Field[] = [];
  const keys = labels ? [...new Set(series.flatMap(({ f }) => Object.keys(f.labels ?? {})))] : [];
  // With labels as columns the name would only repeat them.
  fields.push(makeField('Field', 'string', series.map((s) => (labels ? s.f.name : s.name))));
  for (const key of keys) fields.push(makeField(key, 'string', series.map(({ f }) => f.labels?.[key] ?? null)));
  for (const id of used) {
    const values = series.map(({ f }) => flat(reduce(f.values, id)));
    const field = makeField(reducerName(id), typeOf(values, 'number'), values);
    if (!keepsUnit(id)) field.config.unit = 'none';
    fields.push(field);
  }
  return [makeFrame(first.refId, fields, 'table')];
};

function reduceFields(frames: Frame[], id: string, withTime: boolean): Frame[] {
  return frames.map((frame) => {
    const fields = frame.fields
      .filter((f) => f.type === 'number' || (withTime && f.type === 'time') || f.type === 'string')
      .map((f) => {
        const value = flat(reduce(f.values, f.type === 'number' ? id : 'lastNotNull'));
        return { ...f, values: [value] };
      });
    return { ...frame, fields, length: 1, kind: 'table' as const };
  });
}

/** Rows become columns; the first column gives the new columns' names. */
export const transpose: Transform = (frames, options) => {
  const firstName = str(options['firstFieldName']) || 'Field';
  return frames.map((frame) => {
    const names = columnNames(frame, frames);
    const [head, ...rest] = frame.fields;
    if (!head) return frame;
    const labels = makeField(firstName, 'string', names.slice(1));
    const columns = head.values.map((v, i) => {
      const values = rest.map((f) => f.values[i] ?? null);
      const numeric = values.every((x) => x === null || typeof x === 'number');
      const name = v === null ? `Value ${i + 1}` : String(v);
      return makeField(name, numeric ? 'number' : 'string', numeric ? values : values.map((x) => (x === null ? null : String(x))));
    });
    return makeFrame(frame.refId, [labels, ...columns], 'table');
  });
};

/** Three columns (row, column, value) as a matrix. */
export const groupToMatrix: Transform = (frames, options) => {
  const [frame] = frames;
  if (!frame) return frames;
  const names = columnNames(frame, frames);
  const by = (key: string, fallback: string): Field | undefined => frame.fields[names.indexOf(str(options[key], fallback))];
  const row = by('rowField', 'Time');
  const column = by('columnField', 'Time');
  const value = by('valueField', 'Value');
  if (!row || !column || !value) return frames;
  const rows = [...new Set(row.values)];
  const columns = [...new Set(column.values)];
  const head = makeField(`${row.name}\\${column.name}`, row.type, rows);
  const fields = columns.map((c) => {
    const values = rows.map((r) => {
      const i = row.values.findIndex((v, x) => v === r && column.values[x] === c);
      return i < 0 ? null : (value.values[i] ?? null);
    });
    return { ...value, name: String(c), values };
  });
  return [makeFrame(frame.refId, [head, ...fields], 'table')];
};
