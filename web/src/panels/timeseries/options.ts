/** uPlot options of a time series panel: paths, fills, scales, axes, thresholds. */
import uPlot from 'uplot';
import { timeChart, valueAxis, type ChartOptions } from '../../charts/options';
import { absoluteSteps, continuousStops, cssColor, isByValue, shade, toRgba, rgbaText, withAlpha, DEFAULT_THRESHOLDS, type ThemeName } from '../../compat/colors';
import type { Field } from '../../compat/frames';
import type { PanelProps } from '../types';
import { displayContext } from '../types';
import { axisIncrements, axisLabels, scaleRange } from './axis';
import type { ChartModel, ChartScale, ChartSeries } from './model';

export function chartOptions(model: ChartModel, props: PanelProps, extra: { tooltip: uPlot.Plugin; focus: number; range: () => [number, number] }): ChartOptions {
  const { theme, zone } = props;
  const base = timeChart({
    zone,
    ...(props.syncKey === '' ? {} : { syncKey: props.syncKey }),
    onZoom: (from, to) => props.onZoom(from * 1000, to * 1000),
    onZoomOut: props.onZoomOut,
  });
  const scales: uPlot.Scales = { x: { time: true, range: () => extra.range() } };
  for (const s of model.scales) {
    scales[s.key] = {
      ...(s.style.log > 0 ? { distr: 3, log: s.style.log === 2 ? 2 : 10 } : s.style.symlog ? { distr: 4, asinh: s.style.linearThreshold } : {}),
      range: (_u, min, max) => scaleRange(s, min, max),
    };
  }
  return {
    ...base,
    padding: [10, model.scales.some((s) => s.side === 'right') ? 4 : 20, 0, model.scales.some((s) => s.side === 'left') ? 0 : 8],
    cursor: { ...base.cursor, focus: { prox: extra.focus } },
    focus: { alpha: 0.35 },
    scales,
    axes: [lowTimeAxis(base.axes?.[0] ?? {}), ...model.scales.filter((s) => s.side !== 'hidden').map((s, i) => yAxis(s, i, props))],
    series: [{}, ...model.series.map((s, i) => uplotSeries(s, model, i, theme))],
    bands: model.bands.map(({ upper, lower }) => ({ series: [upper + 1, lower + 1] as [number, number], fill: bandFill(model.series[upper]) })),
    hooks: { ...base.hooks, drawClear: [(u) => drawThresholds(u, model, theme)] },
    plugins: [extra.tooltip],
  };
}

/** One line of times needs less room than two (times and dates). */
export function lowTimeAxis(axis: uPlot.Axis): uPlot.Axis {
  return { ...axis, size: (_u, values) => (values?.some((v) => v.includes('\n')) === true ? 38 : 26) };
}

function yAxis(scale: ChartScale, index: number, props: PanelProps): uPlot.Axis {
  const ctx = displayContext(props);
  const field: Field = scale.percent ? { ...scale.field, config: { ...scale.field.config, unit: 'percentunit', mappings: [] } } : scale.field;
  const axis = valueAxis({
    scale: scale.key,
    right: scale.side === 'right',
    format: (splits) => axisLabels(field, splits, ctx),
    ...(scale.style.label === '' ? {} : { label: scale.style.label }),
  });
  const incrs = axisIncrements(field.config.unit);
  const own = scale.style.seriesColor ? scale.colors[0] : undefined;
  return {
    ...axis,
    labelSize: 22,
    // Two grids on top of each other cannot be read.
    grid: { ...axis.grid, show: scale.style.grid ?? index === 0 },
    ...(own === undefined ? {} : { stroke: own }),
    ...(incrs === undefined || scale.style.log > 0 ? {} : { incrs }),
    ...(scale.style.width === undefined ? {} : { size: scale.style.width }),
  };
}

