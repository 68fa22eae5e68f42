/** Transformations that choose, name, order and retype columns. */
import { compareCells } from '../compare';
import { arr, bool, isObject, num, obj, objects, str, strings, type JsonObject } from '../json';
import { makeField, makeFrame, type Field, type Frame } from '../frames';
import { patternOf } from '../mappings';
import { columnNames } from '../names';
import type { Cell } from '../reducers';
import type { Transform } from './index';

/** Keeps the columns for which `keep` holds, by their shown names; frames without any left vanish. */
function pick(frames: Frame[], keep: (name: string, field: Field, frame: Frame) => boolean): Frame[] {
  return frames
    .map((frame) => {
      const names = columnNames(frame, frames);
      const fields = frame.fields.filter((f, i) => keep(names[i] ?? f.name, f, frame));
      return { ...frame, fields, length: fields.length > 0 ? frame.length : 0 };
    })
    .filter((f) => f.fields.length > 0);
}

export const organize: Transform = (frames, options) => {
  const exclude = obj(options['excludeByName']);
  const include = obj(options['includeByName']);
  const index = obj(options['indexByName']);
  const rename = obj(options['renameByName']);
  const onlyIncluded = Object.values(include).some((v) => v === true);
  return frames
    .map((frame) => {
      const names = columnNames(frame, frames);
      const columns = frame.fields
        .map((field, i) => ({ field, name: names[i] ?? field.name, place: num(index[names[i] ?? field.name]) ?? Infinity, i }))
        .filter((c) => exclude[c.name] !== true && (!onlyIncluded || include[c.name] === true))
        .sort((a, b) => (a.place === b.place ? a.i - b.i : a.place - b.place));
      const fields = columns.map(({ field, name }) => {
        const to = str(rename[name]);
        return to === '' ? field : named(field, to);
      });
      return { ...frame, fields };
    })
    .filter((f) => f.fields.length > 0);
};

/** A column with a name of its own, whatever its labels say. */
function named(field: Field, name: string): Field {
  return { ...field, name, config: { ...field.config, displayName: name, displayNameFromDS: name } };
}

export const filterFieldsByName: Transform = (frames, options) => {
  const include = matcher(obj(options['include']));
  const exclude = matcher(obj(options['exclude']));
  if (!include && !exclude) return frames;
  return pick(frames, (name, field) => {
    if (include && !include(name) && !include(field.name)) return false;
    return !exclude?.(name);
  });
};

function matcher(o: JsonObject): ((name: string) => boolean) | undefined {
  const names = strings(o['names']);
  const pattern = str(o['pattern']);
  if (names.length === 0 && pattern === '') return undefined;
  const re = pattern === '' ? undefined : searchPattern(pattern);
  return (name) => names.includes(name) || re?.test(name) === true;
}

