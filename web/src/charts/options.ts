import type uPlot from 'uplot';
import type { Zone } from '../ui/time/zone';
import { chartColors } from './colors';
import { axisLabels } from './number';
import { timeLabels } from './time-axis';
import { zoneOffset } from '../ui/time/zone';

/** Everything but the size, which `UplotView` sets. */
export type ChartOptions = Omit<uPlot.Options, 'width' | 'height'>;

export interface ChartFrame {
  zone: Zone;
  /** Charts with the same key share their crosshair. */
  syncKey?: string;
  /** Called with seconds when the user drags over a stretch of time. */
  onZoom?: (from: number, to: number) => void;
  /** Called on a double click. */
  onZoomOut?: () => void;
  /** Hundreds of series: without a dot on each of them under the pointer, which would make it lag. */
  dense?: boolean;
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** What every chart over time shares: cursor, drag to zoom, wall-clock axis. Add `series`, `scales`, value axes. */
export function timeChart(frame: ChartFrame): Omit<ChartOptions, 'series'> {
  const { onZoom, onZoomOut } = frame;
  const sync = frame.syncKey === undefined ? {} : { sync: { key: frame.syncKey, setSeries: false } };
  return {
    legend: { show: false },
    cursor: {
      ...sync,
      drag: { x: onZoom !== undefined, y: false, setScale: false },
      points: frame.dense === true ? { show: false } : { size: 6, width: 1.5 },
      focus: { prox: 24 },
      bind: {
        dblclick: () => () => {
          onZoomOut?.();
          return null;
        },
      },
    },
    tzDate: (seconds) => wallDate(seconds, frame.zone),
    hooks: {
      setSelect: [
        (u) => {
          if (onZoom === undefined || u.select.width < 4) return;
          const from = u.posToVal(u.select.left, 'x');
          const to = u.posToVal(u.select.left + u.select.width, 'x');
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (to > from) onZoom(from, to);
        },
      ],
    },
    axes: [timeAxis(frame.zone)],
  };
}

/** The wall-clock axis at the bottom. */
export function timeAxis(zone: Zone): uPlot.Axis {
  const colors = chartColors();
  return {
    stroke: colors.text,
    font: FONT,
    grid: { stroke: colors.grid, width: 1 },
    ticks: { stroke: colors.grid, width: 1, size: 4 },
    space: 70,
    size: 34,
    gap: 4,
    values: (_u, splits, _axis, _space, increment) => timeLabels(splits, increment, zone),
  };
}

/** A value axis; as wide as its widest label. */
export function valueAxis(options: { scale?: string; right?: boolean; format?: (splits: number[]) => string[]; label?: string } = {}): uPlot.Axis {
  const colors = chartColors();
  const format = options.format ?? axisLabels;
  return {
    scale: options.scale ?? 'y',
    side: options.right === true ? 1 : 3,
    stroke: colors.text,
    font: FONT,
    grid: { show: options.right !== true, stroke: colors.grid, width: 1 },
    ticks: { show: false },
    gap: 6,
    space: 34,
    values: (_u, splits) => format(splits),
    size: (u, values, axisIndex, cycle) => axisWidth(u, values, axisIndex, cycle),
    ...(options.label === undefined ? {} : { label: options.label, labelSize: 18, labelFont: FONT, labelGap: 0 }),
  };
}

/**
 * As wide as the widest label. In the later rounds of one layout an axis only grows: its labels change with the
 * height that the other axes leave, and shrinking again could go on for ever.
 */
function axisWidth(u: uPlot, values: string[] | null, axisIndex: number, cycle: number): number {
  u.ctx.save();
  u.ctx.font = FONT;
  const widest = (values ?? []).reduce((most, text) => Math.max(most, u.ctx.measureText(text).width), 0);
  u.ctx.restore();
  const wanted = Math.ceil(widest) + 12;
  const before = cycle > 1 ? ((u.axes[axisIndex] as { _size?: number } | undefined)?._size ?? 0) : 0;
  return Math.max(wanted, before);
}

/** A Date whose local fields read as the wall clock of `zone`; uPlot places ticks by them. */
function wallDate(seconds: number, zone: Zone): Date {
  const at = seconds * 1000;
  if (zone === 'browser' || zone === '') return new Date(at);
  return new Date(at + zoneOffset(at, zone) - zoneOffset(at, 'browser'));
}
