/** The `graph` panel of Grafana up to 8, option by option, as a `timeseries` panel. */
import { bool, isObject, num, obj, objects, str, type Json, type JsonObject } from './json';

type Property = { id: string; value: Json };

export function graphToTimeseries(p: JsonObject): JsonObject {
  const [left = {}, right = {}] = objects(p['yaxes']);
  const mode = str(obj(p['xaxis'])['mode'], 'time');
  const type = mode === 'series' ? 'bargauge' : mode === 'histogram' ? 'histogram' : 'timeseries';
  const defaults: JsonObject = { ...axisOptions(left), color: { mode: 'palette-classic' }, custom: drawOptions(p, left) };
  const thresholds = graphThresholds(p, obj(defaults['custom']));
  if (thresholds) defaults['thresholds'] = thresholds;
  const overrides = [...aliasColors(p), ...seriesOverrides(p, right)];
  return {
    ...p,
    type,
    fieldConfig: { defaults: { ...obj(obj(p['fieldConfig'])['defaults']), ...defaults }, overrides },
    options: type === 'bargauge' ? seriesModeOptions(p) : { legend: legend(p), tooltip: tooltip(p) },
  };
}

function axisOptions(axis: JsonObject): JsonObject {
  const o: JsonObject = {};
  if (str(axis['format']) !== '') o['unit'] = str(axis['format']);
  if (num(axis['min']) !== undefined) o['min'] = num(axis['min']) ?? null;
  if (num(axis['max']) !== undefined) o['max'] = num(axis['max']) ?? null;
  if (num(axis['decimals']) !== undefined) o['decimals'] = num(axis['decimals']) ?? null;
  return o;
}

function drawOptions(p: JsonObject, axis: JsonObject): JsonObject {
  const lines = bool(p['lines'], true);
  const bars = bool(p['bars']);
  const points = bool(p['points']);
  const log = num(axis['logBase']) ?? 1;
  return {
    drawStyle: lines ? 'line' : bars ? 'bars' : points ? 'points' : 'line',
    lineWidth: num(p['linewidth']) ?? 1,
    fillOpacity: bars && !lines ? 100 : (num(p['fill']) ?? 1) * 10,
    gradientMode: (num(p['fillGradient']) ?? 0) > 0 ? 'opacity' : 'none',
    showPoints: points ? 'always' : 'never',
    pointSize: (num(p['pointradius']) ?? 2) * 2 + 1,
    lineInterpolation: p['steppedLine'] === true ? 'stepAfter' : 'linear',
    spanNulls: p['nullPointMode'] === 'connected',
    nullAsZero: p['nullPointMode'] === 'null as zero',
    stacking: { mode: p['stack'] === true ? (p['percentage'] === true ? 'percent' : 'normal') : 'none', group: 'A' },
    axisLabel: str(axis['label']),
    axisPlacement: axis['show'] === false ? 'hidden' : 'auto',
    scaleDistribution: log > 1 ? { type: 'log', log } : { type: 'linear' },
    ...(p['dashes'] === true ? { lineStyle: dash(p) } : {}),
  };
}

function dash(o: JsonObject): JsonObject {
  return { fill: 'dash', dash: [num(o['dashLength']) ?? 10, num(o['spaceLength']) ?? 10] };
}

/** An alias between slashes is a regular expression. */
function aliasMatcher(alias: string): JsonObject {
  return { id: alias.startsWith('/') ? 'byRegexp' : 'byName', options: alias };
}

function aliasColors(p: JsonObject): Json[] {
  return Object.entries(obj(p['aliasColors'])).map(([name, color]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
  }));
}

function seriesOverrides(p: JsonObject, right: JsonObject): Json[] {
  return objects(p['seriesOverrides'])
    .filter((o) => str(o['alias']) !== '')
    .map((o) => ({ matcher: aliasMatcher(str(o['alias'])), properties: overrideProperties(o, p, right) }));
}

