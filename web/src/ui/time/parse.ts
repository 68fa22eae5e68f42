import { fromWall, toWall, type Wall, type Zone } from './zone';

/**
 * Times as Grafana writes them in addresses and dashboards: `now`, `now-6h`, `now-1d/d`, epoch milliseconds,
 * ISO 8601, or `YYYY-MM-DD[ HH:mm[:ss]]` in the chosen zone.
 */
export interface ParseOptions {
  /** Round `/unit` to the unit's last millisecond (the end of a range) instead of its first. */
  roundUp?: boolean;
  zone?: Zone;
  /** Milliseconds; the instant `now` stands for. */
  now?: number;
  /** 0 = Sunday (Grafana's default), 1 = Monday, 6 = Saturday. */
  weekStart?: number;
}

/** Milliseconds since 1970, or `null` where the text is not a time. */
export function parseTime(text: string, options: ParseOptions = {}): number | null {
  const source = text.trim();
  const zone = options.zone ?? 'browser';
  if (source.startsWith('now')) {
    return applyMath(options.now ?? Date.now(), source.slice(3), zone, options);
  }
  const bar = source.indexOf('||');
  if (bar >= 0) {
    const start = parseAbsolute(source.slice(0, bar), zone);
    return start === null ? null : applyMath(start, source.slice(bar + 2), zone, options);
  }
  return parseAbsolute(source, zone);
}

/** Whether the text moves with the clock. */
export function isRelative(text: string): boolean {
  return text.trim().startsWith('now');
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const STEP = /^(?:([+-])(\d*)(ms|[smhdwMQy])|\/(f?[smhdwMQy]))/;

function applyMath(start: number, math: string, zone: Zone, options: ParseOptions): number | null {
  let at = start;
  let rest = math.replace(/\s+/g, '');
  while (rest !== '') {
    const step = STEP.exec(rest);
    if (step === null) return null;
    const [whole, sign, count, unit, round] = step;
    if (round !== undefined) {
      at = roundTo(at, round, zone, options);
    } else if (unit !== undefined) {
      const n = count === '' || count === undefined ? 1 : Number(count);
      at = addUnits(at, (sign === '-' ? -1 : 1) * n, unit, zone);
    }
    rest = rest.slice(whole.length);
  }
  return at;
}

/** Hours and less are exact spans; days and more move the wall clock, so that a day is a day across clock changes. */
function addUnits(at: number, n: number, unit: string, zone: Zone): number {
  const exact = UNIT_MS[unit];
  if (exact !== undefined) return at + n * exact;
  const wall = toWall(at, zone);
  switch (unit) {
    case 'd':
      return fromWall({ ...wall, day: wall.day + n }, zone);
    case 'w':
      return fromWall({ ...wall, day: wall.day + 7 * n }, zone);
    case 'M':
      return fromWall(addMonths(wall, n), zone);
    case 'Q':
      return fromWall(addMonths(wall, 3 * n), zone);
    default:
      return fromWall(addMonths(wall, 12 * n), zone);
  }
}

/** The 31st of a shorter month is its last day. */
function addMonths(wall: Wall, n: number): Wall {
  const index = wall.year * 12 + (wall.month - 1) + n;
  const year = Math.floor(index / 12);
  const month = index - year * 12 + 1;
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { ...wall, year, month, day: Math.min(wall.day, last) };
}

function roundTo(at: number, unit: string, zone: Zone, options: ParseOptions): number {
  const start = startOf(at, unit, zone, options.weekStart ?? 0);
  if (options.roundUp !== true) return start;
  return addUnits(start, 1, unit.replace(/^f/, ''), zone) - 1;
}

function startOf(at: number, unit: string, zone: Zone, weekStart: number): number {
  const w = toWall(at, zone);
  const midnight = { ...w, hour: 0, minute: 0, second: 0, ms: 0 };
  switch (unit.replace(/^f/, '')) {
    case 's':
      return fromWall({ ...w, ms: 0 }, zone);
    case 'm':
      return fromWall({ ...w, second: 0, ms: 0 }, zone);
    case 'h':
      return fromWall({ ...w, minute: 0, second: 0, ms: 0 }, zone);
    case 'd':
      return fromWall(midnight, zone);
    case 'w': {
      const weekday = new Date(Date.UTC(w.year, w.month - 1, w.day)).getUTCDay();
      return fromWall({ ...midnight, day: w.day - ((weekday - weekStart + 7) % 7) }, zone);
    }
    case 'M':
      return fromWall({ ...midnight, day: 1 }, zone);
    case 'Q':
      return fromWall({ ...midnight, month: Math.floor((w.month - 1) / 3) * 3 + 1, day: 1 }, zone);
    default:
      return fromWall({ ...midnight, month: 1, day: 1 }, zone);
  }
}

const WALL = /^(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,3})\d*)?)?)?)?)?$/;
const ISO = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/i;
const COMPACT = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})$/;

function parseAbsolute(text: string, zone: Zone): number | null {
  if (/^-?\d{5,}$/.test(text)) return Number(text);
  if (ISO.test(text)) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? null : at;
  }
  const match = WALL.exec(text) ?? COMPACT.exec(text);
  if (match === null) return null;
  const field = (i: number, fallback: number): number => {
    const value = match[i];
    return value === undefined ? fallback : Number(value);
  };
  const wall: Wall = {
    year: field(1, 1970),
    month: field(2, 1),
    day: field(3, 1),
    hour: field(4, 0),
    minute: field(5, 0),
    second: field(6, 0),
    ms: Number((match[7] ?? '0').padEnd(3, '0')),
  };
  const inRange =
    wall.month >= 1 && wall.month <= 12 && wall.day >= 1 && wall.day <= daysIn(wall) && wall.hour <= 23 && wall.minute <= 59 && wall.second <= 59;
  return inRange ? fromWall(wall, zone) : null;
}

function daysIn(wall: Wall): number {
  return new Date(Date.UTC(wall.year, wall.month, 0)).getUTCDate();
}