function uplotSeries(s: ChartSeries, model: ChartModel, index: number, theme: ThemeName): uPlot.Series {
  const { style } = s;
  const isPoints = style.draw === 'points';
  const scheme = style.gradient === 'scheme' && isByValue(s.field.config.color?.mode ?? '');
  const stroke: uPlot.Series.Stroke = scheme ? (u) => schemeGradient(u, s, theme, 1) : s.color;
  return {
    label: s.name,
    scale: s.scale,
    width: isPoints ? 0 : style.width,
    stroke,
    ...(isPoints ? {} : { fill: (u: uPlot) => fillStyle(u, s, model, index, theme) ?? 'transparent' }),
    ...(style.draw === 'line' && style.dash.length > 0 ? { dash: style.dash, cap: style.dots ? 'round' : 'butt' } : {}),
    spanGaps: style.spanNulls === true,
    paths: pathsOf(s),
    points: pointsOf(s, isPoints),
    ...(style.negative || (style.stack.mode !== 'none' && s.raw.some((v) => typeof v === 'number' && v < 0)) ? { fillTo: 0 } : {}),
  };
}

const builders = {
  linear: uPlot.paths.linear?.(),
  smooth: uPlot.paths.spline?.(),
  stepBefore: uPlot.paths.stepped?.({ align: -1 }),
  stepAfter: uPlot.paths.stepped?.({ align: 1 }),
};

function pathsOf(s: ChartSeries): uPlot.Series.PathBuilder {
  const { style } = s;
  if (style.draw === 'points') return () => null;
  if (style.draw === 'bars') {
    const bars = uPlot.paths.bars?.({ size: [style.barWidth, 200, 1], align: style.barAlign });
    if (bars) return bars;
  }
  return builders[style.interpolation] ?? (() => null);
}

/** Points: always, never, or where they stand apart; a value between two gaps is always seen. */
function pointsOf(s: ChartSeries, only: boolean): uPlot.Series.Points {
  const { style } = s;
  const size = Math.max(style.pointSize, style.width + 2);
  const look = { size, width: 1, fill: s.color, stroke: s.color };
  if (only || style.points === 'always') return { ...look, show: true };
  if (style.draw === 'bars') return { show: false };
  return {
    ...look,
    show: true,
    size: Math.max(3, Math.min(size, style.width + 3)),
    filter: (u, seriesIndex) => (style.points === 'auto' && spacious(u, size) ? null : isolated(u.data[seriesIndex] ?? [])),
  };
}

/** Whether neighbouring points stand at least two sizes apart. */
function spacious(u: uPlot, size: number): boolean {
  const [i0, i1] = u.series[0]?.idxs ?? [0, 0];
  const n = (i1 ?? 0) - (i0 ?? 0);
  return n <= 0 || u.bbox.width / uPlot.pxRatio / n > size * 3;
}

/** Values with a gap on both sides, which no line would show. */
function isolated(values: ArrayLike<number | null | undefined>): number[] {
  const out: number[] = [];
  let previous: number | null = null;
  let pending = -1;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v === undefined) continue;
    if (v === null) {
      if (pending >= 0) out.push(pending);
      pending = -1;
    } else {
      pending = previous === null ? i : -1;
    }
    previous = v;
  }
  if (pending >= 0) out.push(pending);
  return out;
}

function fillStyle(u: uPlot, s: ChartSeries, model: ChartModel, index: number, theme: ThemeName): string | CanvasGradient | undefined {
  const { style } = s;
  if (style.fill === 0 && style.gradient === 'none') return undefined;
  // A stacked series fills down to the one below it; that is the band's business.
  if (model.bands.some((b) => b.upper === index)) return undefined;
  return areaFill(u, s, theme);
}