function overrideProperties(o: JsonObject, p: JsonObject, right: JsonObject): Property[] {
  const out: Property[] = [];
  const set = (id: string, value: Json): number => out.push({ id, value });
  if (typeof o['color'] === 'string') set('color', { mode: 'fixed', fixedColor: o['color'] });
  const fill = num(o['fill']);
  if (fill !== undefined) set('custom.fillOpacity', fill * 10);
  const width = num(o['linewidth']);
  if (width !== undefined) set('custom.lineWidth', width);
  if (o['lines'] === false) set('custom.lineWidth', 0);
  if (o['bars'] === true) set('custom.drawStyle', 'bars');
  if (o['points'] === true) set('custom.showPoints', 'always');
  if (o['steppedLine'] === true) set('custom.lineInterpolation', 'stepAfter');
  if (o['dashes'] === true) set('custom.lineStyle', dash(o));
  if (o['transform'] === 'negative-Y') set('custom.transform', 'negative-Y');
  if (o['transform'] === 'constant') set('custom.transform', 'constant');
  if (o['stack'] === false) set('custom.stacking', { mode: 'none', group: 'A' });
  if (o['stack'] === true) set('custom.stacking', { mode: 'normal', group: 'A' });
  if (typeof o['stack'] === 'string') set('custom.stacking', { mode: p['stack'] === true ? 'normal' : 'none', group: o['stack'] });
  if (typeof o['fillBelowTo'] === 'string') set('custom.fillBelowTo', o['fillBelowTo']);
  if (o['nullPointMode'] === 'connected') set('custom.spanNulls', true);
  if (o['hiddenSeries'] === true) set('custom.hideFrom', { viz: true, legend: false, tooltip: false });
  if (o['legend'] === false) set('custom.hideFrom', { viz: false, legend: true, tooltip: false });
  if (num(o['yaxis']) === 2) {
    set('custom.axisPlacement', right['show'] === false ? 'hidden' : 'right');
    for (const [id, value] of Object.entries(axisOptions(right))) set(id, value);
    if (str(right['label']) !== '') set('custom.axisLabel', str(right['label']));
  }
  return out;
}

const LEGEND_CALCS: readonly (readonly [string, string])[] = [
  ['min', 'min'],
  ['max', 'max'],
  ['avg', 'mean'],
  ['current', 'lastNotNull'],
  ['total', 'sum'],
];

function legend(p: JsonObject): JsonObject {
  const l = obj(p['legend']);
  const calcs = bool(l['values']) ? LEGEND_CALCS.filter(([old]) => l[old] === true).map(([, id]) => id) : [];
  const sort = LEGEND_CALCS.find(([old]) => old === l['sort'])?.[1];
  return {
    showLegend: bool(l['show'], true),
    displayMode: bool(l['alignAsTable']) ? 'table' : 'list',
    placement: bool(l['rightSide']) ? 'right' : 'bottom',
    calcs,
    hideZeros: bool(l['hideZero']) || bool(l['hideEmpty']),
    ...(num(l['sideWidth']) !== undefined ? { width: num(l['sideWidth']) ?? null } : {}),
    ...(sort ? { sortBy: sort, sortDesc: bool(l['sortDesc']) } : {}),
  };
}

function tooltip(p: JsonObject): JsonObject {
  const t = obj(p['tooltip']);
  const sort = num(t['sort']) ?? 0;
  return { mode: bool(t['shared'], true) ? 'multi' : 'single', sort: sort === 2 ? 'desc' : sort === 1 ? 'asc' : 'none' };
}

function seriesModeOptions(p: JsonObject): JsonObject {
  const [value = 'current'] = Array.isArray(obj(p['xaxis'])['values']) ? (obj(p['xaxis'])['values'] as Json[]) : [];
  const calc = LEGEND_CALCS.find(([old]) => old === value)?.[1] ?? 'lastNotNull';
  return { orientation: 'vertical', displayMode: 'basic', reduceOptions: { calcs: [calc], fields: '', values: false } };
}

const THRESHOLD_COLORS: Record<string, string> = { critical: 'red', warning: 'orange', ok: 'green' };

/** Lines and areas of thresholds; `lt` ones colour what is below. */
function graphThresholds(p: JsonObject, custom: JsonObject): JsonObject | undefined {
  const list = objects(p['thresholds']).filter((t) => num(t['value']) !== undefined);
  if (list.length === 0 || !isObject(custom)) return undefined;
  const color = (t: JsonObject): string => THRESHOLD_COLORS[str(t['colorMode'])] ?? (str(t['fillColor']) || str(t['lineColor'], 'red'));
  const area = list.some((t) => bool(t['fill'], true));
  const line = list.some((t) => bool(t['line'], true));
  custom['thresholdsStyle'] = { mode: area && line ? 'line+area' : area ? 'area' : line ? 'line' : 'off' };
  const below = list.filter((t) => t['op'] === 'lt');
  const above = list.filter((t) => t['op'] !== 'lt');
  const first = below[0];
  const steps: Json[] = [{ value: null, color: first ? color(first) : 'transparent' }];
  for (const t of below) steps.push({ value: num(t['value']) ?? 0, color: 'transparent' });
  for (const t of above) steps.push({ value: num(t['value']) ?? 0, color: color(t) });
  return { mode: 'absolute', steps };
}
