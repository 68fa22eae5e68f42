import { useState } from 'preact/hooks';
import { reducerName } from '../compat/reducers';
import { sortLegend, type LegendOptions, type LegendRow } from './legend-model';

/** Names and calculations of the series. Clicking a name shows it alone; with Ctrl, Cmd or Shift it is added or taken away. */
export function Legend(props: {
  rows: LegendRow[];
  options: LegendOptions;
  hidden: ReadonlySet<string>;
  onToggle: (name: string, keepOthers: boolean) => void;
  onHover?: (name: string | null) => void;
}) {
  const { options, hidden, onToggle, onHover } = props;
  const [sort, setSort] = useState<{ by: string; desc: boolean } | null>(null);
  const by = sort?.by ?? options.sortBy;
  const desc = sort?.desc ?? options.sortDesc;
  const rows = sortLegend(props.rows, options.calcs, by, desc);

  const item = (row: LegendRow) => (
    <button
      type="button"
      class={hidden.has(row.name) ? 'legend-name off' : 'legend-name'}
      aria-pressed={!hidden.has(row.name)}
      title={row.name}
      onClick={(e) => onToggle(row.name, e.ctrlKey || e.metaKey || e.shiftKey)}
      onMouseEnter={() => onHover?.(row.name)}
      onMouseLeave={() => onHover?.(null)}
      onFocus={() => onHover?.(row.name)}
      onBlur={() => onHover?.(null)}
    >
      <span class={row.dashed ? 'swatch dashed' : 'swatch'} style={{ '--swatch': row.color }} />
      <span class="legend-text">
        {row.name}
        {row.rightAxis && <span class="legend-axis"> (right y-axis)</span>}
      </span>
    </button>
  );

  if (options.mode === 'list') {
    return (
      <ul class="legend-list" data-legend="list">
        {rows.map((row) => (
          <li key={row.name}>
            {item(row)}
            {options.calcs.map((calc, i) => (
              <span key={calc} class="legend-calc">
                <span class="legend-calc-name">{reducerName(calc)}: </span>
                {row.values[i]?.text}
              </span>
            ))}
          </li>
        ))}
      </ul>
    );
  }
  const header = (id: string, label: string, number: boolean) => {
    const active = by === id || by === label;
    return (
      <th scope="col" class={number ? 'num' : ''} aria-sort={active ? (desc ? 'descending' : 'ascending') : undefined}>
        <button type="button" class="legend-sort" onClick={() => setSort(active ? { by: label, desc: !desc } : { by: label, desc: number })}>
          {label}
          {active && <span aria-hidden="true">{desc ? ' ▾' : ' ▴'}</span>}
        </button>
      </th>
    );
  };
  return (
    <table class="legend-table" data-legend="table">
      <thead>
        <tr>
          {header('Name', 'Name', false)}
          {options.calcs.map((calc) => header(calc, reducerName(calc), true))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>{item(row)}</td>
            {row.values.map((v, i) => (
              <td key={i} class="num">
                {v.text}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
