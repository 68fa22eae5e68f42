/**
 * The living dashboard: what is shown, over which time, with which variables, and when it is asked anew. The address is
 * the truth for everything a link should carry; this object follows it and writes to it.
 */
import { batch, computed, effect, signal, untracked, type ReadonlySignal } from '@preact/signals';
import { nameLookup } from '../compat/builtins';
import { interpolate, lookupIn, textFormat, type Lookup } from '../compat/interpolate';
import { parseDuration } from '../compat/interval';
import type { Dashboard, Variable, VariableValue } from '../compat/model';
import { dependents } from '../compat/variables';
import { query, setQuery } from '../shell/router';
import { absoluteRange, movesWithClock, resolveRange, type Span, type TimeRange } from '../ui/time/range';
import { ScrapeIntervals } from './scrape';
import { allVariables, urlValues, withUrl, writeVariable } from './url';
import { dashboardMetrics, fillVariables } from './variable-fill';

export class DashboardState {
  readonly dashboard: Dashboard;
  readonly scrape = new ScrapeIntervals();
  readonly variables = signal<Variable[]>([]);
  readonly variableErrors = signal<{ name: string; message: string }[]>([]);
  /** True once all variables have been filled for the first time; panels ask nothing before. */
  readonly ready = signal(false);
  /** Grows with every refresh; panels that are seen ask again. */
  readonly tick = signal(0);
  /** Start and end of the range at the last refresh, ms since 1970. */
  readonly span = signal<Span>({ from: 0, to: 1 });
  /** How many panels wait for answers. */
  readonly busy = signal(0);
  /** Rows the viewer opened or closed, by section key. */
  readonly rows = signal<ReadonlyMap<string, boolean>>(new Map());

  readonly range: ReadonlySignal<TimeRange>;
  readonly zone: ReadonlySignal<string>;
  readonly refresh: ReadonlySignal<string>;
  readonly viewPanel: ReadonlySignal<string>;
  readonly kiosk: ReadonlySignal<boolean>;

  private filling: AbortController | null = null;
  private readonly stops: (() => void)[] = [];
  private readonly metrics: string[];

  constructor(dashboard: Dashboard) {
    this.dashboard = dashboard;
    this.metrics = dashboardMetrics(dashboard);
    this.range = computed(() => ({ from: query.value.get('from') ?? dashboard.time.from, to: query.value.get('to') ?? dashboard.time.to }));
    this.zone = computed(() => query.value.get('timezone') || dashboard.timezone || 'browser');
    this.refresh = computed(() => query.value.get('refresh') ?? dashboard.refresh);
    this.viewPanel = computed(() => (query.value.get('viewPanel') ?? '').replace(/^panel-/, ''));
    this.kiosk = computed(() => query.value.has('kiosk'));
    this.variables.value = dashboard.variables.map((v) => withUrl(v, query.value));
  }

  /** Begins to follow the address. Call `stop` when the page goes. */
  start(): void {
    let first = true;
    this.stops.push(
      effect(() => {
        const range = this.range.value;
        void this.zone.value;
        untracked(() => {
          this.resolve(range);
          if (first) {
            first = false;
            void this.fill();
            return;
          }
          const moving = this.variables.value.filter((v) => v.refresh === 2 || v.type === 'interval').map((v) => v.name);
          if (moving.length > 0) void this.fill(new Set(moving));
          else this.tick.value += 1;
        });
      }),
      effect(() => {
        const params = query.value;
        untracked(() => this.followUrl(params));
      }),
    );
  }

  stop(): void {
    this.filling?.abort();
    for (const stop of this.stops.splice(0)) stop();
  }

  /** Asks again with the end of the range at now. */
  refreshNow(): void {
    batch(() => {
      this.resolve(this.range.peek());
      this.tick.value = this.tick.peek() + 1;
    });
  }

  setRange(range: TimeRange): void {
    this.write((p) => {
      p.set('from', range.from);
      p.set('to', range.to);
    });
  }

  zoomTo(from: number, to: number): void {
    this.setRange(absoluteRange({ from, to }));
  }

