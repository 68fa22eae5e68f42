/**
 * Panels of old files in today's terms: `graph` becomes `timeseries`, `singlestat` a `stat` or `gauge`, `table-old` a
 * `table`; options that moved are moved. A panel that is already of today passes through untouched.
 */
import { isObject, num, obj, objects, str, type Json, type JsonObject } from './json';
import { graphToTimeseries } from './migrate-graph';
import { reducerId } from './reducers';

export function migratePanel(p: JsonObject): JsonObject {
  switch (p['type']) {
    case 'graph':
      return graphToTimeseries(p);
    case 'singlestat':
    case 'grafana-singlestat-panel':
      return singlestat(p);
    case 'table-old':
      return oldTable({ ...p, type: 'table' });
    case 'table':
      return p['styles'] !== undefined ? oldTable(p) : p;
    case 'grafana-piechart-panel':
      return oldPie(p);
    case 'text':
      return isObject(p['options']) ? p : { ...p, options: { mode: p['mode'] ?? 'markdown', content: p['content'] ?? '' } };
    case 'heatmap':
      return p['dataFormat'] !== undefined && obj(p['options'])['color'] === undefined ? oldHeatmap(p) : p;
    case 'gauge':
    case 'bargauge':
    case 'stat':
      return isObject(obj(p['options'])['fieldOptions']) ? fieldOptions(p) : p;
    default:
      return p;
  }
}

/** '1,2' and three colours → steps that begin at -Infinity. */
function thresholdList(text: string, colors: Json[]): JsonObject {
  const values = text === '' ? [] : text.split(',').map((v) => num(v.trim()) ?? 0);
  const steps = [null, ...values].map((value, i) => ({ value, color: str(colors[i], 'green') }));
  return { mode: 'absolute', steps };
}

function singlestat(p: JsonObject): JsonObject {
  const gauge = obj(p['gauge']);
  const isGauge = gauge['show'] === true;
  const colors = Array.isArray(p['colors']) ? p['colors'] : ['#299c46', 'rgba(237, 129, 40, 0.89)', '#d44a3a'];
  const colored = p['colorBackground'] === true || p['colorValue'] === true || isGauge;
  const defaults: JsonObject = {
    unit: str(p['format']),
    decimals: p['decimals'] ?? null,
    thresholds: thresholdList(str(p['thresholds']), colors),
    mappings: oldMappings(p),
    color: colored ? { mode: 'thresholds' } : { mode: 'fixed', fixedColor: 'text' },
  };
  if (isGauge) {
    defaults['min'] = gauge['minValue'] ?? 0;
    defaults['max'] = gauge['maxValue'] ?? 100;
  }
  const nullText = str(p['nullText']);
  if (nullText !== '') defaults['noValue'] = nullText;
  const background = p['colorBackground'] === true;
  return {
    ...p,
    type: isGauge ? 'gauge' : 'stat',
    fieldConfig: { defaults, overrides: [] },
    options: {
      reduceOptions: { calcs: [reducerId(str(p['valueName'], 'avg'))], fields: '', values: false },
      graphMode: obj(p['sparkline'])['show'] === true ? 'area' : 'none',
      colorMode: background ? 'background' : colored ? 'value' : 'none',
      textMode: p['valueName'] === 'name' ? 'name' : 'value',
      prefix: str(p['prefix']),
      postfix: str(p['postfix']),
      showThresholdLabels: gauge['thresholdLabels'] ?? false,
      showThresholdMarkers: gauge['thresholdMarkers'] ?? true,
    },
  };
}

function oldMappings(p: JsonObject): Json[] {
  const byRange = num(p['mappingType']) === 2;
  if (byRange) return objects(p['rangeMaps']).map((m) => ({ type: 2, from: m['from'] ?? null, to: m['to'] ?? null, text: m['text'] ?? '' }));
  return objects(p['valueMaps']).map((m) => ({ type: 1, value: m['value'] ?? '', text: m['text'] ?? '' }));
}

/** Gauges of Grafana 6 keep their field options one level deeper. */
function fieldOptions(p: JsonObject): JsonObject {
  const { fieldOptions: inner, ...options } = obj(p['options']);
  const f = obj(inner);
  const defaults = { ...obj(f['defaults']) };
  if (Array.isArray(f['mappings']) && defaults['mappings'] === undefined) defaults['mappings'] = f['mappings'];
  if (Array.isArray(f['thresholds'])) defaults['thresholds'] = { mode: 'absolute', steps: f['thresholds'] };
  return {
    ...p,
    fieldConfig: isObject(p['fieldConfig']) && Object.keys(obj(obj(p['fieldConfig'])['defaults'])).length > 0 ? p['fieldConfig'] : { defaults, overrides: f['overrides'] ?? [] },
    options: { reduceOptions: { calcs: f['calcs'] ?? ['mean'], values: f['values'] ?? false, fields: '' }, ...options },
  };
}

