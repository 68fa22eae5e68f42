/**
 * A dashboard file, of any schema version and wrapping we meet, into the one shape of model.ts.
 *
 * Comes in: parsed JSON, trusted in nothing, and the way old panels become today's (migrate.ts, which only files that
 * need it load). Goes out: a complete Dashboard. Nothing here throws on strange content: what cannot be read becomes its
 * default.
 */
import { arr, bool, isObject, num, obj, objects, str, strings, type Json, type JsonObject } from './json';
import { normalizeFieldConfig } from './normalize-field';
import { normalizeVariable } from './normalize-variable';
import type {
  Dashboard,
  DashboardLink,
  DataSourceRef,
  GridItem,
  GridPos,
  Panel,
  PanelLink,
  Row,
  Target,
  Transformation,
} from './model';

export type Migrate = (panel: JsonObject) => JsonObject;

export function normalizeDashboard(input: unknown, migrate: Migrate = (p) => p): Dashboard {
  const d = unwrap(obj(input));
  const time = obj(d['time']);
  const picker = obj(d['timepicker']);
  return {
    uid: str(d['uid']),
    title: str(d['title'], 'Untitled'),
    description: str(d['description']),
    tags: strings(d['tags']),
    timezone: str(d['timezone']),
    refresh: str(d['refresh'] === false ? '' : d['refresh']),
    time: { from: str(time['from'], 'now-6h') || 'now-6h', to: str(time['to'], 'now') || 'now' },
    nowDelay: str(picker['nowDelay']),
    refreshIntervals: strings(picker['refresh_intervals']),
    graphTooltip: num(d['graphTooltip']) ?? (d['sharedCrosshair'] === true ? 1 : 0),
    variables: objects(obj(d['templating'])['list']).map(normalizeVariable).filter((v) => v !== undefined),
    links: objects(d['links']).map(dashboardLink),
    items: gridItems(d, migrate),
    annotations: objects(obj(d['annotations'])['list']),
  };
}

/** Whether a file has panels in a form that today's code does not read. */
export function needsMigration(input: unknown): boolean {
  const d = unwrap(obj(input));
  const all = [...objects(d['panels']), ...objects(d['rows'])].flatMap((p) => [p, ...objects(p['panels'])]);
  return all.some((p) => {
    if (OLD_TYPES.has(str(p['type']))) return true;
    const options = obj(p['options']);
    return isObject(options['fieldOptions']) || p['styles'] !== undefined || p['dataFormat'] !== undefined || (p['type'] === 'text' && p['content'] !== undefined);
  });
}

const OLD_TYPES = new Set(['graph', 'singlestat', 'grafana-singlestat-panel', 'table-old', 'grafana-piechart-panel']);

/** The dashboard inside `{dashboard: ...}` (API and export bodies), `spec` resources and CRs that carry it as JSON text. */
export function unwrap(file: JsonObject): JsonObject {
  if (isObject(file['dashboard'])) return unwrap(file['dashboard']);
  const spec = file['spec'];
  if (isObject(spec)) {
    if (isObject(spec['dashboard'])) return unwrap(spec['dashboard']);
    if (typeof spec['json'] === 'string') return parsed(spec['json']) ?? file;
    if (Array.isArray(spec['panels']) || isObject(spec['templating'])) {
      const name = str(obj(file['metadata'])['name']);
      return { ...spec, uid: str(spec['uid']) || name };
    }
  }
  if (file['kind'] === 'ConfigMap') {
    for (const text of Object.values(obj(file['data']))) {
      const inside = typeof text === 'string' ? parsed(text) : undefined;
      if (inside) return inside;
    }
  }
  return file;
}

function parsed(text: string): JsonObject | undefined {
  try {
    const v: unknown = JSON.parse(text);
    return isObject(v) ? unwrap(v) : undefined;
  } catch {
    return undefined;
  }
}

/** Old files keep panels in `rows`; new ones in a flat list, in which a row owns what follows it until the next row. */
function gridItems(d: JsonObject, migrate: Migrate): GridItem[] {
  const rows = objects(d['rows']);
  const flat = objects(d['panels']);
  const ids = new IdGiver();
  const source = flat.length === 0 && rows.length > 0 ? rowsToPanels(rows) : flat;
  for (const p of source) ids.reserve(p);
  const items: GridItem[] = [];
  let open: Row | undefined;
  for (const p of [...source].sort(byPosition)) {
    if (str(p['type']) === 'row') {
      const collapsed = bool(p['collapsed']);
      const row: Row = {
        id: ids.of(p),
        title: str(p['title']),
        collapsed,
        repeat: str(p['repeat']),
        y: gridPos(p).y,
        panels: objects(p['panels']).map((q) => normalizePanel(q, ids, migrate)),
      };
      items.push({ kind: 'row', row });
      // A collapsed row holds its panels; what follows it in the list stands outside.
      open = collapsed ? undefined : row;
    } else if (open) {
      open.panels.push(normalizePanel(p, ids, migrate));
    } else {
      items.push({ kind: 'panel', panel: normalizePanel(p, ids, migrate) });
    }
  }
  return items;
}

function byPosition(a: JsonObject, b: JsonObject): number {
  const p = gridPos(a);
  const q = gridPos(b);
  if (p.y !== q.y) return p.y - q.y;
  // A row's own line comes before panels that begin on it.
  const rows = Number(b['type'] === 'row') - Number(a['type'] === 'row');
  return rows !== 0 ? rows : p.x - q.x;
}

class IdGiver {
  private next = 1;
  private readonly seen = new Set<number>();

  reserve(p: JsonObject): void {
    this.next = Math.max(this.next, (num(p['id']) ?? 0) + 1);
    for (const inner of objects(p['panels'])) this.reserve(inner);
  }

