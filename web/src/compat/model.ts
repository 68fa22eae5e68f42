/**
 * The dashboard as the rest of the code sees it: one shape, whatever schema version the file had. `normalize` makes it.
 * Options of a panel stay JSON, since each panel type reads its own; what several parts decide on is typed here.
 */
import type { Json, JsonObject } from './json';

export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  /** Grafana's: '' or 'browser' is the viewer's zone, otherwise 'utc' or an IANA name. */
  timezone: string;
  /** '' when the page does not refresh by itself. */
  refresh: string;
  time: { from: string; to: string };
  /** How far the end of the range stays behind now, e.g. '30s'; '' for not at all. */
  nowDelay: string;
  refreshIntervals: string[];
  /** 0 off, 1 shared crosshair, 2 shared crosshair and tooltip. */
  graphTooltip: number;
  variables: Variable[];
  links: DashboardLink[];
  items: GridItem[];
  annotations: JsonObject[];
}

export type GridItem = { kind: 'panel'; panel: Panel } | { kind: 'row'; row: Row };

export interface Row {
  id: number;
  title: string;
  collapsed: boolean;
  /** Variable whose values multiply the row, or ''. */
  repeat: string;
  /** Panels of the row, whether collapsed or not; positions are relative to the whole dashboard. */
  panels: Panel[];
  y: number;
  scoped?: ScopedVars;
}

export interface GridPos {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description: string;
  transparent: boolean;
  gridPos: GridPos;
  datasource: DataSourceRef;
  targets: Target[];
  options: JsonObject;
  fieldConfig: FieldConfigSource;
  transformations: Transformation[];
  /** Smallest query step, as written ('15s', '$interval', '>1m'); '' for none. */
  interval: string;
  maxDataPoints: number | undefined;
  timeFrom: string;
  timeShift: string;
  hideTimeOverride: boolean;
  repeat: string;
  repeatDirection: 'h' | 'v';
  maxPerRow: number;
  links: PanelLink[];
  /** Variables that hold only here (set by repeats). */
  scoped?: ScopedVars;
  /** The panel as written in the file, for the JSON view. */
  source: JsonObject;
}

export interface DataSourceRef {
  type: string;
  uid: string;
}

export interface Target {
  refId: string;
  expr: string;
  legendFormat: string;
  format: 'time_series' | 'table' | 'heatmap';
  instant: boolean;
  range: boolean;
  hide: boolean;
  interval: string;
  intervalFactor: number;
  datasource: DataSourceRef;
  /** Math over other targets (`__expr__`), e.g. '$A / $B'. */
  math: string;
  source: JsonObject;
}

export interface Transformation {
  id: string;
  options: JsonObject;
  disabled: boolean;
  /** Only frames of these queries take part; undefined means all. */
  filter: { id: string; options: Json } | undefined;
}

export interface FieldConfigSource {
  defaults: FieldConfig;
  overrides: Override[];
}

export interface Override {
  matcher: { id: string; options: Json };
  properties: { id: string; value: Json }[];
}

export interface FieldConfig {
  unit?: string;
  decimals?: number;
  min?: number;
  max?: number;
  fieldMinMax?: boolean;
  displayName?: string;
  displayNameFromDS?: string;
  noValue?: string;
  color?: ColorConfig;
  thresholds?: Thresholds;
  mappings?: Mapping[];
  links?: PanelLink[];
  filterable?: boolean;
  /** Options of the panel type for this field (line width, cell type, ...). */
  custom: JsonObject;
}

export interface ColorConfig {
  mode: string;
  fixedColor?: string;
  seriesBy?: string;
}

export interface Thresholds {
  mode: 'absolute' | 'percentage';
  /** Ascending; the first step begins at -Infinity. */
  steps: { value: number; color: string }[];
}

export interface MappingResult {
  text?: string;
  color?: string;
  index?: number;
}

export type Mapping =
  | { type: 'value'; options: Record<string, MappingResult> }
  | { type: 'range'; from: number | null; to: number | null; result: MappingResult }
  | { type: 'regex'; pattern: string; result: MappingResult }
  | { type: 'special'; match: string; result: MappingResult };

export interface PanelLink {
  title: string;
  url: string;
  targetBlank: boolean;
}

export interface DashboardLink extends PanelLink {
  type: 'link' | 'dashboards';
  tags: string[];
  asDropdown: boolean;
  keepTime: boolean;
  includeVars: boolean;
  tooltip: string;
}

export type VariableType = 'query' | 'custom' | 'textbox' | 'interval' | 'constant' | 'datasource' | 'adhoc';

export interface VariableOption {
  text: string;
  value: string;
}

export interface AdHocFilter {
  key: string;
  operator: string;
  value: string;
}

export interface Variable {
  name: string;
  label: string;
  description: string;
  type: VariableType;
  /** The query as text; for custom and interval the list of values. */
  query: string;
  regex: string;
  regexApplyToText: boolean;
  sort: number;
  multi: boolean;
  includeAll: boolean;
  allValue: string;
  /** 0 shown, 1 without label, 2 hidden. */
  hide: number;
  /** 0 never, 1 on load, 2 when the time range changes. */
  refresh: number;
  options: VariableOption[];
  current: VariableValue;
  /** interval variables: whether 'auto' is offered, into how many steps, and its floor. */
  auto: { enabled: boolean; count: number; min: string };
  filters: AdHocFilter[];
  skipUrlSync: boolean;
}

/** What is chosen: texts and values side by side. `['$__all']` stands for All. */
export interface VariableValue {
  text: string[];
  value: string[];
}

export type ScopedVars = Record<string, VariableOption>;

export const ALL_VALUE = '$__all';
