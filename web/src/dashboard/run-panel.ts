/** One panel's data: variables filled in, queries asked, answers made into frames, transformed and dressed. */
import { queryInstant, queryRange } from '../api/prometheus';
import type { ApiError } from '../api/client';
import { firstOf, queryLookup, timeLookup } from '../compat/builtins';
import { framesFromAnswer, nameTableValues, type Frame } from '../compat/frames';
import { interpolate, lookupIn, promqlFormat, textFormat, type Lookup } from '../compat/interpolate';
import { parseDuration, queryStep } from '../compat/interval';
import type { Panel, Target, Variable } from '../compat/model';
import { applyFieldConfig } from '../compat/overrides';
import { parseTime } from '../ui/time/parse';
import type { Span } from '../ui/time/range';
import { withFilters } from './adhoc';
import type { ScrapeIntervals } from './scrape';

export interface RunScope {
  span: Span;
  zone: string;
  variables: readonly Variable[];
  names: Lookup;
  scrape: ScrapeIntervals;
  /** Width of the panel in CSS pixels: one point a pixel at most. */
  width: number;
  /** Frames of another panel, for the `-- Dashboard --` source. */
  sharedFrom: (panelId: number) => Promise<Frame[]>;
  signal: AbortSignal;
}

/** A query as it was sent. Times in ms. */
export interface SentQuery {
  refId: string;
  expr: string;
  kind: 'range' | 'instant';
  start: number;
  end: number;
  step: number;
  /** Milliseconds; and how many series came. */
  took: number;
  series: number;
  error: string | null;
}

export interface PanelData {
  /** As they came from the queries, before transformations. */
  raw: Frame[];
  frames: Frame[];
  queries: SentQuery[];
  errors: string[];
  notices: string[];
  span: Span;
  lookup: Lookup;
}

export async function runPanel(panel: Panel, scope: RunScope): Promise<PanelData> {
  const span = panelSpan(panel, scope);
  const variables = lookupIn(scope.variables, panel.scoped, firstOf(scope.names, timeLookup(span)));
  const data: PanelData = { raw: [], frames: [], queries: [], errors: [], notices: [], span, lookup: variables };
  const fromPanel = sharedPanelId(panel);
  if (fromPanel !== null) {
    data.raw = await scope.sharedFrom(fromPanel);
  } else {
    await runTargets(panel, span, scope, data);
  }
  const frames = panel.transformations.length === 0 ? data.raw : await transformed(panel, data);
  data.frames = applyFieldConfig(frames, panel.fieldConfig, variables);
  return data;
}

/** Transformations are code of their own, which only panels that have some load. */
async function transformed(panel: Panel, data: PanelData): Promise<Frame[]> {
  const { transformFrames } = await import('../compat/transforms');
  const { frames, unknown } = transformFrames(data.raw, panel.transformations);
  for (const id of unknown) data.notices.push(`The transformation “${id}” is not known here; the data is shown without it.`);
  return frames;
}

/** Panels may have their own range (`timeFrom`) or look at an earlier time (`timeShift`). */
export function panelSpan(panel: Panel, scope: { span: Span; zone: string; variables: readonly Variable[] }): Span {
  const fill = (text: string): string => interpolate(text, lookupIn(scope.variables, panel.scoped, () => undefined), textFormat).trim();
  let { from, to } = scope.span;
  const ownFrom = fill(panel.timeFrom);
  if (ownFrom !== '') {
    const own = parseTime(ownFrom.startsWith('now') ? ownFrom : `now-${ownFrom}`, { zone: scope.zone });
    if (own !== null) {
      to = Date.now();
      from = own;
    }
  }
  const shift = parseDuration(fill(panel.timeShift));
  return shift === undefined ? { from, to } : { from: from - shift, to: to - shift };
}

function sharedPanelId(panel: Panel): number | null {
  const [first] = panel.targets;
  const shared = panel.datasource.uid === '-- Dashboard --' || first?.datasource.uid === '-- Dashboard --';
  const id = first?.source['panelId'];
  return shared && typeof id === 'number' ? id : null;
}

