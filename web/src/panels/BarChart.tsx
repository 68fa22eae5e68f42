import { useState } from 'preact/hooks';
import { num, obj, str } from '../compat/json';
import { fieldColor, showValue, shownText } from '../compat/display';
import type { Field, Frame } from '../compat/frames';
import { formatInstant } from '../ui/time/zone';
import { axisLabels } from './timeseries/axis';
import { Legend } from './Legend';
import { clickLegend, legendOptions, legendRow } from './legend-model';
import { displayContext, type PanelProps } from './types';
import { textWidth, useSize } from './useSize';

/** Bars for categories: rows of a table, or histogram buckets handed in by HistogramPanel. */
export function BarChart(props: PanelProps) {
  const frame = props.frames.find((f) => f.fields.some((x) => x.type === 'number'));
  return frame ? <Bars {...props} frame={frame} gap={1 - (num(props.panel.options['barWidth']) ?? 0.97) * (num(props.panel.options['groupWidth']) ?? 0.7)} /> : null;
}

export function Bars(props: PanelProps & { frame: Frame; gap: number }) {
  const [ref, size] = useSize<HTMLDivElement>();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const { panel, frame, theme } = props;
  const o = panel.options;
  const ctx = displayContext(props);
  const wanted = str(o['xField']);
  const category = frame.fields.find((f) => f.displayName === wanted || f.name === wanted) ?? frame.fields.find((f) => f.type === 'string') ?? frame.fields.find((f) => f.type === 'time');
  const all = frame.fields.filter((f) => f.type === 'number' && f !== category);
  const fields = all.filter((f) => !hidden.has(f.displayName ?? f.name));
  const stacked = str(o['stacking']) === 'normal' || str(o['stacking']) === 'percent';
  const lying = str(o['orientation']) === 'horizontal';
  const legend = legendOptions(o);
  const names = frame.fields[0]?.values.map((_v, i) => categoryText(category, i, props.zone)) ?? [];
  const rows = all.map((f) => legendRow(f, legend.calcs, ctx, false));
  return (
    <div class={`chart-panel legend-${legend.show ? legend.placement : 'none'} legend-${legend.mode}`}>
      <div class="chart-plot" ref={ref}>
        {size && <Plot {...{ width: size.width, height: size.height, fields, names, stacked, lying, ctx, theme, gap: props.gap, title: panel.title }} />}
      </div>
      {legend.show && all.length > 0 && (
        <div class="chart-legend">
          <Legend rows={rows} options={legend} hidden={hidden} onToggle={(name, keep) => setHidden(clickLegend(hidden, rows.map((r) => r.name), name, keep))} />
        </div>
      )}
    </div>
  );
}

function categoryText(field: Field | undefined, i: number, zone: string): string {
  const v = field?.values[i] ?? null;
  if (v === null) return field ? '' : String(i + 1);
  return field?.type === 'time' ? formatInstant(Number(v), zone || 'browser') : String(v);
}

