import { useMemo, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { UplotView } from '../../charts/UplotView';
import { tooltipPlugin } from '../../charts/tooltip';
import { Legend } from '../Legend';
import { clickLegend, legendOptions, legendRow } from '../legend-model';
import { displayContext, type PanelProps } from '../types';
import { chartModel } from './model';
import { chartOptions } from './options';
import { tooltipContent, tooltipOptions } from './tooltip';

const NONE: ReadonlySet<string> = new Set();

export function TimeSeries(props: PanelProps) {
  const { panel, frames, theme, span } = props;
  const [hidden, setHidden] = useState(NONE);
  const model = useMemo(() => chartModel(frames, hidden, theme), [frames, hidden, theme]);
  const legend = legendOptions(panel.options);
  const tooltip = tooltipOptions(panel.options);
  const chart = useRef<uPlot | null>(null);
  // The chart outlives a refresh; its callbacks must see the data of now.
  const now = useRef({ model, span, props });
  now.current = { model, span, props };

  const structure = JSON.stringify([
    model.series.map((s) => [s.name, s.style, s.color, s.scale, s.field.config.unit, s.field.config.decimals, s.field.config.thresholds]),
    model.scales.map((s) => [s.key, s.side]),
    model.bands,
    tooltip,
    props.zone,
    props.syncKey,
  ]);
  const data = useMemo(() => [model.times, ...model.drawn] as uPlot.AlignedData, [model]);

  const build = () =>
    chartOptions(
      now.current.model,
      {
        ...props,
        onZoom: (from, to) => now.current.props.onZoom(from, to),
        onZoomOut: () => now.current.props.onZoomOut(),
      },
      {
        focus: tooltip.mode === 'single' ? 1e6 : 24,
        range: () => [now.current.span.from / 1000, now.current.span.to / 1000],
        tooltip: tooltipPlugin((_u, index, focused) => tooltipContent(now.current.model, tooltip, index, focused, displayContext(now.current.props))),
      },
    );

  const ctx = displayContext(props);
  const rows = useMemo(
    () =>
      model.legend
        .map((l) => legendRow(l.field, legend.calcs, ctx, l.rightAxis))
        .filter((_r, i) => !legend.hideZeros || !model.legend[i]?.field.values.every((v) => v === 0 || v === null)),
    [model, theme, props.zone],
  );
  const focus = (name: string | null): void => {
    const at = name === null ? -1 : model.series.findIndex((s) => s.name === name);
    chart.current?.setSeries(at < 0 ? null : at + 1, { focus: true }, false);
  };

  return (
    <div class={`chart-panel legend-${legend.show ? legend.placement : 'none'} legend-${legend.mode}`}>
      <UplotView
        class="chart-plot"
        label={`${panel.title}: ${model.series.map((s) => s.name).slice(0, 8).join(', ')}`}
        build={build}
        structure={structure}
        data={data}
        onReady={(u) => {
          chart.current = u;
        }}
      />
      {legend.show && rows.length > 0 && (
        <div class="chart-legend" style={legend.width !== undefined && legend.placement === 'right' ? { width: `${legend.width}px` } : {}} tabIndex={-1}>
          <Legend
            rows={rows}
            options={legend}
            hidden={hidden}
            onHover={focus}
            onToggle={(name, keep) => setHidden(clickLegend(hidden, rows.map((r) => r.name), name, keep))}
          />
        </div>
      )}
    </div>
  );
}
