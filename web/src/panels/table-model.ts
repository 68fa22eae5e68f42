/** Columns, sorting and filtering of a table panel. Pure; Table.tsx draws. */
import { bool, num, obj, objects, str, type JsonObject } from '../compat/json';
import type { Field, Frame } from '../compat/frames';
import { reduceNumber, type Cell } from '../compat/reducers';
import { compareCells } from '../compat/compare';

export interface Column {
  field: Field;
  name: string;
  width: number | undefined;
  minWidth: number;
  align: 'left' | 'right' | 'center';
  cell: string;
  gaugeMode: string;
  backgroundMode: string;
  applyToRow: boolean;
  filterable: boolean;
  wrap: boolean;
}

export interface TableSort {
  name: string;
  desc: boolean;
}

export function tableColumns(frame: Frame): Column[] {
  return frame.fields.flatMap((field): Column[] => {
    const c = field.config.custom;
    const hide = obj(c['hideFrom']);
    if (bool(c['hidden']) || bool(hide['viz'])) return [];
    const cell = obj(c['cellOptions']);
    const align = str(c['align'], 'auto');
    return [
      {
        field,
        name: field.displayName ?? field.name,
        width: num(c['width']),
        minWidth: num(c['minWidth']) ?? 60,
        align: align === 'left' || align === 'right' || align === 'center' ? align : field.type === 'number' ? 'right' : 'left',
        cell: str(cell['type']) || oldCellType(str(c['displayMode'])),
        gaugeMode: str(cell['mode'], 'gradient'),
        backgroundMode: str(cell['mode'], 'gradient'),
        applyToRow: bool(cell['applyToRow']),
        filterable: bool(c['filterable']),
        wrap: bool(c['wrapText']) || bool(cell['wrapText']),
      },
    ];
  });
}

/** Before Grafana 9.4 the cell type was one word. */
function oldCellType(mode: string): string {
  const old: Record<string, string> = {
    'gradient-gauge': 'gauge',
    'lcd-gauge': 'gauge',
    basic: 'gauge',
    'color-background-solid': 'color-background',
    'json-view': 'json-view',
  };
  return old[mode] ?? (mode === '' ? 'auto' : mode);
}

export function tableSort(options: JsonObject): TableSort | null {
  const [first] = objects(options['sortBy']);
  return first && str(first['displayName']) !== '' ? { name: str(first['displayName']), desc: bool(first['desc']) } : null;
}

/** Order of the rows after filtering and sorting; indices into the columns' values. */
export function tableRows(frame: Frame, columns: readonly Column[], sort: TableSort | null, filters: ReadonlyMap<string, ReadonlySet<string>>, search: string, text: (c: Column, row: number) => string): number[] {
  let rows = Array.from({ length: frame.length }, (_, i) => i);
  for (const [name, keep] of filters) {
    const column = columns.find((c) => c.name === name);
    if (column) rows = rows.filter((r) => keep.has(text(column, r)));
  }
  const needle = search.trim().toLowerCase();
  if (needle !== '') rows = rows.filter((r) => columns.some((c) => text(c, r).toLowerCase().includes(needle)));
  const by = sort ? columns.find((c) => c.name === sort.name) : undefined;
  if (by && sort) {
    const value = (r: number): Cell => by.field.values[r] ?? null;
    rows.sort((a, b) => {
      const empty = Number(value(a) === null) - Number(value(b) === null);
      return empty !== 0 ? empty : compareCells(value(a), value(b)) * (sort.desc ? -1 : 1);
    });
  }
  return rows;
}

/** The frame a table shows: all of them when they are series put side by side, otherwise the chosen one. */
export function tableFrames(frames: readonly Frame[]): { frame: Frame; title: string }[] {
  return frames.map((frame, i) => {
    const value = frame.fields.find((f) => f.type === 'number');
    const title = frame.kind === 'series' ? (value?.displayName ?? `Series ${i + 1}`) : frame.name !== undefined && frame.name !== '' ? frame.name : frame.refId;
    return { frame, title };
  });
}

/** Footer texts: the reducer of each number column that takes part. */
export function footerValues(columns: readonly Column[], rows: readonly number[], options: JsonObject): (number | null)[] | null {
  const footer = obj(options['footer']);
  if (!bool(footer['show'])) return null;
  const reducers = Array.isArray(footer['reducer']) ? footer['reducer'] : [];
  const id = str(reducers[0], 'sum');
  const only = Array.isArray(footer['fields']) ? footer['fields'].map((f) => str(f)) : [];
  return columns.map((c) => {
    if (c.field.type !== 'number' || (only.length > 0 && !only.includes(c.name) && !only.includes(c.field.name))) return null;
    return reduceNumber(rows.map((r) => c.field.values[r] ?? null), id);
  });
}
