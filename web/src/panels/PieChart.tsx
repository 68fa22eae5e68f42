import { useState } from 'preact/hooks';
import { obj, str, strings } from '../compat/json';
import { shownText } from '../compat/display';
import { toFixed } from '../compat/numbers';
import { Legend } from './Legend';
import { clickLegend, legendOptions, type LegendRow } from './legend-model';
import { displayContext, type PanelProps } from './types';
import { useSize } from './useSize';
import { reducedValues, type ShownValue } from './values';

/** Shares of a whole, as a pie or a ring. */
export function PieChart(props: PanelProps) {
  const [ref, size] = useSize<HTMLDivElement>();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const o = props.panel.options;
  const values = sorted(reducedValues(props.frames, o, displayContext(props), props.lookup), str(o['sort'], 'desc')).filter((v) => (v.value ?? 0) > 0);
  const shown = values.filter((v) => !hidden.has(v.name));
  const total = shown.reduce((sum, v) => sum + (v.value ?? 0), 0);
  const base = legendOptions(o);
  const shows = strings(obj(o['legend'])['values']);
  const legend = { ...base, calcs: shows };
  const labels = strings(o['displayLabels']);
  const rows: LegendRow[] = values.map((v) => ({
    name: v.name,
    color: v.color,
    dashed: false,
    rightAxis: false,
    values: shows.map((s) => (s === 'percent' ? { text: percent(v, total), sort: v.value ?? 0 } : { text: shownText(v), sort: v.value ?? 0 })),
  }));
  const radius = size ? Math.max(10, Math.min(size.width, size.height) / 2 - 6) : 0;
  return (
    <div class={`chart-panel legend-${legend.show ? legend.placement : 'none'} legend-${legend.mode}`}>
      <div class="chart-plot pie" ref={ref}>
        {size && (
          <svg width={size.width} height={size.height} role="img" aria-label={props.panel.title}>
            <Slices values={shown} total={total} cx={size.width / 2} cy={size.height / 2} radius={radius} hole={str(o['pieType']) === 'donut' ? 0.62 : 0} labels={labels} />
          </svg>
        )}
      </div>
      {legend.show && (
        <div class="chart-legend">
          <Legend rows={rows} options={legend} hidden={hidden} onToggle={(name, keep) => setHidden(clickLegend(hidden, rows.map((r) => r.name), name, keep))} />
        </div>
      )}
    </div>
  );
}

function percent(v: ShownValue, total: number): string {
  return total === 0 ? '0%' : `${toFixed(((v.value ?? 0) / total) * 100, 0)}%`;
}

function sorted(values: ShownValue[], order: string): ShownValue[] {
  if (order === 'none') return values;
  return [...values].sort((a, b) => ((b.value ?? 0) - (a.value ?? 0)) * (order === 'asc' ? -1 : 1));
}

function Slices(props: { values: ShownValue[]; total: number; cx: number; cy: number; radius: number; hole: number; labels: string[] }) {
  const { values, total, cx, cy, radius, hole, labels } = props;
  let from = 0;
  return (
    <>
      {values.map((v) => {
        const share = total === 0 ? 0 : (v.value ?? 0) / total;
        const to = from + share;
        const d = slice(cx, cy, radius, radius * hole, from, Math.min(to, from + 0.99999));
        const mid = (from + to) / 2;
        from = to;
        const [lx, ly] = at(cx, cy, radius * (hole > 0 ? (1 + hole) / 2 : 0.65), mid);
        const text = labels.map((l) => (l === 'percent' ? percent(v, total) : l === 'name' ? v.name : shownText(v))).join(' ');
        return (
          <g key={v.name}>
            <path d={d} fill={v.color} class="pie-slice">
              <title>{`${v.name}: ${shownText(v)} (${percent(v, total)})`}</title>
            </path>
            {text !== '' && share > 0.05 && (
              <text x={lx} y={ly} class="pie-label">
                {text}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

/** A share of the circle, clockwise from the top. */
function at(cx: number, cy: number, r: number, share: number): [number, number] {
  const angle = share * 2 * Math.PI - Math.PI / 2;
  return [cx + r * Math.cos(angle), cy + r * Math.sin(angle)];
}

function slice(cx: number, cy: number, outer: number, inner: number, from: number, to: number): string {
  const large = to - from > 0.5 ? 1 : 0;
  const [x0, y0] = at(cx, cy, outer, from);
  const [x1, y1] = at(cx, cy, outer, to);
  if (inner === 0) return `M${cx},${cy}L${x0},${y0}A${outer},${outer} 0 ${large} 1 ${x1},${y1}Z`;
  const [x2, y2] = at(cx, cy, inner, to);
  const [x3, y3] = at(cx, cy, inner, from);
  return `M${x0},${y0}A${outer},${outer} 0 ${large} 1 ${x1},${y1}L${x2},${y2}A${inner},${inner} 0 ${large} 0 ${x3},${y3}Z`;
}
