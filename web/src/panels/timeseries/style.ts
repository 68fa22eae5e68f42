/** The drawing options of one series, typed, with Grafana's defaults. */
import { bool, num, obj, str, type JsonObject } from '../../compat/json';
import type { FieldConfig } from '../../compat/model';

export interface SeriesStyle {
  draw: 'line' | 'bars' | 'points';
  interpolation: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter';
  width: number;
  fill: number;
  gradient: 'none' | 'opacity' | 'hue' | 'scheme';
  dash: number[];
  dots: boolean;
  points: 'auto' | 'always' | 'never';
  pointSize: number;
  /** true: every gap; a number: gaps shorter than so many ms. */
  spanNulls: boolean | number;
  stack: { mode: 'none' | 'normal' | 'percent'; group: string };
  negative: boolean;
  constant: boolean;
  nullAsZero: boolean;
  fillBelowTo: string;
  barAlign: -1 | 0 | 1;
  barWidth: number;
  hideViz: boolean;
  hideLegend: boolean;
  hideTooltip: boolean;
  axis: AxisStyle;
  thresholds: 'off' | 'line' | 'dashed' | 'area' | 'line+area' | 'dashed+area' | 'series';
}

export interface AxisStyle {
  placement: 'auto' | 'left' | 'right' | 'hidden';
  label: string;
  softMin: number | undefined;
  softMax: number | undefined;
  centeredZero: boolean;
  log: number;
  symlog: boolean;
  linearThreshold: number;
  grid: boolean | undefined;
  seriesColor: boolean;
  width: number | undefined;
  border: boolean;
}

export function seriesStyle(config: FieldConfig): SeriesStyle {
  const c = config.custom;
  const line = obj(c['lineStyle']);
  const fillKind = str(line['fill']);
  const dash = Array.isArray(line['dash']) ? line['dash'].map((n) => num(n) ?? 0) : [];
  const hide = obj(c['hideFrom']);
  const stacking = obj(c['stacking']);
  const span = c['spanNulls'];
  return {
    draw: oneOf(str(c['drawStyle']), ['line', 'bars', 'points'] as const),
    interpolation: oneOf(str(c['lineInterpolation']), ['linear', 'smooth', 'stepBefore', 'stepAfter'] as const),
    width: num(c['lineWidth']) ?? 1,
    fill: (num(c['fillOpacity']) ?? 0) / 100,
    gradient: oneOf(str(c['gradientMode']), ['none', 'opacity', 'hue', 'scheme'] as const),
    dash: fillKind === 'dash' ? (dash.length > 0 ? dash : [10, 10]) : fillKind === 'dot' ? (dash.length > 0 ? dash : [0, 10]) : [],
    dots: fillKind === 'dot',
    points: oneOf(str(c['showPoints']), ['auto', 'always', 'never'] as const),
    pointSize: num(c['pointSize']) ?? 5,
    spanNulls: typeof span === 'number' ? span : bool(span),
    stack: { mode: oneOf(str(stacking['mode']), ['none', 'normal', 'percent'] as const), group: str(stacking['group'], 'A') },
    negative: c['transform'] === 'negative-Y',
    constant: c['transform'] === 'constant',
    nullAsZero: bool(c['nullAsZero']),
    fillBelowTo: str(c['fillBelowTo']),
    barAlign: c['barAlignment'] === -1 ? -1 : c['barAlignment'] === 1 ? 1 : 0,
    barWidth: num(c['barWidthFactor']) ?? 0.6,
    hideViz: bool(hide['viz']),
    hideLegend: bool(hide['legend']),
    hideTooltip: bool(hide['tooltip']),
    axis: axisStyle(c),
    thresholds: oneOf(str(obj(c['thresholdsStyle'])['mode']), ['off', 'line', 'dashed', 'area', 'line+area', 'dashed+area', 'series'] as const),
  };
}

function axisStyle(c: JsonObject): AxisStyle {
  const scale = obj(c['scaleDistribution']);
  const type = str(scale['type'], 'linear');
  return {
    placement: oneOf(str(c['axisPlacement']), ['auto', 'left', 'right', 'hidden'] as const),
    label: str(c['axisLabel']),
    softMin: num(c['axisSoftMin']),
    softMax: num(c['axisSoftMax']),
    centeredZero: bool(c['axisCenteredZero']),
    log: type === 'log' ? (num(scale['log']) ?? 10) : 0,
    symlog: type === 'symlog',
    linearThreshold: num(scale['linearThreshold']) ?? 1,
    grid: typeof c['axisGridShow'] === 'boolean' ? c['axisGridShow'] : undefined,
    seriesColor: c['axisColorMode'] === 'series',
    width: num(c['axisWidth']),
    border: bool(c['axisBorderShow']),
  };
}

/** The value if it is one of the list, else the first of the list. */
function oneOf<T extends string>(value: string, list: readonly [T, ...T[]]): T {
  return list.find((x) => x === value) ?? list[0];
}
