import { useMemo, useState } from 'preact/hooks';
import { bool, num, obj, str } from '../compat/json';
import { showValue, shownText } from '../compat/display';
import { continuousStops, percentOf, textOn, withAlpha } from '../compat/colors';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { safeUrl } from './links';
import { readable } from './Stat';
import { footerValues, tableColumns, tableFrames, tableRows, tableSort, type Column, type TableSort } from './table-model';
import { displayContext, type PanelProps } from './types';
import { valueLookup } from './values';

/** More rows are drawn on demand: a page of thousands of rows would freeze a phone. */
const PAGE = 200;

export function Table(props: PanelProps) {
  const { panel, frames } = props;
  const o = panel.options;
  const list = useMemo(() => tableFrames(frames), [frames]);
  const [chosen, setChosen] = useState(num(o['frameIndex']) ?? 0);
  const current = list[chosen] ?? list[0];
  const [sort, setSort] = useState<TableSort | null>(() => tableSort(o));
  const [filters, setFilters] = useState<ReadonlyMap<string, ReadonlySet<string>>>(new Map());
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(PAGE);
  const ctx = displayContext(props);
  const columns = useMemo(() => (current ? tableColumns(current.frame) : []), [current]);
  const text = (c: Column, row: number): string => shownText(showValue(c.field, c.field.values[row], ctx));
  const rows = useMemo(() => (current ? tableRows(current.frame, columns, sort, filters, search, text) : []), [current, columns, sort, filters, search]);
  if (!current) return null;
  const footer = footerValues(columns, rows, o);
  const shown = rows.slice(0, limit);
  const cellHeight = str(o['cellHeight'], 'sm');
  const headerShown = bool(o['showHeader'], true);

  return (
    <div class="table-panel">
      {bool(obj(o)['showSearch']) && (
        <label class="search table-search">
          <Icon name="search" />
          <input class="input" type="search" placeholder="Search" aria-label="Search rows" value={search} onInput={(e) => setSearch(e.currentTarget.value)} />
        </label>
      )}
      <div class="table-scroll" tabIndex={0}>
        <table class={`panel-table cells-${cellHeight}`}>
          {headerShown && (
            <thead>
              <tr>
                {columns.map((c) => (
                  <HeadCell key={c.name} column={c} sort={sort} onSort={setSort} filters={filters} onFilter={setFilters} options={c.filterable ? uniqueTexts(current.frame.length, c, text) : []} />
                ))}
              </tr>
            </thead>
          )}
          <tbody>
            {shown.map((row) => {
              const painted = columns.find((c) => c.applyToRow && c.cell === 'color-background');
              const rowColor = painted ? showValue(painted.field, painted.field.values[row], ctx).color : undefined;
              return (
                <tr key={row} style={rowColor === undefined ? {} : { background: withAlpha(rowColor, 0.35) }}>
                  {columns.map((c) => (
                    <BodyCell key={c.name} column={c} row={row} frameProps={props} />
                  ))}
                </tr>
              );
            })}
          </tbody>
          {footer && (
            <tfoot>
              <tr>
                {columns.map((c, i) => {
                  const v = footer[i] ?? null;
                  return (
                    <td key={c.name} class={`align-${c.align}`}>
                      {v === null ? '' : shownText(showValue(c.field, v, ctx))}
                    </td>
                  );
                })}
              </tr>
            </tfoot>
          )}
        </table>
        {rows.length > limit && (
          <button type="button" class="btn ghost table-more" onClick={() => setLimit(limit + PAGE * 5)}>
            Show more ({rows.length - limit} rows left)
          </button>
        )}
      </div>
      {list.length > 1 && (
        <select class="select table-frames" aria-label="Series" value={String(list.indexOf(current))} onChange={(e) => setChosen(Number(e.currentTarget.value))}>
          {list.map((f, i) => (
            <option key={i} value={String(i)}>
              {f.title}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function uniqueTexts(length: number, c: Column, text: (c: Column, row: number) => string): string[] {
  const all = new Set<string>();
  for (let i = 0; i < length; i++) all.add(text(c, i));
  return [...all].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
}

function HeadCell(props: {
  column: Column;
  sort: TableSort | null;
  onSort: (s: TableSort) => void;
  filters: ReadonlyMap<string, ReadonlySet<string>>;
  onFilter: (f: Map<string, ReadonlySet<string>>) => void;
  options: string[];
}) {
  const { column, sort, filters } = props;
  const active = sort?.name === column.name;
  const chosen = filters.get(column.name);
  const style = column.width === undefined ? { minWidth: `${column.minWidth}px` } : { width: `${column.width}px`, minWidth: `${Math.min(column.width, 400)}px` };
  const toggle = (value: string): void => {
    const next = new Set(chosen ?? []);
    if (next.has(value)) next.delete(value);
    else next.add(value);
    const all = new Map(filters);
    if (next.size === 0) all.delete(column.name);
    else all.set(column.name, next);
    props.onFilter(all);
  };
  return (
    <th scope="col" class={`align-${column.align}`} style={style} aria-sort={active ? (sort.desc ? 'descending' : 'ascending') : undefined}>
      <span class="table-head">
        <button type="button" class="table-sort" title={column.name} onClick={() => props.onSort({ name: column.name, desc: active ? !sort.desc : false })}>
          <span class="ellipsis">{column.name}</span>
          {active && <span aria-hidden="true">{sort.desc ? '▾' : '▴'}</span>}
        </button>
        {props.options.length > 0 && (
          <Menu button={<Icon name="filter" />} label={`Filter ${column.name}`} buttonClass={`ghost icon-only table-filter ${chosen ? 'on' : ''}`}>
            {() => (
              <div class="table-filter-list">
                {props.options.map((v) => (
                  <label key={v} class="check">
                    <input type="checkbox" checked={chosen?.has(v) === true} onChange={() => toggle(v)} />
                    {v === '' ? '(empty)' : v}
                  </label>
                ))}
              </div>
            )}
          </Menu>
        )}
      </span>
    </th>
  );
}

function BodyCell(props: { column: Column; row: number; frameProps: PanelProps }) {
  const { column, row } = props;
  const { theme, lookup } = props.frameProps;
  const { field } = column;
  const raw = field.values[row] ?? null;
  const shown = showValue(field, raw, displayContext(props.frameProps));
  const text = shownText(shown);
  const link = field.config.links?.find((l) => l.url !== '');
  const url = link ? safeUrl(link.url, rowLookup(props.frameProps, row, valueLookup(field, column.name, raw, lookup))) : null;
  const content =
    link && url !== null ? (
      <a href={url} title={link.title} {...(link.targetBlank ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
        {text}
      </a>
    ) : (
      text
    );
  const cls = `align-${column.align} ${column.wrap ? 'wrap' : ''}`;
  switch (column.cell) {
    case 'color-text':
      return (
        <td class={cls} style={{ color: readable(shown.color, theme) }} title={text}>
          {content}
        </td>
      );
    case 'color-background':
      return (
        <td class={`${cls} painted`} style={{ background: shown.color, color: textOn(shown.color) }} title={text}>
          {content}
        </td>
      );
    case 'gauge': {
      const range = field.range ?? { min: 0, max: 100 };
      const share = shown.value === null ? 0 : percentOf(shown.value, { min: field.config.min ?? Math.min(0, range.min), max: range.max }) * 100;
      const mode = field.config.color?.mode ?? '';
      const fill = mode.startsWith('continuous-') && column.gaugeMode === 'gradient' ? `linear-gradient(90deg, ${continuousStops(mode).join(', ')})` : shown.color;
      const grown = share > 0 ? (100 / share) * 100 : 100;
      return (
        <td class={cls} title={text}>
          <span class="cell-gauge">
            <span class="bar-track">
              <span class="bar-fill" style={{ width: `${share}%`, background: fill, backgroundSize: `${grown}% 100%` }} />
            </span>
            <span class="cell-gauge-value" style={{ color: readable(shown.color, theme) }}>
              {content}
            </span>
          </span>
        </td>
      );
    }
    default:
      return (
        <td class={cls} title={text}>
          {content}
        </td>
      );
  }
}

/** `${__data.fields.x}` and `${__data.fields["x"]}` of the row a link stands in. */
function rowLookup(props: PanelProps, row: number, next: PanelProps['lookup']): PanelProps['lookup'] {
  return (name) => {
    const wanted = /^__data\.fields(?:\.|\[["']?)([^"'\]]+)/.exec(name)?.[1];
    if (wanted === undefined) return next(name);
    for (const frame of props.frames) {
      const field = frame.fields.find((f) => f.name === wanted || f.displayName === wanted);
      if (field) return { texts: [String(field.values[row] ?? '')], values: [String(field.values[row] ?? '')], many: false, raw: true };
    }
    return next(name);
  };
}
