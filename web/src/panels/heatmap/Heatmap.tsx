import { useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { UplotView } from '../../charts/UplotView';
import { timeChart, valueAxis, type ChartOptions } from '../../charts/options';
import { tooltipPlugin, type TooltipContent } from '../../charts/tooltip';
import { bool, num, obj, str } from '../../compat/json';
import { formatValue } from '../../compat/units';
import { formatInstant } from '../../ui/time/zone';
import type { PanelProps } from '../types';
import { lowTimeAxis } from '../timeseries/options';
import { heatmapColors, type HeatmapColors } from './color';
import { heatmapModel, type HeatmapModel } from './model';

/** Cells over time; rows stand at equal heights, labelled at their upper bounds. */
export function Heatmap(props: PanelProps) {
  const { panel, frames, theme, span } = props;
  const options = panel.options;
  const model = useMemo(() => heatmapModel(frames, options), [frames, options]);
  const colors = useMemo(() => heatmapColors(options, { min: model?.min ?? 0, max: model?.max ?? 1 }, theme), [model, options, theme]);
  const now = useRef({ model, colors, span, props });
  now.current = { model, colors, span, props };
  const data = useMemo(() => {
    const times = model?.times.map((t) => t / 1000) ?? [];
    return [times, times.map(() => 0)] as uPlot.AlignedData;
  }, [model, colors]);
  if (!model) return null;
  const yAxis = obj(options['yAxis']);
  const yText = (v: number): string => bucketText(v, str(yAxis['unit']) || panel.fieldConfig.defaults.unit, num(yAxis['decimals']));
  const countText = (v: number): string => {
    const cell = obj(options['cellValues']);
    return formatValue(v, str(cell['unit']) || 'short', num(cell['decimals']));
  };

  const build = (): ChartOptions => {
    const base = timeChart({
      zone: props.zone,
      ...(props.syncKey === '' ? {} : { syncKey: props.syncKey }),
      onZoom: (from, to) => now.current.props.onZoom(from * 1000, to * 1000),
      onZoomOut: () => now.current.props.onZoomOut(),
    });
    const axis = valueAxis({
      right: str(yAxis['axisPlacement']) === 'right',
      format: (splits) => splits.map((at) => rowLabel(now.current.model, at, yText)),
      ...(str(yAxis['axisLabel']) === '' ? {} : { label: str(yAxis['axisLabel']) }),
    });
    return {
      ...base,
      padding: [10, 20, 0, 0],
      cursor: { ...base.cursor, points: { show: false }, focus: { prox: -1 } },
      scales: {
        x: { time: true, range: () => [now.current.span.from / 1000, now.current.span.to / 1000] },
        y: { range: () => [0, Math.max(1, now.current.model?.rows.length ?? 1)], dir: bool(yAxis['reverse']) ? -1 : 1 },
      },
      axes: [
        { ...lowTimeAxis(base.axes?.[0] ?? {}), grid: { show: false } },
        ...(str(yAxis['axisPlacement']) === 'hidden' ? [] : [{ ...axis, labelSize: 22, grid: { show: false }, splits: (u: uPlot) => rowSplits(u, now.current.model) }]),
      ],
      series: [{}, { scale: 'y', paths: () => null, points: { show: false } }],
      hooks: { ...base.hooks, drawClear: [(u) => drawCells(u, now.current.model, now.current.colors, num(options['cellGap']) ?? 1)] },
      plugins: [tooltipPlugin((u) => cellTooltip(u, now.current, props.zone, yText, countText, bool(obj(options['tooltip'])['yHistogram'])))],
    };
  };
  const structure = JSON.stringify([options, panel.fieldConfig.defaults.unit, props.zone, props.syncKey]);

  return (
    <div class="chart-panel legend-bottom">
      <UplotView class="chart-plot" label={`${panel.title}: heatmap of ${model.rows.length} buckets`} build={build} structure={structure} data={data} />
      {bool(obj(options['legend'])['show'], true) && (
        <div class="heatmap-scale">
          <span>{countText(colors.min)}</span>
          <span class="heatmap-ramp" style={{ background: `linear-gradient(90deg, ${ramp(colors)})` }} />
          <span>{countText(colors.max)}</span>
        </div>
      )}
    </div>
  );
}

/** Nine colours along the scale, as the counts meet them. */
function ramp(c: HeatmapColors): string {
  return Array.from({ length: 9 }, (_, i) => c.palette[c.at(c.min + ((c.max - c.min) * i) / 8)] ?? '').join(', ');
}

function bucketText(v: number, unit: string | undefined, decimals: number | undefined): string {
  if (v === Infinity) return '+Inf';
  if (v === -Infinity) return '-Inf';
  return formatValue(v, unit === undefined || unit === '' ? 'short' : unit, decimals);
}

/** Labels between rows, thinned out until there is room for each. */
function rowSplits(u: uPlot, model: HeatmapModel | null): number[] {
  const rows = model?.rows.length ?? 0;
  const height = u.bbox.height / uPlot.pxRatio;
  const every = Math.max(1, Math.ceil((rows * 18) / Math.max(1, height)));
  const out: number[] = [];
  for (let at = 0; at <= rows; at += every) out.push(at);
  return out;
}

function rowLabel(model: HeatmapModel | null, at: number, text: (v: number) => string): string {
  if (!model) return '';
  const below = model.rows[at - 1];
  if (below) return Number.isNaN(below.high) ? below.label : text(below.high);
  const first = model.rows[0];
  return first && Number.isFinite(first.low) ? text(first.low) : '';
}

function drawCells(u: uPlot, model: HeatmapModel | null, colors: HeatmapColors, gap: number): void {
  if (!model) return;
  const { ctx, bbox } = u;
  const space = gap * uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  // A column shows what ended at its time, as the buckets of a rate do.
  const edges = model.times.map((t) => Math.round(u.valToPos((t - model.step) / 1000, 'x', true)));
  const ends = model.times.map((t) => Math.round(u.valToPos(t / 1000, 'x', true)));
  model.counts.forEach((row, r) => {
    const bottom = Math.round(u.valToPos(r, 'y', true));
    const top = Math.round(u.valToPos(r + 1, 'y', true));
    const y = Math.min(top, bottom);
    const h = Math.abs(bottom - top);
    row.forEach((count, c) => {
      if (count === null) return;
      const x = edges[c] ?? 0;
      const w = (ends[c] ?? 0) - x;
      ctx.fillStyle = colors.palette[colors.at(count)] ?? 'transparent';
      ctx.fillRect(x, y, Math.max(1, w > 3 * space ? w - space : w), Math.max(1, h > 3 * space ? h - space : h));
    });
  });
  ctx.restore();
}

type Now = { model: HeatmapModel | null; colors: HeatmapColors };

function cellTooltip(u: uPlot, now: Now, zone: string, yText: (v: number) => string, countText: (v: number) => string, histogram: boolean): TooltipContent | null {
  const { model, colors } = now;
  if (!model) return null;
  const at = u.posToVal(u.cursor.left ?? 0, 'x') * 1000;
  const row = Math.floor(u.posToVal(u.cursor.top ?? 0, 'y'));
  const column = model.times.findIndex((t) => at > t - model.step && at <= t);
  const time = model.times[column];
  const bucket = model.rows[row];
  if (time === undefined || !bucket) return null;
  const title = formatInstant(time, zone || 'browser');
  const line = (r: number, active: boolean) => {
    const count = model.counts[r]?.[column] ?? null;
    const b = model.rows[r];
    return {
      color: count === null ? 'transparent' : (colors.palette[colors.at(count)] ?? 'transparent'),
      label: b ? bucketName(b, yText) : '',
      value: count === null ? '0' : countText(count),
      active,
    };
  };
  if (!histogram) return { title, rows: [line(row, true)] };
  const near = model.rows.map((_b, r) => r).filter((r) => r === row || (model.counts[r]?.[column] ?? null) !== null);
  const place = near.indexOf(row);
  const shown = near.slice(Math.max(0, place - 8), place + 9).reverse();
  return { title, rows: shown.map((r) => line(r, r === row)) };
}

function bucketName(b: { low: number; high: number; label: string }, text: (v: number) => string): string {
  if (Number.isNaN(b.high)) return b.label;
  return Number.isFinite(b.low) ? `${text(b.low)} – ${text(b.high)}` : `≤ ${text(b.high)}`;
}
