/** `calculateField`: a new column computed from others, row by row. */
import { bool, isObject, num, obj, str, strings, type Json } from '../json';
import { makeField, type Field, type Frame } from '../frames';
import { columnNames } from '../names';
import { fieldMatcher } from '../overrides';
import { reduce, type Cell } from '../reducers';
import { joinFrames } from './combine';
import { toNumber } from './columns';
import type { Transform } from './index';

export const calculateField: Transform = (frames, options) => {
  const series = frames.length > 1 && frames.every((f) => f.fields.some((x) => x.type === 'time'));
  const tables = series ? joinFrames(frames, '', 'outer') : frames;
  return tables.map((frame) => {
    const names = columnNames(frame, tables);
    const made = compute(frame, names, options, tables);
    if (!made) return frame;
    const alias = str(options['alias']);
    const field = makeField(alias || made.name, 'number', made.values);
    if (alias !== '') field.config.displayName = alias;
    if (!bool(options['replaceFields'])) return { ...frame, fields: [...frame.fields, field] };
    const time = frame.fields.find((f) => f.type === 'time');
    return { ...frame, fields: time ? [time, field] : [field] };
  });
};

interface Computed {
  name: string;
  values: Cell[];
}

function compute(frame: Frame, names: string[], options: Record<string, Json>, frames: readonly Frame[]): Computed | undefined {
  switch (str(options['mode'], 'reduceRow')) {
    case 'binary':
      return binary(frame, names, obj(options['binary']), frames);
    case 'unary': {
      const o = obj(options['unary']);
      const f = frame.fields[names.indexOf(str(o['fieldName']))];
      const fn = UNARY[str(o['operator'], 'abs')];
      return f && fn ? { name: `${str(o['operator'])}(${str(o['fieldName'])})`, values: f.values.map((v) => apply1(fn, v)) } : undefined;
    }
    case 'cumulativeFunctions': {
      const o = obj(options['cumulative']);
      const f = frame.fields[names.indexOf(str(o['field']))] ?? frame.fields.find((x) => x.type === 'number');
      return f ? cumulative(f, str(o['reducer'], 'sum')) : undefined;
    }
    case 'index':
      return { name: 'Row', values: Array.from({ length: frame.length }, (_, i) => i) };
    default: {
      const o = obj(options['reduce']);
      const include = strings(o['include']);
      const id = str(o['reducer'], 'sum');
      const fields = frame.fields.filter((f, i) => (include.length > 0 ? include.includes(names[i] ?? '') : f.type === 'number'));
      const values = Array.from({ length: frame.length }, (_, i): Cell => {
        const r = reduce(fields.map((f) => f.values[i] ?? null), id);
        return r === undefined || Array.isArray(r) ? null : r;
      });
      return { name: id.charAt(0).toUpperCase() + id.slice(1), values };
    }
  }
}

function binary(frame: Frame, names: string[], o: Record<string, Json>, frames: readonly Frame[]): Computed | undefined {
  const left = operand(o['left'], frame, names, frames);
  const right = operand(o['right'], frame, names, frames);
  const op = str(o['operator'], '+');
  const fn = BINARY[op];
  if (!left || !right || !fn) return undefined;
  const values = Array.from({ length: frame.length }, (_, i): Cell => {
    const a = left.at(i);
    const b = right.at(i);
    return a === null || b === null ? null : fn(a, b);
  });
  return { name: `${left.name} ${op} ${right.name}`, values };
}

interface Operand {
  name: string;
  at: (row: number) => number | null;
}

/** A column (by name or matcher) or a fixed number. */
function operand(v: Json | undefined, frame: Frame, names: string[], frames: readonly Frame[]): Operand | undefined {
  if (typeof v === 'string' || typeof v === 'number') {
    const field = frame.fields[names.indexOf(String(v))];
    if (field) return columnOperand(String(v), field);
    const n = num(v);
    return n === undefined ? undefined : { name: String(v), at: () => n };
  }
  const o = obj(v);
  const fixed = num(o['fixed']);
  if (fixed !== undefined) return { name: String(fixed), at: () => fixed };
  if (!isObject(o['matcher'])) return undefined;
  const matches = fieldMatcher(str(o['matcher']['id']), o['matcher']['options'] ?? null);
  const field = frame.fields.find((f) => f.type !== 'time' && matches(f, frame, frames));
  return field ? columnOperand(names[frame.fields.indexOf(field)] ?? field.name, field) : undefined;
}

function columnOperand(name: string, field: Field): Operand {
  return { name, at: (row) => toNumber(field.values[row] ?? null) };
}

const BINARY: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
  '^': (a, b) => a ** b,
};

const UNARY: Record<string, (a: number) => number> = {
  abs: Math.abs,
  exp: Math.exp,
  ln: Math.log,
  floor: Math.floor,
  ceil: Math.ceil,
  round: Math.round,
};

function apply1(fn: (a: number) => number, v: Cell): Cell {
  const n = toNumber(v);
  return n === null ? null : fn(n);
}

function cumulative(field: Field, reducer: string): Computed {
  let sum = 0;
  let n = 0;
  const values = field.values.map((v): Cell => {
    const x = toNumber(v);
    if (x !== null) {
      sum += x;
      n++;
    }
    return reducer === 'mean' ? (n > 0 ? sum / n : 0) : sum;
  });
  return { name: `cumulative ${reducer} ${field.name}`, values };
}