function Plot(props: {
  width: number;
  height: number;
  fields: Field[];
  names: string[];
  stacked: boolean;
  lying: boolean;
  ctx: { theme: 'dark' | 'light'; timeZone: string };
  theme: 'dark' | 'light';
  gap: number;
  title: string;
}) {
  const { width, height, fields, names, stacked, lying, ctx, theme } = props;
  const [first] = fields;
  const totals = names.map((_n, i) => {
    const list = fields.map((f) => value(f, i));
    return stacked ? [list.filter((v) => v > 0).reduce((a, b) => a + b, 0), list.filter((v) => v < 0).reduce((a, b) => a + b, 0)] : list;
  });
  const low = Math.min(0, first?.config.min ?? 0, ...totals.flat());
  const high = Math.max(first?.config.max ?? -Infinity, ...totals.flat(), low + Number.EPSILON);
  const splits = ticks(low, high, Math.max(2, Math.floor((lying ? width : height) / 50)));
  const top = splits.at(-1) ?? high;
  const labels = first ? axisLabels(first, splits, ctx) : [];
  const axis = lying ? Math.min(width * 0.35, Math.max(30, ...names.map((n) => textWidth(n, 11, 400) + 10))) : Math.max(28, ...labels.map((l) => textWidth(l, 11, 400) + 10));
  const plot = { x: axis, y: 6, w: Math.max(10, width - axis - 6), h: Math.max(10, height - 6 - 20) };
  const along = (v: number): number => (v - low) / (top - low || 1);
  const slot = (lying ? plot.h : plot.w) / Math.max(1, names.length);
  const inner = slot * (1 - Math.min(0.9, Math.max(0, props.gap)));
  const one = stacked ? inner : inner / Math.max(1, fields.length);
  const every = lying ? 1 : Math.max(1, Math.ceil((Math.max(...names.map((n) => textWidth(n, 11, 400)), 10) + 8) / slot));
  return (
    <svg width={width} height={height} role="img" aria-label={`${props.title}: bars of ${names.length} categories`}>
      {splits.map((s, i) => {
        const at = along(s);
        return lying ? (
          <g key={s}>
            <line class="grid-line" x1={plot.x + at * plot.w} x2={plot.x + at * plot.w} y1={plot.y} y2={plot.y + plot.h} />
            <text class="tick" x={plot.x + at * plot.w} y={plot.y + plot.h + 14} text-anchor="middle">
              {labels[i]}
            </text>
          </g>
        ) : (
          <g key={s}>
            <line class="grid-line" x1={plot.x} x2={plot.x + plot.w} y1={plot.y + (1 - at) * plot.h} y2={plot.y + (1 - at) * plot.h} />
            <text class="tick" x={plot.x - 6} y={plot.y + (1 - at) * plot.h + 4} text-anchor="end">
              {labels[i]}
            </text>
          </g>
        );
      })}
      {names.map((name, i) => {
        let up = 0;
        let down = 0;
        const start = slot * i + (slot - inner) / 2;
        return (
          <g key={i}>
            {fields.map((f, k) => {
              const v = value(f, i);
              const from = stacked ? (v >= 0 ? up : down) : 0;
              const to = from + v;
              if (v >= 0) up = to;
              else down = to;
              const a = along(Math.min(from, to));
              const b = along(Math.max(from, to));
              const side = start + (stacked ? 0 : one * k);
              const color = f.config.color?.mode === 'thresholds' ? showValue(f, v, ctx).color : fieldColor(f, theme);
              const box = lying ? { x: plot.x + a * plot.w, y: plot.y + side, width: (b - a) * plot.w, height: one } : { x: plot.x + side, y: plot.y + (1 - b) * plot.h, width: one, height: (b - a) * plot.h };
              return (
                <rect key={k} {...box} fill={color} fill-opacity={(num(obj(f.config.custom)['fillOpacity']) ?? 80) / 100} stroke={color} stroke-width="1">
                  <title>{`${name}\n${f.displayName ?? f.name}: ${shownText(showValue(f, v, ctx))}`}</title>
                </rect>
              );
            })}
            {i % every === 0 && (
              <text class="tick" text-anchor={lying ? 'end' : 'middle'} x={lying ? plot.x - 6 : plot.x + slot * (i + 0.5)} y={lying ? plot.y + slot * (i + 0.5) + 4 : plot.y + plot.h + 14}>
                {name}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

function value(f: Field, i: number): number {
  const v = f.values[i];
  return typeof v === 'number' && Number.isFinite(v) ? v : 0;
}

/** Round values from at or below `low` to at or above `high`. */
function ticks(low: number, high: number, n: number): number[] {
  const raw = (high - low) / n || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((s) => s * power >= raw) ?? 10) * power;
  const out: number[] = [];
  for (let t = Math.floor(low / step) * step; t < high + step * 0.999; t += step) out.push(Number(t.toPrecision(12)));
  return out;
}
