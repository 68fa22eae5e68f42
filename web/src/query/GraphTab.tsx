import type uPlot from 'uplot';
import { useMemo, useRef, useState } from 'preact/hooks';
import { formatSeries } from '../api/samples';
import type { RangeData } from '../api/prometheus';
import type { Labels } from '../api/types';
import { seriesColor, withAlpha } from '../charts/colors';
import { shortNumber } from '../charts/number';
import { timeChart, valueAxis, type ChartOptions } from '../charts/options';
import { tooltipPlugin, type TooltipContent } from '../charts/tooltip';
import { UplotView } from '../charts/UplotView';
import { valueRange } from './value-range';
import { theme } from '../shell/theme';
import { Empty, Notice } from '../ui/Notice';
import { formatInstant, type Zone } from '../ui/time/zone';
import { commonLabels, isolated, stack, toGrid, type GraphData, type GraphSeries } from './graph-data';
import { GraphLegend } from './GraphLegend';
import type { GraphWindow, PanelState } from './panel';
import { toggleSeries } from './visibility';

const TOOLTIP_ROWS = 12;
/** More series than this get no dots under the pointer. */
const DENSE = 100;

/** A range result as lines or stacked areas, with its legend. */
export function GraphTab(props: {
  outcome: { data: RangeData; window: GraphWindow };
  panel: PanelState;
  zone: Zone;
  onChange: (change: Partial<PanelState>) => void;
}) {
  const { outcome, panel, zone, onChange } = props;
  const grid = useMemo(() => toGrid(outcome.data.result, outcome.window), [outcome]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const keys = useMemo(() => grid.series.map((s) => formatSeries(s.labels)), [grid]);
  const shown = keys.map((key) => !hidden.has(key));
  const shownKey = shown.map((s) => (s ? '1' : '0')).join('');
  const data = useMemo<uPlot.AlignedData>(() => {
    const raw = grid.series.map((s) => s.values);
    return [grid.times, ...(panel.stacked ? stack(raw, shown) : raw)];
  }, [grid, panel.stacked, shownKey]);
  const common = useMemo(() => commonLabels(grid.series.map((s) => s.labels)), [grid]);
  const model = useRef<Model>({ grid, shown, zone, common });
  model.current = { grid, shown, zone, common };

  if (outcome.data.result.length === 0) {
    return (
      <Empty icon="search" title="No series in this range">
        <p>The expression is valid but selects nothing between the two ends.</p>
      </Empty>
    );
  }
  const zoom = (from: number, to: number): void => {
    onChange({ range: Math.max(Math.round(to - from), 1) * 1000, end: Math.round(to * 1000) });
  };
  const zoomOut = (): void => {
    const end = panel.end === null ? null : Math.min(panel.end + panel.range / 2, Date.now());
    onChange({ range: panel.range * 2, end });
  };
  const build = (): ChartOptions => ({
    ...timeChart({ zone, onZoom: zoom, onZoomOut: zoomOut, dense: grid.series.length > DENSE }),
    scales: {
      x: { time: true, range: () => [model.current.grid.times[0] ?? 0, model.current.grid.times.at(-1) ?? 1] },
      y: { range: (_u, min, max) => valueRange(min, max, panel.yFromZero || panel.stacked) },
    },
    axes: [...(timeChart({ zone }).axes ?? []), valueAxis()],
    series: [{}, ...grid.series.map((_, i) => line(i, shown[i] === true, panel.stacked))],
    ...(panel.stacked ? { bands: bandsOf(shown) } : {}),
    plugins: [tooltipPlugin((_u, index, focused) => tooltip(model.current, index, focused))],
  });
  return (
    <>
      {grid.histograms > 0 && (
        <Notice kind="info">
          {grid.histograms === 1 ? 'One series holds' : `${grid.histograms} series hold`} native histograms and cannot be drawn as a line. Try histogram_quantile() or histogram_count().
        </Notice>
      )}
      <div class="graph-box">
        <UplotView
          build={build}
          structure={`${keys.join('\n')}|${shownKey}|${panel.stacked}|${panel.yFromZero}|${zone}|${panel.range}|${panel.end}`}
          data={data}
          label={`Graph of ${panel.expr}`}
        />
      </div>
      <GraphLegend
        series={grid.series}
        keys={keys}
        shown={shown}
        color={(i) => seriesColor(i)}
        onToggle={(key, only) => setHidden(toggleSeries(keys, hidden, key, only))}
        theme={theme.value}
      />
    </>
  );
}

function line(index: number, show: boolean, stacked: boolean): uPlot.Series {
  const color = seriesColor(index);
  return {
    show,
    stroke: color,
    width: 1.5,
    ...(stacked ? { fill: withAlpha(color, 0.35) } : {}),
    points: {
      size: 4,
      fill: color,
      show: true,
      filter: (u, seriesIndex) => {
        const values = u.data[seriesIndex];
        return values ? isolated(values as (number | null)[], 0, values.length - 1) : [];
      },
    },
  };
}

/** Each area ends where the one below it begins. */
function bandsOf(shown: readonly boolean[]): uPlot.Band[] {
  const visible = shown.flatMap((s, i) => (s ? [i + 1] : []));
  return visible.slice(1).map((index, i) => ({ series: [index, visible[i] ?? 0] as [number, number], fill: withAlpha(seriesColor(index - 1), 0.35) }));
}

/** What the tooltip reads at each move; the chart itself lives longer than one answer. */
interface Model {
  grid: GraphData;
  shown: readonly boolean[];
  zone: Zone;
  common: Labels;
}

function tooltip(model: Model, index: number, focused: number | null): TooltipContent | null {
  const { grid, shown, zone, common } = model;
  const time = grid.times[index];
  if (time === undefined) return null;
  const present = grid.series.flatMap((series, i) => {
    const value = series.values[index];
    return shown[i] === true && value !== null && value !== undefined ? [{ series, i, value }] : [];
  });
  present.sort((a, b) => b.value - a.value);
  const near = present.findIndex((p) => p.i + 1 === focused);
  const first = near >= TOOLTIP_ROWS ? near - TOOLTIP_ROWS + 1 : 0;
  const rows = present.slice(first, first + TOOLTIP_ROWS).map(({ series, i, value }) => ({
    color: seriesColor(i),
    label: shortLabel(series, common),
    value: shortNumber(value, 5),
    active: i + 1 === focused,
  }));
  if (rows.length === 0) return null;
  return { title: formatInstant(time * 1000, zone), rows, more: present.length - rows.length };
}

/** Only what tells the series apart; everything when it is alone. */
function shortLabel(series: GraphSeries, common: Labels): string {
  const own = Object.fromEntries(Object.entries(series.labels).filter(([name]) => !(name in common)));
  return Object.keys(own).length === 0 ? formatSeries(series.labels) : formatSeries(own);
}
