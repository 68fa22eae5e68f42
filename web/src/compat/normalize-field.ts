/** Field options of a panel: units, thresholds, mappings and overrides, from JSON to typed values. */
import { bool, isObject, num, obj, objects, str, type Json, type JsonObject } from './json';
import type { ColorConfig, FieldConfig, FieldConfigSource, Mapping, MappingResult, Override, Thresholds } from './model';
import { panelLink } from './normalize';

export function normalizeFieldConfig(v: Json | undefined): FieldConfigSource {
  const o = obj(v);
  return {
    defaults: fieldConfig(obj(o['defaults'])),
    overrides: objects(o['overrides']).map(override),
  };
}

function fieldConfig(o: JsonObject): FieldConfig {
  const config: FieldConfig = { custom: obj(o['custom']) };
  for (const [key, value] of Object.entries(o)) if (key !== 'custom') setFieldOption(config, key, value);
  return config;
}

/** Sets one option by its id, as defaults and overrides both name them ('unit', 'custom.lineWidth', ...). */
export function setFieldOption(config: FieldConfig, id: string, value: Json): void {
  if (id.startsWith('custom.')) {
    setPath(config.custom, id.slice(7).split('.'), value);
    return;
  }
  switch (id) {
    case 'unit':
      if (typeof value === 'string') config.unit = value;
      return;
    case 'decimals':
    case 'min':
    case 'max': {
      const n = num(value);
      if (n !== undefined) config[id] = n;
      else delete config[id];
      return;
    }
    case 'displayName':
    case 'noValue':
      if (value !== null) config[id] = str(value);
      return;
    case 'fieldMinMax':
    case 'filterable':
      config[id] = bool(value);
      return;
    case 'color':
      if (isObject(value)) config.color = color(value);
      return;
    case 'thresholds':
      if (isObject(value)) config.thresholds = thresholds(value);
      return;
    case 'mappings':
      config.mappings = objects(value).flatMap(mapping);
      return;
    case 'links':
      config.links = objects(value).map(panelLink);
      return;
  }
}

function setPath(target: JsonObject, path: string[], value: Json): void {
  const [head = '', ...rest] = path;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const inner = { ...obj(target[head]) };
  target[head] = inner;
  setPath(inner, rest, value);
}

function color(o: JsonObject): ColorConfig {
  const config: ColorConfig = { mode: str(o['mode'], 'palette-classic') };
  if (typeof o['fixedColor'] === 'string') config.fixedColor = o['fixedColor'];
  if (typeof o['seriesBy'] === 'string') config.seriesBy = o['seriesBy'];
  return config;
}

function thresholds(o: JsonObject): Thresholds {
  const steps = objects(o['steps']).map((s, i) => ({
    value: i === 0 ? -Infinity : (num(s['value']) ?? -Infinity),
    color: str(s['color'], 'green'),
  }));
  const [first, ...rest] = steps;
  return {
    mode: o['mode'] === 'percentage' ? 'percentage' : 'absolute',
    steps: first ? [first, ...rest.sort((a, b) => a.value - b.value)] : [],
  };
}

function override(o: JsonObject): Override {
  const matcher = obj(o['matcher']);
  return {
    matcher: { id: str(matcher['id']), options: matcher['options'] ?? null },
    properties: objects(o['properties']).map((p) => ({ id: str(p['id']), value: p['value'] ?? null })),
  };
}

/** Today's mappings, and the numbered ones of old files (type 1 value, 2 range). */
function mapping(m: JsonObject): Mapping[] {
  const options = obj(m['options']);
  switch (m['type']) {
    case 'value': {
      const results = Object.entries(options).map(([k, v]) => [k, result(obj(v))] as const);
      return [{ type: 'value', options: Object.fromEntries(results) }];
    }
    case 'range':
      return [{ type: 'range', from: bound(options['from']), to: bound(options['to']), result: result(obj(options['result'])) }];
    case 'regex':
      return [{ type: 'regex', pattern: str(options['pattern']), result: result(obj(options['result'])) }];
    case 'special':
      return [{ type: 'special', match: str(options['match']), result: result(obj(options['result'])) }];
    case 1: {
      const r: MappingResult = { text: str(m['text']) };
      const value = str(m['value']);
      return [value === 'null' ? { type: 'special', match: 'null', result: r } : { type: 'value', options: { [value]: r } }];
    }
    case 2:
      return [{ type: 'range', from: bound(m['from']), to: bound(m['to']), result: { text: str(m['text']) } }];
    default:
      return [];
  }
}

function bound(v: Json | undefined): number | null {
  return num(v) ?? null;
}

function result(o: JsonObject): MappingResult {
  const r: MappingResult = {};
  if (typeof o['text'] === 'string') r.text = o['text'];
  if (typeof o['color'] === 'string') r.color = o['color'];
  const index = num(o['index']);
  if (index !== undefined) r.index = index;
  return r;
}
