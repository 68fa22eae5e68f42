/** Transformations that make one frame of several. */
import { str } from '../json';
import { makeField, makeFrame, type Field, type Frame } from '../frames';
import { columnNames, displayName, rawName } from '../names';
import type { Cell } from '../reducers';
import type { Transform } from './index';

/** All rows in one table; rows that agree in the columns all frames share become one row. */
export const merge: Transform = (frames) => {
  const used = frames.filter((f) => f.fields.length > 0);
  const [first] = used;
  if (!first || used.length < 2) return frames;
  const tables = used.map((f) => ({ frame: f, names: tableNames(f, used) }));
  const all = [...new Set(tables.flatMap((t) => t.names))];
  const keys = all.filter((n) => tables.every((t) => t.names.includes(n)));
  const rows: Map<string, Cell>[] = [];
  const byKey = new Map<string, Map<string, Cell>[]>();
  for (const { frame, names } of tables) {
    for (let i = 0; i < frame.length; i++) {
      const row = new Map(frame.fields.map((f, c) => [names[c] ?? f.name, f.values[i] ?? null] as const));
      const key = JSON.stringify(keys.map((k) => row.get(k) ?? null));
      const same = byKey.get(key) ?? [];
      const fits = same.find((r) => [...row].every(([n, v]) => !r.has(n) || r.get(n) === v));
      if (fits) for (const [n, v] of row) fits.set(n, v);
      else {
        rows.push(row);
        byKey.set(key, [...same, row]);
      }
    }
  }
  const fields = all.map((name): Field => {
    const source = firstColumn(tables, name);
    const values = rows.map((r) => r.get(name) ?? null);
    return source ? { ...source, name, values } : makeField(name, 'other', values);
  });
  return [makeFrame(first.refId, timeFirst(fields), 'table')];
};

/** In tables a value column is one column whatever labels it had; labels of series tell them apart. */
function tableNames(frame: Frame, frames: readonly Frame[]): string[] {
  return frame.kind === 'series' ? columnNames(frame, frames) : frame.fields.map((f) => f.config.displayName ?? f.name);
}

function firstColumn(tables: { frame: Frame; names: string[] }[], name: string): Field | undefined {
  for (const { frame, names } of tables) {
    const field = frame.fields[names.indexOf(name)];
    if (field) return field;
  }
  return undefined;
}

function timeFirst(fields: Field[]): Field[] {
  return [...fields.filter((f) => f.type === 'time'), ...fields.filter((f) => f.type !== 'time')];
}

/** Columns side by side; shorter ones end in nothing. */
export const concatenate: Transform = (frames) => {
  const [first] = frames;
  if (!first || frames.length < 2) return frames;
  const length = Math.max(...frames.map((f) => f.length));
  const fields = frames.flatMap((frame) =>
    frame.fields.map((f): Field => ({ ...f, values: Array.from({ length }, (_, i) => f.values[i] ?? null) })),
  );
  return [makeFrame(first.refId, fields, 'table')];
};

/** One row for each value of the key column; without a name the key is time. */
export const joinByField: Transform = (frames, options) => joinFrames(frames, str(options['byField']), str(options['mode'], 'outer'));

export function joinFrames(frames: Frame[], byField: string, mode: string): Frame[] {
  const [first] = frames;
  if (!first || frames.length < 2) return frames;
  const isKey = (f: Field, frame: Frame): boolean =>
    byField === '' ? f.type === 'time' : f.name === byField || displayName(f, frame, frames) === byField;
  const tables = frames.flatMap((frame) => {
    const key = frame.fields.find((f) => isKey(f, frame));
    return key ? [{ frame, key }] : [];
  });
  const head = tables[0];
  if (!head) return frames;
  const rowOf = new Map<Cell, number>();
  for (const { key } of tables) for (const v of key.values) if (!rowOf.has(v)) rowOf.set(v, rowOf.size);
  let keys = [...rowOf.keys()];
  if (mode === 'inner') keys = keys.filter((k) => tables.every((t) => t.key.values.includes(k)));
  if (head.key.type === 'time') keys.sort((a, b) => Number(a) - Number(b));
  const place = new Map(keys.map((k, i) => [k, i]));
  const fields: Field[] = [{ ...head.key, values: keys }];
  for (const { frame, key } of tables) {
    for (const field of frame.fields) {
      if (field === key) continue;
      const values = new Array<Cell>(keys.length).fill(null);
      key.values.forEach((k, i) => {
        const at = place.get(k);
        if (at !== undefined) values[at] = field.values[i] ?? null;
      });
      const copy: Field = { ...field, values };
      // The name a series had by itself is lost once it is a column among others.
      if (frame.kind === 'series' && copy.config.displayNameFromDS === undefined) {
        copy.config = { ...copy.config, displayNameFromDS: rawName(field, frame, frames) };
      }
      fields.push(copy);
    }
  }
  return [makeFrame(first.refId, fields, 'table')];
}

/** Time, Metric, Value: one row per sample of all series, newest first. */
export const seriesToRows: Transform = (frames) => {
  const [first] = frames;
  if (!first) return frames;
  const rows: [number, string, Cell][] = [];
  for (const frame of frames) {
    const time = frame.fields.find((f) => f.type === 'time');
    for (const field of frame.fields) {
      if (field.type !== 'number' || !time) continue;
      const name = displayName(field, frame, frames);
      time.values.forEach((t, i) => rows.push([Number(t), name, field.values[i] ?? null]));
    }
  }
  rows.sort((a, b) => b[0] - a[0]);
  const fields = [
    makeField('Time', 'time', rows.map((r) => r[0])),
    makeField('Metric', 'string', rows.map((r) => r[1])),
    makeField('Value', 'number', rows.map((r) => r[2])),
  ];
  return [makeFrame(first.refId, fields, 'table')];
};
