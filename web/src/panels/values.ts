/** What stat, gauge, bar gauge and pie show: one value per series (or per row), reduced, named and coloured. */
import { fieldColor, showValue, type DisplayContext, type Shown } from '../compat/display';
import type { Field, Frame } from '../compat/frames';
import { obj, num, bool, str, strings, type JsonObject } from '../compat/json';
import { patternOf } from '../compat/mappings';
import { fieldLookup } from '../compat/overrides';
import type { Lookup } from '../compat/interpolate';
import { keepsUnit, reduce, type Cell } from '../compat/reducers';

export interface ShownValue extends Shown {
  name: string;
  field: Field;
  /** The series behind a reduced value, for sparklines. */
  times: Cell[];
  values: Cell[];
  lookup: Lookup;
}

/** Reduces the frames as the panel's `reduceOptions` say. */
export function reducedValues(frames: readonly Frame[], options: JsonObject, ctx: DisplayContext, lookup: Lookup): ShownValue[] {
  const o = obj(options['reduceOptions']);
  const calcs = strings(o['calcs']);
  const picks = fieldPicker(str(o['fields']));
  const out: ShownValue[] = [];
  for (const frame of frames) {
    const time = frame.fields.find((f) => f.type === 'time');
    for (const field of frame.fields) {
      if (!picks(field)) continue;
      if (bool(o['values'])) {
        const limit = num(o['limit']) ?? 25;
        rowsOf(frame, field, ctx, lookup).slice(0, limit).forEach((v) => out.push(v));
        continue;
      }
      for (const calc of calcs.length > 0 ? calcs : ['lastNotNull']) out.push(reduced(field, calc, calcs.length > 1, time, ctx, lookup));
    }
  }
  return out;
}

function reduced(field: Field, calc: string, several: boolean, time: Field | undefined, ctx: DisplayContext, lookup: Lookup): ShownValue {
  const r = reduce(field.values, calc);
  const cell: Cell = r === undefined || Array.isArray(r) ? null : r;
  const shownBy = keepsUnit(calc) ? field : { ...field, config: { ...field.config, unit: 'none' } };
  const base = field.displayName ?? field.name;
  const name = several ? `${base} (${calc})` : base;
  return {
    ...showValue(shownBy, cell, ctx),
    name,
    field,
    times: time?.values ?? [],
    values: field.type === 'number' ? field.values : [],
    lookup: valueLookup(field, name, cell, lookup),
  };
}

/** Every row is a value of its own, named by the text columns beside it. */
function rowsOf(frame: Frame, field: Field, ctx: DisplayContext, lookup: Lookup): ShownValue[] {
  const texts = frame.fields.filter((f) => f.type === 'string' && f !== field);
  return field.values.map((cell, i) => {
    const name = texts.map((f) => String(f.values[i] ?? '')).filter((t) => t !== '').join(' ') || (field.displayName ?? field.name);
    const shown = showValue(field, cell, ctx);
    return { ...shown, name, field, times: [], values: [], lookup: valueLookup(field, name, cell, lookup) };
  });
}

export function valueLookup(field: Field, name: string, cell: Cell, next: Lookup): Lookup {
  const inner = fieldLookup(field, name, next);
  return (key) => {
    if (key === '__value' || key === '__value.raw' || key === '__value.numeric') return { texts: [String(cell)], values: [String(cell)], many: false, raw: true };
    if (key === '__value.text') return { texts: [String(cell)], values: [String(cell)], many: false, raw: true };
    return inner(key);
  };
}

/** '' means all numbers; otherwise a pattern or a name, which may be a text column too. */
function fieldPicker(fields: string): (f: Field) => boolean {
  if (fields === '') return (f) => f.type === 'number';
  const re = patternOf(fields);
  return (f) => re?.test(f.displayName ?? f.name) === true || re?.test(f.name) === true || f.name === fields;
}

/** Numbers of all frames with their time columns, for charts. */
export function seriesFields(frames: readonly Frame[]): { field: Field; time: Field; frame: Frame }[] {
  return frames.flatMap((frame) => {
    const time = frame.fields.find((f) => f.type === 'time');
    if (!time) return [];
    return frame.fields.filter((f) => f.type === 'number').map((field) => ({ field, time, frame }));
  });
}

export { fieldColor };