async function runTargets(panel: Panel, span: Span, scope: RunScope, data: PanelData): Promise<void> {
  const math = panel.targets.filter((t) => t.math !== '' && !t.hide);
  const needed = new Set(math.flatMap((t) => refsIn(t.math, panel.targets)));
  const asked = panel.targets.filter((t) => t.expr.trim() !== '' && (!t.hide || needed.has(t.refId)));
  const results = await Promise.all(asked.map((t) => runTarget(t, panel, span, scope)));
  const all: Frame[] = [];
  results.forEach((r) => {
    data.queries.push(...r.queries);
    for (const e of r.errors) data.errors.push(asked.length > 1 ? `${r.refId}: ${e}` : e);
    all.push(...r.frames);
  });
  const hidden = new Set(asked.filter((t) => t.hide).map((t) => t.refId));
  if (math.length > 0) await runMath(math, all, data);
  const visible = all.filter((f) => !hidden.has(f.refId));
  data.raw = nameTableValues(visible, new Set(visible.map((f) => f.refId)).size > 1 || asked.length > 1 ? 2 : 1);
}

/** Expressions see the results of everything before them. */
async function runMath(math: readonly Target[], all: Frame[], data: PanelData): Promise<void> {
  const { evaluateMath, MathError } = await import('../compat/math');
  for (const t of math) {
    try {
      all.push(...evaluateMath(t.math, t.refId, all));
    } catch (cause) {
      if (!(cause instanceof MathError)) throw cause;
      data.errors.push(`${t.refId}: ${cause.message}`);
    }
  }
}

/** Queries an expression builds on, also by way of other expressions. */
function refsIn(expression: string, targets: readonly Target[]): string[] {
  const direct = [...expression.matchAll(/\$\{?(\w+)\}?/g)].map((m) => m[1] ?? '');
  return direct.flatMap((ref) => {
    const t = targets.find((x) => x.refId === ref);
    return t && t.math !== '' && t.math !== expression ? [ref, ...refsIn(t.math, targets)] : [ref];
  });
}

interface TargetResult {
  refId: string;
  frames: Frame[];
  queries: SentQuery[];
  errors: string[];
}

async function runTarget(t: Target, panel: Panel, span: Span, scope: RunScope): Promise<TargetResult> {
  const scrapeMs = await scope.scrape.of(t.expr);
  const base = lookupIn(scope.variables, panel.scoped, firstOf(scope.names, timeLookup(span)));
  const minText = interpolate(t.interval || panel.interval, base, textFormat);
  const { step, rate } = queryStep({
    rangeMs: span.to - span.from,
    points: Math.max(50, panel.maxDataPoints ?? scope.width),
    minMs: parseDuration(minText),
    scrapeMs,
    factor: t.intervalFactor,
  });
  const lookup = lookupIn(scope.variables, panel.scoped, firstOf(queryLookup({ ...span, step, rate }), scope.names));
  const filters = scope.variables.filter((v) => v.type === 'adhoc').flatMap((v) => v.filters);
  const expr = withFilters(interpolate(t.expr, lookup, promqlFormat), filters);
  const legend = interpolate(t.legendFormat, lookup, textFormat);
  const result: TargetResult = { refId: t.refId, frames: [], queries: [], errors: [] };
  const kinds = [...(t.range || !t.instant ? (['range'] as const) : []), ...(t.instant ? (['instant'] as const) : [])];
  for (const kind of kinds) {
    const start = Math.floor(span.from / step) * step;
    const end = Math.floor(span.to / step) * step;
    const sent: SentQuery = { refId: t.refId, expr, kind, start: kind === 'range' ? start : span.to, end: kind === 'range' ? end : span.to, step, took: 0, series: 0, error: null };
    result.queries.push(sent);
    const began = performance.now();
    const answer =
      kind === 'range'
        ? await queryRange({ expr, start: start / 1000, end: end / 1000, step: step / 1000 }, scope.signal)
        : await queryInstant({ expr, time: span.to / 1000 }, scope.signal);
    sent.took = performance.now() - began;
    if (!answer.ok) {
      sent.error = errorText(answer.error);
      if (answer.error.kind !== 'aborted') result.errors.push(sent.error);
      continue;
    }
    const grid = kind === 'range' ? { start, end, step } : undefined;
    const frames = framesFromAnswer(answer.data, { refId: t.refId, expr, legendFormat: legend, format: t.format, grid });
    sent.series = Array.isArray(answer.data.result) && answer.data.resultType !== 'scalar' ? answer.data.result.length : frames.length;
    result.frames.push(...frames);
  }
  return result;
}

function errorText(e: ApiError): string {
  return e.kind === 'network' || e.kind === 'not-json' ? e.message : `${e.message} (${e.kind})`;
}