/** Column styles (pattern, unit, colours) become overrides; aggregated series become a reduce. */
function oldTable(p: JsonObject): JsonObject {
  const overrides = objects(p['styles']).map((s): JsonObject => {
    const pattern = str(s['pattern']);
    const properties: Json[] = [];
    const set = (id: string, value: Json): number => properties.push({ id, value });
    if (s['type'] === 'hidden') set('custom.hidden', true);
    if (str(s['alias']) !== '' && !str(s['alias']).includes('$')) set('displayName', str(s['alias']));
    if (s['type'] === 'number') {
      set('unit', str(s['unit'], 'short'));
      if (num(s['decimals']) !== undefined) set('decimals', s['decimals'] ?? null);
      const colorMode = str(s['colorMode']);
      if (colorMode !== '' && Array.isArray(s['thresholds']) && Array.isArray(s['colors'])) {
        set('thresholds', thresholdList(s['thresholds'].map((t) => str(t)).join(','), s['colors']));
        set('custom.cellOptions', { type: colorMode === 'value' ? 'color-text' : 'color-background' });
      }
    }
    if (s['type'] === 'date') set('unit', 'dateTimeAsIso');
    const isRegex = pattern.startsWith('/');
    return { matcher: { id: isRegex ? 'byRegexp' : 'byName', options: pattern }, properties };
  });
  const aggregated = p['transform'] === 'timeseries_aggregations';
  const columns = objects(p['columns']).map((c) => reducerId(str(c['value'])));
  const reduce = { id: 'reduce', options: { reducers: columns.length > 0 ? columns : ['lastNotNull'] } };
  return {
    ...p,
    fieldConfig: { defaults: {}, overrides },
    options: { showHeader: p['showHeader'] ?? true },
    transformations: aggregated ? [reduce] : p['transform'] === 'table' ? [{ id: 'merge', options: {} }] : (p['transformations'] ?? []),
  };
}

function oldPie(p: JsonObject): JsonObject {
  const legend = obj(p['legend']);
  const overrides = Object.entries(obj(p['aliasColors'])).map(([name, color]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
  }));
  return {
    ...p,
    type: 'piechart',
    fieldConfig: { defaults: { unit: str(p['format'], 'short') }, overrides },
    options: {
      pieType: p['pieType'] === 'donut' ? 'donut' : 'pie',
      reduceOptions: { calcs: [reducerId(str(p['valueName'], 'current'))], values: false, fields: '' },
      legend: {
        showLegend: legend['show'] ?? true,
        displayMode: legend['values'] === true || legend['percentage'] === true ? 'table' : 'list',
        placement: p['legendType'] === 'Right side' ? 'right' : 'bottom',
        values: [...(legend['values'] === true ? ['value'] : []), ...(legend['percentage'] === true ? ['percent'] : [])],
      },
    },
  };
}

function oldHeatmap(p: JsonObject): JsonObject {
  const color = obj(p['color']);
  const y = obj(p['yAxis']);
  const buckets = p['dataFormat'] === 'tsbuckets';
  const opacity = color['mode'] === 'opacity';
  return {
    ...p,
    options: {
      calculate: !buckets,
      calculation: {
        xBuckets: { mode: num(p['xBucketNumber']) !== undefined ? 'count' : 'size', value: str(p['xBucketNumber'] ?? p['xBucketSize']) },
        yBuckets: {
          mode: num(p['yBucketNumber']) !== undefined ? 'count' : 'size',
          value: str(p['yBucketNumber'] ?? p['yBucketSize']),
          scale: (num(y['logBase']) ?? 1) > 1 ? { type: 'log', log: y['logBase'] ?? 2 } : { type: 'linear' },
        },
      },
      color: {
        mode: opacity ? 'opacity' : 'scheme',
        fill: color['cardColor'] ?? 'dark-orange',
        scheme: str(color['colorScheme'], 'interpolateOranges').replace('interpolate', ''),
        exponent: color['exponent'] ?? 0.5,
        scale: color['colorScale'] === 'sqrt' ? 'exponential' : 'linear',
        min: color['min'] ?? null,
        max: color['max'] ?? null,
        steps: 64,
        reverse: false,
      },
      cellGap: obj(p['cards'])['cardPadding'] ?? 1,
      filterValues: p['hideZeroBuckets'] === false ? {} : { le: 1e-9 },
      yAxis: { unit: str(y['format'], 'short'), decimals: y['decimals'] ?? null, reverse: p['reverseYBuckets'] ?? false },
      legend: { show: obj(p['legend'])['show'] ?? false },
      tooltip: { mode: 'single', yHistogram: obj(p['tooltip'])['showHistogram'] ?? false },
    },
  };
}