function areaFill(u: uPlot, s: ChartSeries, theme: ThemeName): string | CanvasGradient {
  const { style } = s;
  const opacity = style.draw === 'bars' && style.fill === 0 ? 0 : style.fill;
  if (style.gradient === 'scheme' && isByValue(s.field.config.color?.mode ?? '')) return schemeGradient(u, s, theme, opacity);
  if (style.gradient === 'none' || !Number.isFinite(u.bbox.height) || u.bbox.height <= 0) return withAlpha(s.color, opacity);
  const gradient = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
  if (style.gradient === 'opacity') {
    gradient.addColorStop(0, withAlpha(s.color, opacity));
    gradient.addColorStop(1, withAlpha(s.color, 0));
  } else {
    gradient.addColorStop(0, withAlpha(rgbaText(shade(toRgba(s.color), 0.25)), opacity));
    gradient.addColorStop(1, withAlpha(rgbaText(shade(toRgba(s.color), -0.25)), opacity));
  }
  return gradient;
}

function bandFill(s: ChartSeries | undefined): string {
  return s ? withAlpha(s.color, s.style.fill) : 'transparent';
}

/** Colours by value from bottom to top: sharp steps for thresholds, a smooth way for continuous schemes. */
function schemeGradient(u: uPlot, s: ChartSeries, theme: ThemeName, alpha: number): string | CanvasGradient {
  const scale = u.scales[s.scale];
  const min = scale?.min;
  const max = scale?.max;
  if (min === undefined || max === undefined || min === null || max === null || !(max > min) || u.bbox.height <= 0) return withAlpha(s.color, alpha);
  const gradient = u.ctx.createLinearGradient(0, u.bbox.top + u.bbox.height, 0, u.bbox.top);
  const mode = s.field.config.color?.mode ?? '';
  const place = (value: number): number => Math.min(1, Math.max(0, (value - min) / (max - min)));
  const range = s.field.range ?? { min, max };
  if (mode === 'thresholds') {
    const steps = absoluteSteps(s.field.config.thresholds ?? DEFAULT_THRESHOLDS, range.min, range.max);
    steps.forEach((step, i) => {
      const color = withAlpha(cssColor(step.color, theme), alpha);
      gradient.addColorStop(place(step.value), color);
      gradient.addColorStop(place(steps[i + 1]?.value ?? Infinity), color);
    });
  } else {
    const stops = continuousStops(mode);
    stops.forEach((color, i) => gradient.addColorStop(place(range.min + ((range.max - range.min) * i) / (stops.length - 1)), withAlpha(color, alpha)));
  }
  return gradient;
}

/** Threshold areas and lines, under the data. */
function drawThresholds(u: uPlot, model: ChartModel, theme: ThemeName): void {
  const done = new Set<string>();
  for (const s of model.series) {
    const mode = s.style.thresholds;
    if (mode === 'off' || done.has(s.scale)) continue;
    done.add(s.scale);
    const range = u.scales[s.scale];
    const min = range?.min ?? 0;
    const max = range?.max ?? 1;
    const steps = absoluteSteps(s.field.config.thresholds ?? DEFAULT_THRESHOLDS, s.field.range?.min ?? min, s.field.range?.max ?? max);
    const { left, top, width, height } = u.bbox;
    const y = (value: number): number => Math.min(top + height, Math.max(top, u.valToPos(value, s.scale, true)));
    u.ctx.save();
    steps.forEach((step, i) => {
      const color = cssColor(step.color, theme);
      if (mode.includes('area') && toRgba(color).a > 0) {
        const from = Number.isFinite(step.value) ? y(step.value) : top + height;
        const next = steps[i + 1]?.value;
        const to = next === undefined ? top : y(next);
        u.ctx.fillStyle = withAlpha(color, 0.12);
        u.ctx.fillRect(left, to, width, from - to);
      }
      if ((mode.includes('line') || mode.includes('dashed')) && Number.isFinite(step.value) && step.value >= min && step.value <= max && toRgba(color).a > 0) {
        u.ctx.strokeStyle = color;
        u.ctx.lineWidth = 1.5 * uPlot.pxRatio;
        u.ctx.setLineDash(mode.includes('dashed') ? [10 * uPlot.pxRatio, 10 * uPlot.pxRatio] : []);
        u.ctx.beginPath();
        u.ctx.moveTo(left, y(step.value));
        u.ctx.lineTo(left + width, y(step.value));
        u.ctx.stroke();
      }
    });
    u.ctx.restore();
  }
}