  setZone(zone: string): void {
    this.write((p) => p.set('timezone', zone));
  }

  setRefresh(refresh: string): void {
    this.write((p) => (refresh === '' ? p.delete('refresh') : p.set('refresh', refresh)));
  }

  setViewPanel(key: string): void {
    this.write((p) => (key === '' ? p.delete('viewPanel') : p.set('viewPanel', key)));
  }

  setKiosk(on: boolean): void {
    this.write((p) => (on ? p.set('kiosk', '') : p.delete('kiosk')));
  }

  toggleRow(key: string, open: boolean): void {
    this.rows.value = new Map(this.rows.value).set(key, open);
  }

  get moves(): boolean {
    return movesWithClock(this.range.value);
  }

  /** The viewer chose other values; what depends on the variable is filled anew. */
  choose(name: string, value: VariableValue): void {
    this.change(name, (v) => ({ ...v, current: value }));
  }

  setFilters(name: string, filters: Variable['filters']): void {
    this.change(name, (v) => ({ ...v, filters }));
  }

  private change(name: string, update: (v: Variable) => Variable): void {
    this.variables.value = this.variables.peek().map((v) => (v.name === name ? update(v) : v));
    const changed = this.variables.peek().find((v) => v.name === name);
    const touched = dependents(this.variables.peek(), name);
    this.write((p) => {
      if (changed) writeVariable(p, changed);
    });
    if (touched.size > 0) void this.fill(touched);
    else this.tick.value = this.tick.peek() + 1;
  }

  /** Titles and texts outside of panels. */
  text(template: string): string {
    return interpolate(template, this.lookup(), textFormat);
  }

  lookup(): Lookup {
    return lookupIn(this.variables.value, undefined, this.names());
  }

  names(): Lookup {
    const d = this.dashboard;
    const { from, to } = this.range.value;
    return nameLookup({
      uid: d.uid,
      title: d.title,
      timezone: this.zone.value,
      allVariables: allVariables(this.variables.value),
      urlTimeRange: `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`,
    });
  }

  private resolve(range: TimeRange): void {
    const delay = range.to === 'now' ? (parseDuration(this.dashboard.nowDelay) ?? 0) : 0;
    const now = Date.now() - delay;
    this.span.value = resolveRange(range, this.zone.peek(), now) ?? { from: now - 3_600_000, to: now };
  }

  private async fill(which?: ReadonlySet<string>): Promise<void> {
    this.filling?.abort();
    const mine = new AbortController();
    this.filling = mine;
    const fixed = new Set(this.variables.peek().filter((v) => urlValues(query.peek(), v.name) !== null).map((v) => v.name));
    const scope = { span: this.span.peek(), names: this.names(), metrics: this.metrics, fixed, signal: mine.signal };
    const filled = await fillVariables(this.variables.peek(), scope, which);
    if (mine.signal.aborted) return;
    batch(() => {
      this.variables.value = filled.variables;
      this.variableErrors.value = filled.errors;
      this.ready.value = true;
      this.tick.value = this.tick.peek() + 1;
    });
  }

  /** Back and forward may bring other variable values. */
  private followUrl(params: URLSearchParams): void {
    if (!this.ready.peek()) return;
    const changed: string[] = [];
    const next = this.variables.peek().map((v) => {
      const wanted = urlValues(params, v.name);
      if (wanted === null || v.type === 'adhoc') return v;
      const same = wanted.length === v.current.value.length && wanted.every((x, i) => x === v.current.value[i]);
      if (same) return v;
      changed.push(v.name);
      return withUrl(v, params);
    });
    if (changed.length === 0) return;
    this.variables.value = next;
    const touched = new Set(changed.flatMap((name) => [...dependents(next, name)]));
    if (touched.size > 0) void this.fill(touched);
    else this.tick.value = this.tick.peek() + 1;
  }

  private write(update: (params: URLSearchParams) => void): void {
    const params = new URLSearchParams(query.peek());
    update(params);
    setQuery(params);
  }
}