/** A pattern that may be found anywhere in the name, unlike those of matchers. */
function searchPattern(pattern: string): RegExp | undefined {
  if (pattern.startsWith('/')) return patternOf(pattern);
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

export const filterByRefId: Transform = (frames, options) => {
  const include = str(options['include']);
  const exclude = str(options['exclude']);
  return frames.filter((f) => (include === '' || new RegExp(`^(?:${include})$`).test(f.refId)) && (exclude === '' || f.refId !== exclude));
};

export const renameByRegex: Transform = (frames, options) => {
  const re = searchPattern(str(options['regex']));
  if (!re) return frames;
  const to = str(options['renamePattern']);
  return frames.map((frame) => {
    const names = columnNames(frame, frames);
    const fields = frame.fields.map((field, i) => {
      const name = names[i] ?? field.name;
      return field.type !== 'time' && re.test(name) ? named(field, name.replace(re, to)) : field;
    });
    return { ...frame, fields };
  });
};

export const convertFieldType: Transform = (frames, options) => {
  const wanted = new Map(objects(options['conversions']).map((c) => [str(c['targetField']), str(c['destinationType'])]));
  return frames.map((frame) => {
    const names = columnNames(frame, frames);
    return { ...frame, fields: frame.fields.map((f, i) => converted(f, wanted.get(names[i] ?? f.name))) };
  });
};

function converted(field: Field, type: string | undefined): Field {
  switch (type) {
    case 'number':
      return { ...field, type, values: field.values.map(toNumber) };
    case 'string':
      return { ...field, type, values: field.values.map((v) => (v === null ? null : String(v))) };
    case 'boolean':
      return { ...field, type, values: field.values.map((v) => (v === null ? null : v !== 0 && v !== '' && v !== 'false' && v !== false)) };
    case 'time':
      return { ...field, type, values: field.values.map((v) => (typeof v === 'string' ? toTime(v) : v)) };
    default:
      return field;
  }
}

export function toNumber(v: Cell): number | null {
  if (v === null || v === '') return null;
  const n = Number(v);
  return Number.isNaN(n) ? null : n;
}

function toTime(text: string): number | null {
  const n = Number(text);
  const t = Number.isNaN(n) ? Date.parse(text) : n;
  return Number.isNaN(t) ? null : t;
}

/** The parts of a text column (JSON or key=value pairs) as columns. */
export const extractFields: Transform = (frames, options) => {
  const source = str(options['source']);
  const keepAll = !bool(options['replace']);
  return frames.map((frame) => {
    const field = frame.fields.find((f) => f.name === source) ?? frame.fields.find((f) => f.type === 'string' || f.type === 'other');
    if (!field) return frame;
    const rows = field.values.map((v) => parts(v, str(options['format'])));
    const keys = [...new Set(rows.flatMap((r) => Object.keys(r)))];
    const added = keys.map((key) => {
      const values = rows.map((r): Cell => cell(r[key]));
      const numbers = values.every((v) => v === null || typeof v === 'number');
      return makeField(key, numbers ? 'number' : 'string', values);
    });
    const kept = keepAll ? frame.fields : bool(options['keepTime']) ? frame.fields.filter((f) => f.type === 'time') : [];
    return makeFrame(frame.refId, [...kept, ...added], 'table');
  });
};

function parts(v: Cell, format: string): Record<string, unknown> {
  const text = v === null ? '' : String(v);
  if (format !== 'kvp') {
    try {
      const parsed: unknown = JSON.parse(text);
      return isObject(parsed) ? parsed : {};
    } catch {
      if (format === 'json') return {};
    }
  }
  return Object.fromEntries([...text.matchAll(/([\w.]+)\s*[=:]\s*"?([^",\s]+)"?/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
}

function cell(v: unknown): Cell {
  if (v === undefined || v === null) return null;
  return typeof v === 'number' || typeof v === 'string' || typeof v === 'boolean' ? v : JSON.stringify(v);
}

/** Labels become columns; series of one frame become rows. */
export const labelsToFields: Transform = (frames, options) => {
  const keep = strings(options['keepLabels']);
  const valueLabel = str(options['valueLabel']);
  if (str(options['mode']) === 'rows') {
    return frames.flatMap((frame) =>
      frame.fields
        .filter((f) => f.labels)
        .map((f) => {
          const entries = Object.entries(f.labels ?? {}).filter(([k]) => keep.length === 0 || keep.includes(k));
          return makeFrame(frame.refId, [makeField('label', 'string', entries.map(([k]) => k)), makeField('value', 'string', entries.map(([, v]) => v))], 'table');
        }),
    );
  }
  return frames.map((frame) => {
    const fields: Field[] = [];
    for (const f of frame.fields) {
      if (!f.labels) {
        fields.push(f);
        continue;
      }
      for (const [k, v] of Object.entries(f.labels)) {
        if (k === valueLabel || (keep.length > 0 && !keep.includes(k)) || fields.some((x) => x.name === k)) continue;
        fields.push(makeField(k, 'string', f.values.map(() => v)));
      }
      const { labels: _labels, ...bare } = f;
      fields.push({ ...bare, name: valueLabel !== '' ? (f.labels[valueLabel] ?? f.name) : f.name, config: { custom: {} } });
    }
    return { ...frame, fields, kind: 'table' };
  });
};

export const limit: Transform = (frames, options) => {
  const n = num(options['limitField']) ?? 10;
  return frames.map((f) => {
    const fields = f.fields.map((x) => ({ ...x, values: n >= 0 ? x.values.slice(0, n) : x.values.slice(n) }));
    return { ...f, fields, length: fields[0]?.values.length ?? 0 };
  });
};

export const sortBy: Transform = (frames, options) => {
  const [sort] = arr(options['sort']);
  const name = str(obj(sort)['field']);
  const desc = bool(obj(sort)['desc']);
  return frames.map((frame) => {
    const at = columnNames(frame, frames).indexOf(name);
    const by = frame.fields[at];
    if (!by) return frame;
    const order = by.values.map((_v, i) => i).sort((a, b) => compareCells(by.values[a] ?? null, by.values[b] ?? null) * (desc ? -1 : 1));
    return reordered(frame, order);
  });
};

export function reordered(frame: Frame, order: readonly number[]): Frame {
  const fields = frame.fields.map((f) => ({ ...f, values: order.map((i) => f.values[i] ?? null) }));
  return { ...frame, fields, length: order.length };
}
