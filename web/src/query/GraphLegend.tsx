import { useState } from 'preact/hooks';
import { formatCount } from '../charts/number';
import { SeriesLabel } from './SeriesLabel';
import type { GraphSeries } from './graph-data';

const FIRST = 50;

/** The series of a graph as buttons; also the graph's text alternative. */
export function GraphLegend(props: {
  series: readonly GraphSeries[];
  keys: readonly string[];
  shown: readonly boolean[];
  color: (index: number) => string;
  onToggle: (key: string, only: boolean) => void;
  /** Only so that a theme switch draws the swatches anew. */
  theme: string;
}) {
  const [all, setAll] = useState(false);
  const limit = all ? props.series.length : FIRST;
  return (
    <div class="graph-legend">
      <ul>
        {props.series.slice(0, limit).map((series, i) => {
          const key = props.keys[i] ?? '';
          const on = props.shown[i] === true;
          return (
            <li key={key}>
              <button
                type="button"
                class={on ? 'legend-entry' : 'legend-entry off'}
                aria-pressed={on}
                title="Click: show only this. Ctrl-click: show or hide it."
                onClick={(event) => props.onToggle(key, !(event.ctrlKey || event.metaKey || event.shiftKey))}
              >
                <span class="swatch" style={{ background: props.color(i) }} />
                <SeriesLabel labels={series.labels} />
              </button>
            </li>
          );
        })}
      </ul>
      {props.series.length > limit && (
        <button type="button" class="btn ghost" onClick={() => setAll(true)}>
          Show all {formatCount(props.series.length)} series
        </button>
      )}
    </div>
  );
}
