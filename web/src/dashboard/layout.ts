/**
 * Where everything stands: repeats multiplied, rows as sections of their own, panels moved up until they touch. Pure.
 * A section is a grid of 24 columns; sections follow each other down the page, so a closed row takes no room.
 */
import type { GridItem, GridPos, Panel, Row, ScopedVars, Variable, VariableOption } from '../compat/model';
import { ALL_VALUE } from '../compat/model';

export interface PlacedPanel {
  /** Unique on the page: the id, and for repeated panels the value. */
  key: string;
  panel: Panel;
  pos: GridPos;
}

export interface Section {
  key: string;
  /** Heading; null for panels outside of rows. */
  row: Row | null;
  panels: PlacedPanel[];
}

export function layoutSections(items: readonly GridItem[], variables: readonly Variable[]): Section[] {
  const sections: Section[] = [];
  let loose: Panel[] = [];
  const flush = (): void => {
    if (loose.length > 0) sections.push({ key: `loose-${sections.length}`, row: null, panels: place(loose, variables, '') });
    loose = [];
  };
  for (const item of items) {
    if (item.kind === 'panel') {
      loose.push(item.panel);
      continue;
    }
    flush();
    for (const row of repeatedRows(item.row, variables)) {
      const suffix = row.scoped ? `-${Object.values(row.scoped).map((o) => o.value).join('-')}` : '';
      sections.push({ key: `row-${row.id}${suffix}`, row, panels: place(row.panels, variables, suffix) });
    }
  }
  flush();
  return sections;
}

/** The values a repeat runs over: what is chosen, or everything for All. */
export function repeatValues(variables: readonly Variable[], name: string): VariableOption[] {
  const v = variables.find((x) => x.name === name);
  if (!v) return [];
  if (v.current.value.includes(ALL_VALUE)) return v.options;
  return v.current.value.map((value, i) => ({ value, text: v.current.text[i] ?? value }));
}

function repeatedRows(row: Row, variables: readonly Variable[]): Row[] {
  if (row.repeat === '') return [row];
  const values = repeatValues(variables, row.repeat);
  if (values.length === 0) return [row];
  return values.map((option) => {
    const scoped: ScopedVars = { [row.repeat]: option };
    return { ...row, scoped, panels: row.panels.map((p) => ({ ...p, scoped: { ...p.scoped, ...scoped } })) };
  });
}

function place(panels: readonly Panel[], variables: readonly Variable[], suffix: string): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  // Panels under one that grew by repetition move down by as much as it grew.
  const grown: { bottom: number; by: number }[] = [];
  for (const panel of [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)) {
    const pos = { ...panel.gridPos, y: panel.gridPos.y + grown.filter((g) => panel.gridPos.y >= g.bottom).reduce((sum, g) => sum + g.by, 0) };
    const values = panel.repeat === '' || panel.scoped?.[panel.repeat] ? [] : repeatValues(variables, panel.repeat);
    if (values.length === 0) {
      placed.push({ key: `${panel.id}${suffix}`, panel, pos });
      continue;
    }
    const copies = repeatedPositions(pos, values.length, panel.repeatDirection, panel.maxPerRow);
    values.forEach((option, i) => {
      const scoped = { ...panel.scoped, [panel.repeat]: option };
      placed.push({ key: `${panel.id}${suffix}-${option.value}`, panel: { ...panel, scoped }, pos: copies[i] ?? pos });
    });
    const bottom = Math.max(...copies.map((c) => c.y + c.h));
    grown.push({ bottom: panel.gridPos.y + panel.gridPos.h, by: bottom - (pos.y + pos.h) });
  }
  return compact(placed);
}

function repeatedPositions(pos: GridPos, n: number, direction: 'h' | 'v', maxPerRow: number): GridPos[] {
  if (direction === 'v') return Array.from({ length: n }, (_, i) => ({ ...pos, y: pos.y + i * pos.h }));
  const perRow = Math.min(n, Math.max(1, maxPerRow));
  const w = Math.floor(24 / perRow);
  return Array.from({ length: n }, (_, i) => ({ x: (i % perRow) * w, y: pos.y + Math.floor(i / perRow) * pos.h, w, h: pos.h }));
}

/** Moves every panel up as far as the ones before it allow. */
export function compact(panels: PlacedPanel[]): PlacedPanel[] {
  const heights = new Array<number>(24).fill(0);
  return [...panels]
    .sort((a, b) => a.pos.y - b.pos.y || a.pos.x - b.pos.x)
    .map((p) => {
      const columns = heights.slice(p.pos.x, p.pos.x + p.pos.w);
      const y = Math.max(0, ...columns);
      heights.fill(y + p.pos.h, p.pos.x, p.pos.x + p.pos.w);
      return { ...p, pos: { ...p.pos, y } };
    });
}
