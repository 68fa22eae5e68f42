/** Field options applied: panel defaults, then every override whose matcher fits, in order; then names, ranges, places. */
import { isObject, obj, str, strings, type Json } from './json';
import type { Field, Frame } from './frames';
import { interpolate, single, textFormat, type Lookup } from './interpolate';
import { patternOf } from './mappings';
import type { FieldConfig, FieldConfigSource } from './model';
import { displayName, labelText, numbered, rawName } from './names';
import { setFieldOption } from './normalize-field';
import type { Cell } from './reducers';

/** New frames with complete configs; the given ones stay untouched. */
export function applyFieldConfig(frames: readonly Frame[], source: FieldConfigSource, lookup: Lookup): Frame[] {
  const out = frames.map((frame) => ({ ...frame, fields: frame.fields.map((f) => ({ ...f })) }));
  let index = 0;
  for (const frame of out) {
    for (const field of frame.fields) {
      const config: FieldConfig = { ...source.defaults, custom: structuredClone(source.defaults.custom) };
      if (field.config.displayNameFromDS !== undefined) config.displayNameFromDS = field.config.displayNameFromDS;
      // What a transformation decided for this column (a unit it keeps) is nearer than the panel's default.
      for (const key of ['unit', 'displayName'] as const) {
        const own = field.config[key];
        if (own !== undefined) config[key] = own;
      }
      // Times have a form of their own; a panel's unit is about its values.
      if (field.type === 'time') for (const key of ['unit', 'decimals', 'mappings', 'thresholds'] as const) delete config[key];
      field.config = config;
      delete field.displayName;
      if (field.type === 'number') field.seriesIndex = index++;
    }
  }
  for (const override of source.overrides) {
    const matches = fieldMatcher(override.matcher.id, override.matcher.options);
    for (const frame of out) {
      for (const field of frame.fields) {
        if (!matches(field, frame, out)) continue;
        for (const p of override.properties) setFieldOption(field.config, p.id, p.value);
        if (override.properties.some((p) => p.id === 'displayName')) nameField(field, frame, out, lookup);
      }
    }
  }
  for (const frame of out) for (const field of frame.fields) nameField(field, frame, out, lookup);
  uniqueNames(out);
  setRanges(out);
  return out;
}

function nameField(field: Field, frame: Frame, frames: readonly Frame[], lookup: Lookup): void {
  const wanted = field.config.displayName;
  const own = field.config.displayNameFromDS ?? rawName(field, frame, frames);
  if (wanted === undefined || wanted === '' || (field.type === 'time' && frame.kind === 'series')) {
    field.displayName = own;
    return;
  }
  field.displayName = interpolate(wanted, fieldLookup(field, own, lookup), textFormat) || own;
}

/** `${__field.name}`, `${__field.labels.x}`, `${__series.name}` and everything the panel knows. */
export function fieldLookup(field: Field, name: string, next: Lookup): Lookup {
  return (key) => {
    if (key === '__field.name' || key === '__field.displayName' || key === '__series.name' || key === '__cell_0') return single(name);
    if (key === '__field.labels') return single(labelText(field.labels ?? {}));
    const label = /^__field\.labels(?:\.|\[["']?)([^"'\]]+)["']?\]?$/.exec(key)?.[1];
    if (label !== undefined) return single(field.labels?.[label] ?? '');
    return next(key);
  };
}

/** Columns of one table that share a name are told apart by a number, from 1. */
function uniqueNames(frames: readonly Frame[]): void {
  for (const frame of frames) {
    if (frame.kind === 'series') continue;
    const names = numbered(frame.fields.map((f) => f.displayName ?? f.name));
    frame.fields.forEach((field, i) => {
      field.displayName = names[i] ?? field.name;
    });
  }
}

function setRanges(frames: readonly Frame[]): void {
  let all = extent([]);
  for (const frame of frames) for (const f of frame.fields) if (f.type === 'number') all = widen(all, extent(f.values));
  for (const frame of frames) {
    for (const field of frame.fields) {
      const own = share(field) ?? (field.config.fieldMinMax === true ? extent(field.values) : all);
      field.range = {
        min: field.config.min ?? (Number.isFinite(own.min) ? own.min : 0),
        max: field.config.max ?? (Number.isFinite(own.max) ? own.max : 100),
      };
    }
  }
}

/** Percentages are read against the whole, not against the watts in the next column. */
function share(field: Field): { min: number; max: number } | undefined {
  const whole = field.config.unit === 'percent' ? 100 : field.config.unit === 'percentunit' ? 1 : undefined;
  if (whole === undefined) return undefined;
  const seen = extent(field.values);
  return seen.min >= 0 && seen.max <= whole ? { min: 0, max: whole } : undefined;
}

function extent(values: readonly Cell[]): { min: number; max: number } {
  let min = Infinity;
  let max = -Infinity;
  for (const v of values) {
    if (typeof v !== 'number' || !Number.isFinite(v)) continue;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  return { min, max };
}

function widen(a: { min: number; max: number }, b: { min: number; max: number }): { min: number; max: number } {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

export type FieldMatcher = (field: Field, frame: Frame, frames: readonly Frame[]) => boolean;

export function fieldMatcher(id: string, options: Json): FieldMatcher {
  const names = (field: Field, frame: Frame, frames: readonly Frame[]): string[] => [displayName(field, frame, frames), field.name];
  switch (id) {
    case 'byName': {
      const wanted = str(options);
      return (f, frame, frames) => names(f, frame, frames).includes(wanted);
    }
    case 'byNames': {
      const o = obj(options);
      const list = Array.isArray(options) ? strings(options) : strings(o['names']);
      const except = o['mode'] === 'exclude';
      return (f, frame, frames) => names(f, frame, frames).some((n) => list.includes(n)) !== except;
    }
    case 'byRegexp':
    case 'byRegex': {
      const re = patternOf(str(options));
      return (f, frame, frames) => re !== undefined && names(f, frame, frames).some((n) => re.test(n));
    }
    case 'byType': {
      const types = Array.isArray(options) ? strings(options) : [str(options)];
      return (f) => types.includes(f.type);
    }
    case 'byTypes': {
      const types = strings(options);
      return (f) => types.includes(f.type);
    }
    case 'byFrameRefID': {
      const re = patternOf(str(options));
      return (_f, frame) => frame.refId === options || re?.test(frame.refId) === true;
    }
    case 'byValue':
      return (f) => f.type === 'number';
    case 'numeric':
      return (f) => f.type === 'number';
    case 'time':
      return (f) => f.type === 'time';
    case 'firstTimeField':
      return (f, frame) => f === frame.fields.find((x) => x.type === 'time');
    case 'anyOf':
      return (f, frame, frames) =>
        (Array.isArray(options) ? options : []).some((o) => isObject(o) && fieldMatcher(str(o['id']), o['options'] ?? null)(f, frame, frames));
    default:
      return () => false;
  }
}