  /** The panel's own id; a new one where it is missing or was used before. */
  of(p: JsonObject): number {
    const own = num(p['id']);
    const id = own === undefined || this.seen.has(own) ? this.next++ : own;
    this.seen.add(id);
    return id;
  }
}

/** Panels of a `rows` file: 12 spans a line, height in pixels for the whole row; one grid unit is about 38 px. */
function rowsToPanels(rows: JsonObject[]): JsonObject[] {
  const out: JsonObject[] = [];
  const headings = rows.some((r) => bool(r['showTitle']) || bool(r['collapse']) || str(r['repeat']) !== '');
  let y = 0;
  for (const row of rows) {
    const rowHeight = Math.max(3, Math.ceil((num(str(row['height'], '250').replace('px', '')) ?? 250) / 38));
    const collapsed = bool(row['collapse']);
    const inner: JsonObject[] = [];
    if (headings) y++;
    const top = y;
    let x = 0;
    let line = 0;
    for (const p of objects(row['panels'])) {
      const w = Math.min(24, Math.max(1, Math.round((num(p['span']) ?? 4) * 2)));
      const own = num(str(p['height']).replace('px', ''));
      const h = own === undefined ? rowHeight : Math.max(3, Math.ceil(own / 38));
      if (x + w > 24) {
        y += line;
        x = 0;
        line = 0;
      }
      inner.push({ ...p, gridPos: { x, y, w, h } });
      x += w;
      line = Math.max(line, h);
    }
    y += line;
    if (headings) {
      out.push({
        type: 'row',
        title: str(row['title']),
        collapsed,
        repeat: str(row['repeat']),
        gridPos: { x: 0, y: top - 1, w: 24, h: 1 },
        panels: collapsed ? inner : [],
      });
    }
    if (!headings || !collapsed) out.push(...inner);
    if (collapsed) y = top;
  }
  return out;
}

function normalizePanel(raw: JsonObject, ids: IdGiver, migrate: Migrate): Panel {
  const p = migrate(raw);
  const datasource = dataSource(p['datasource']);
  const targets = objects(p['targets']).map((t, i) => target(t, i, datasource));
  return {
    id: ids.of(p),
    type: str(p['type'], 'timeseries'),
    title: str(p['title']),
    description: str(p['description']),
    transparent: bool(p['transparent']),
    gridPos: gridPos(p),
    datasource,
    targets,
    options: obj(p['options']),
    fieldConfig: normalizeFieldConfig(p['fieldConfig']),
    transformations: objects(p['transformations']).map(transformation),
    interval: str(p['interval']),
    maxDataPoints: num(p['maxDataPoints']),
    timeFrom: str(p['timeFrom']),
    timeShift: str(p['timeShift']),
    hideTimeOverride: bool(p['hideTimeOverride']),
    repeat: str(p['repeat']),
    repeatDirection: p['repeatDirection'] === 'v' ? 'v' : 'h',
    maxPerRow: num(p['maxPerRow']) ?? 4,
    links: objects(p['links']).map(panelLink),
    source: raw,
  };
}

function target(t: JsonObject, index: number, fallback: DataSourceRef): Target {
  const own = t['datasource'] === undefined || t['datasource'] === null ? fallback : dataSource(t['datasource']);
  const format = str(t['format']);
  const instant = bool(t['instant']);
  const isMath = own.type === '__expr__' || own.uid === '__expr__';
  return {
    refId: str(t['refId']) || String.fromCharCode(65 + (index % 26)),
    expr: isMath ? '' : str(t['expr']),
    legendFormat: t['legendFormat'] === undefined ? '' : str(t['legendFormat']),
    format: format === 'table' || format === 'heatmap' ? format : 'time_series',
    instant,
    range: t['range'] === undefined ? !instant : bool(t['range']),
    hide: bool(t['hide']),
    interval: str(t['interval']),
    intervalFactor: num(t['intervalFactor']) ?? 1,
    datasource: own,
    math: isMath ? str(t['expression']) : '',
    source: t,
  };
}

/** `{type, uid}`, a plain name or `$variable`, or nothing at all. */
export function dataSource(v: Json | undefined): DataSourceRef {
  if (typeof v === 'string') return { type: v === '-- Dashboard --' ? 'dashboard' : '', uid: v };
  const o = obj(v);
  return { type: str(o['type']), uid: str(o['uid']) };
}

function transformation(t: JsonObject): Transformation {
  const filter = obj(t['filter']);
  return {
    id: str(t['id']),
    options: obj(t['options']),
    disabled: bool(t['disabled']),
    filter: filter['id'] === undefined ? undefined : { id: str(filter['id']), options: filter['options'] ?? null },
  };
}

function gridPos(p: JsonObject): GridPos {
  const g = obj(p['gridPos']);
  const w = Math.min(24, Math.max(1, num(g['w']) ?? 12));
  return {
    x: Math.min(24 - w, Math.max(0, num(g['x']) ?? 0)),
    y: num(g['y']) ?? 0,
    w,
    h: Math.max(1, num(g['h']) ?? 8),
  };
}

export function panelLink(l: JsonObject): PanelLink {
  return {
    title: str(l['title']),
    url: str(l['url']) || str(l['dashUri']),
    targetBlank: bool(l['targetBlank']),
  };
}

function dashboardLink(l: JsonObject): DashboardLink {
  return {
    ...panelLink(l),
    type: l['type'] === 'dashboards' ? 'dashboards' : 'link',
    tags: arr(l['tags']).map((t) => str(t)),
    asDropdown: bool(l['asDropdown']),
    keepTime: bool(l['keepTime']),
    includeVars: bool(l['includeVars']),
    tooltip: str(l['tooltip']),
  };
}
