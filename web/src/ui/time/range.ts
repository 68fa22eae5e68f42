import { describeDuration } from './duration';
import { isRelative, parseTime } from './parse';
import { formatInstant, type Zone } from './zone';

/** A range as it stands in the address: relative (`now-1h` to `now`) or absolute (epoch milliseconds as text). */
export interface TimeRange {
  from: string;
  to: string;
}

/** The same, in milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

export interface QuickRange extends TimeRange {
  label: string;
}

const last = (from: string, label: string): QuickRange => ({ from, to: 'now', label });

export const QUICK_RANGES: readonly QuickRange[] = [
  last('now-5m', 'Last 5 minutes'),
  last('now-15m', 'Last 15 minutes'),
  last('now-30m', 'Last 30 minutes'),
  last('now-1h', 'Last 1 hour'),
  last('now-3h', 'Last 3 hours'),
  last('now-6h', 'Last 6 hours'),
  last('now-12h', 'Last 12 hours'),
  last('now-24h', 'Last 24 hours'),
  last('now-2d', 'Last 2 days'),
  last('now-7d', 'Last 7 days'),
  last('now-30d', 'Last 30 days'),
  last('now-90d', 'Last 90 days'),
  { from: 'now/d', to: 'now', label: 'Today so far' },
  { from: 'now/d', to: 'now/d', label: 'Today' },
  { from: 'now-1d/d', to: 'now-1d/d', label: 'Yesterday' },
  { from: 'now/w', to: 'now', label: 'This week so far' },
  { from: 'now-1w/w', to: 'now-1w/w', label: 'Last week' },
  { from: 'now/M', to: 'now', label: 'This month so far' },
  { from: 'now-1M/M', to: 'now-1M/M', label: 'Last month' },
];

/** The instants a range means now; `null` where it does not parse or ends before it starts. */
export function resolveRange(range: TimeRange, zone: Zone, now: number = Date.now(), weekStart = 0): Span | null {
  const from = parseTime(range.from, { zone, now, weekStart });
  const to = parseTime(range.to, { zone, now, weekStart, roundUp: true });
  if (from === null || to === null || to <= from) return null;
  return { from, to };
}

/** Whether a range moves with the clock, so that refreshing it makes sense. */
export function movesWithClock(range: TimeRange): boolean {
  return isRelative(range.to);
}

export function absoluteRange(span: Span): TimeRange {
  return { from: String(Math.round(span.from)), to: String(Math.round(span.to)) };
}

export function sameRange(a: TimeRange, b: TimeRange): boolean {
  return a.from === b.from && a.to === b.to;
}

/** The same centre, twice the width; the future is not shown unless the range already reached into it. */
export function zoomOut(span: Span, now: number = Date.now()): Span {
  const width = span.to - span.from;
  const centre = span.from + width / 2;
  const wide = { from: centre - width, to: centre + width };
  if (wide.to > now && span.to <= now) return { from: now - 2 * width, to: now };
  return wide;
}

/** Half a width to the left (-1) or the right (1), the right end not beyond now. */
export function shift(span: Span, direction: -1 | 1, now: number = Date.now()): Span {
  const width = span.to - span.from;
  const move = (direction * width) / 2;
  const to = span.to + move;
  if (direction === 1 && to > now && span.to <= now) return { from: now - width, to: now };
  return { from: span.from + move, to };
}

/** What stands on the picker's button. */
export function describeRange(range: TimeRange, zone: Zone): string {
  const quick = QUICK_RANGES.find((q) => sameRange(q, range));
  if (quick) return quick.label;
  const simple = /^now-(\d+)([smhdwMy])$/.exec(range.from);
  if (simple && range.to === 'now') return `Last ${simple[1]} ${unitName(simple[2] ?? '', simple[1] === '1')}`;
  return `${describeEnd(range.from, zone)} to ${describeEnd(range.to, zone)}`;
}

/** `1h 30m` for the width of a range. */
export function describeWidth(span: Span): string {
  return describeDuration(span.to - span.from);
}

/** One end as the absolute-range form shows it: relative text stays, instants become wall-clock time. */
export function describeEnd(text: string, zone: Zone): string {
  if (isRelative(text)) return text;
  const at = parseTime(text, { zone });
  return at === null ? text : formatInstant(at, zone);
}

function unitName(unit: string, one: boolean): string {
  const names: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', M: 'month', y: 'year' };
  return `${names[unit] ?? unit}${one ? '' : 's'}`;
}
