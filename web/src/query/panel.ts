import { parseDuration, formatDuration } from '../ui/time/duration';
import { parseTime } from '../ui/time/parse';
import { formatInstant } from '../ui/time/zone';

/** One query panel, as it stands in the address. */
export interface PanelState {
  /** The expression that was last run; the draft lives in the editor. */
  expr: string;
  tab: 'table' | 'graph';
  /** Width of the graph, milliseconds. */
  range: number;
  /** End of the graph in milliseconds; `null` follows the clock. */
  end: number | null;
  /** Evaluation time of the table in milliseconds; `null` follows the clock. */
  moment: number | null;
  resolution: Resolution;
  stacked: boolean;
  yFromZero: boolean;
}

export type Density = 'low' | 'medium' | 'high';

export type Resolution = { type: 'auto'; density: Density } | { type: 'fixed' | 'custom'; /** Milliseconds. */ step: number };

export const NEW_PANEL: PanelState = {
  expr: '',
  tab: 'table',
  range: 3_600_000,
  end: null,
  moment: null,
  resolution: { type: 'auto', density: 'medium' },
  stacked: false,
  yFromZero: false,
};

const POINTS: Record<Density, number> = { low: 100, medium: 250, high: 750 };

/** The server refuses more points than this for one series. */
const MAX_POINTS = 11_000;

/** Milliseconds between two points of the graph; whole seconds. */
export function stepOf(panel: Pick<PanelState, 'range' | 'resolution'>): number {
  const floor = Math.max(1000, Math.ceil(panel.range / MAX_POINTS / 1000) * 1000);
  const { resolution } = panel;
  if (resolution.type !== 'auto') return Math.max(resolution.step, Math.min(floor, panel.range));
  const wanted = Math.floor(panel.range / POINTS[resolution.density] / 1000) * 1000;
  return Math.max(wanted, floor);
}

/** The widths that the minus and plus buttons walk through. */
export const RANGES: readonly number[] = [
  10_000,
  60_000,
  5 * 60_000,
  15 * 60_000,
  30 * 60_000,
  ...[1, 2, 6, 12, 24, 48].map((hours) => hours * 3_600_000),
  ...[7, 14, 28, 56, 112, 182, 365, 730].map((days) => days * 86_400_000),
];

/** The next wider or narrower of `RANGES`; the same where there is none. */
export function stepRange(range: number, direction: -1 | 1): number {
  if (direction === 1) return RANGES.find((r) => r > range) ?? range;
  return [...RANGES].reverse().find((r) => r < range) ?? range;
}

/**
 * Panels from a query string: `g0.expr=up&g0.tab=graph&g1.expr=...` as Prometheus writes it, current and legacy
 * spellings. Unknown keys are ignored, bad values fall back to the default.
 */
export function decodePanels(query: URLSearchParams): PanelState[] {
  const byIndex = new Map<number, Map<string, string>>();
  for (const [key, value] of query) {
    const match = /^g(\d+)\.(\w+)$/.exec(key);
    if (!match) continue;
    const index = Number(match[1]);
    const fields = byIndex.get(index) ?? new Map<string, string>();
    fields.set(match[2] ?? '', value);
    byIndex.set(index, fields);
  }
  return [...byIndex.keys()].sort((a, b) => a - b).map((index) => decodePanel(byIndex.get(index) ?? new Map()));
}

function decodePanel(fields: ReadonlyMap<string, string>): PanelState {
  const get = (name: string): string => fields.get(name) ?? '';
  const tab = get('tab');
  return {
    expr: get('expr'),
    tab: tab === 'graph' || tab === '0' ? 'graph' : 'table',
    range: parseDuration(get('range_input')) || NEW_PANEL.range,
    end: decodeInstant(get('end_input')),
    moment: decodeInstant(get('moment_input')),
    resolution: decodeResolution(fields),
    stacked: get('display_mode') === 'stacked' || (get('display_mode') === '' && get('stacked') === '1'),
    yFromZero: get('y_axis_min') !== '' && get('y_axis_min') !== 'auto',
  };
}

function decodeResolution(fields: ReadonlyMap<string, string>): Resolution {
  const type = fields.get('res_type') ?? '';
  const step = secondsField(fields.get('res_step'));
  if ((type === 'fixed' || type === 'custom') && step !== null) return { type, step };
  const legacy = secondsField(fields.get('step_input'));
  if (type === '' && legacy !== null) return { type: 'custom', step: legacy };
  const density = fields.get('res_density');
  return { type: 'auto', density: density === 'low' || density === 'high' ? density : 'medium' };
}

function secondsField(text: string | undefined): number | null {
  const ms = parseDuration(text ?? '');
  return ms === null || ms <= 0 ? null : ms;
}

function decodeInstant(text: string): number | null {
  if (text === '') return null;
  const at = parseTime(text, { zone: 'utc' });
  if (at !== null) return at;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : null;
}

/** The query string of these panels, in Prometheus's spelling and order. Times are UTC. */
export function encodePanels(panels: readonly PanelState[]): URLSearchParams {
  const query = new URLSearchParams();
  panels.forEach((panel, index) => {
    const add = (name: string, value: string): void => query.append(`g${index}.${name}`, value);
    add('expr', panel.expr);
    add('show_tree', '0');
    add('tab', panel.tab);
    if (panel.end !== null) add('end_input', formatInstant(panel.end, 'utc'));
    if (panel.moment !== null) add('moment_input', formatInstant(panel.moment, 'utc'));
    add('range_input', formatDuration(panel.range));
    add('res_type', panel.resolution.type);
    if (panel.resolution.type === 'auto') add('res_density', panel.resolution.density);
    else add('res_step', String(panel.resolution.step / 1000));
    add('display_mode', panel.stacked ? 'stacked' : 'lines');
    if (panel.yFromZero) add('y_axis_min', '0');
    add('show_exemplars', '0');
  });
  return query;
}

export interface GraphWindow {
  /** Seconds since 1970, as the API wants them. */
  start: number;
  end: number;
  step: number;
}

/**
 * What to ask for the graph. When it follows the clock, its points are multiples of the step, so that refreshing
 * moves it by whole points instead of re-drawing every line a little differently.
 */
export function graphWindow(panel: PanelState, now: number = Date.now()): GraphWindow {
  const step = stepOf(panel);
  const end = panel.end ?? Math.floor(now / step) * step;
  const start = panel.end === null ? Math.floor((end - panel.range) / step) * step : end - panel.range;
  return { start: start / 1000, end: end / 1000, step: step / 1000 };
}
