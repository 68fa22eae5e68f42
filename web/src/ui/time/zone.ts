/**
 * Wall-clock time in a zone, by the browser's own zone data. A zone is `browser`, `utc` or an IANA name.
 * Instants are milliseconds since 1970 UTC throughout.
 */
export type Zone = string;

export interface Wall {
  year: number;
  /** 1 to 12 */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
}

/** Offset of the zone's wall clock from UTC at an instant, in milliseconds (positive east of Greenwich). */
export function zoneOffset(at: number, zone: Zone): number {
  if (zone === 'utc') return 0;
  if (zone === 'browser' || zone === '') return -new Date(at).getTimezoneOffset() * 60_000;
  const formatter = formatterFor(zone);
  if (formatter === null) return zoneOffset(at, 'browser');
  const part: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(at)) part[type] = Number(value);
  const wall = Date.UTC(
    part['year'] ?? 1970,
    (part['month'] ?? 1) - 1,
    part['day'] ?? 1,
    (part['hour'] ?? 0) % 24,
    part['minute'] ?? 0,
    part['second'] ?? 0,
  );
  return wall - Math.floor(at / 1000) * 1000;
}

export function toWall(at: number, zone: Zone): Wall {
  const shifted = new Date(at + zoneOffset(at, zone));
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    ms: shifted.getUTCMilliseconds(),
  };
}

/**
 * The instant of a wall-clock time; fields may overflow (month 13, day 0). A time that a clock change skips
 * moves forward by the gap, one that occurs twice means the first.
 */
export function fromWall(wall: Wall, zone: Zone): number {
  const naive = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.ms);
  const day = 86_400_000;
  const before = naive - zoneOffset(naive - day, zone);
  if (before + zoneOffset(before, zone) === naive) return before;
  const after = naive - zoneOffset(naive + day, zone);
  if (after + zoneOffset(after, zone) === naive) return after;
  return before;
}

/** `2026-11-21 14:03:09`, with milliseconds only where there are some and `precise` asks for them. */
export function formatInstant(at: number, zone: Zone, precise = false): string {
  const w = toWall(at, zone);
  const ms = precise && w.ms !== 0 ? `.${String(w.ms).padStart(3, '0')}` : '';
  return `${w.year}-${two(w.month)}-${two(w.day)} ${two(w.hour)}:${two(w.minute)}:${two(w.second)}${ms}`;
}

/** `UTC+02:00` */
export function formatOffset(at: number, zone: Zone): string {
  const minutes = Math.round(zoneOffset(at, zone) / 60_000);
  const sign = minutes < 0 ? '-' : '+';
  const size = Math.abs(minutes);
  return `UTC${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Whether the browser knows the zone. */
export function isZone(zone: string): boolean {
  return zone === 'browser' || zone === 'utc' || formatterFor(zone) !== null;
}

/** The zone's name for people. */
export function zoneLabel(zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  if (zone === 'browser' || zone === '') return 'Browser time';
  return zone.replace(/_/g, ' ');
}

export function two(n: number): string {
  return String(n).padStart(2, '0');
}

const formatters = new Map<string, Intl.DateTimeFormat | null>();

function formatterFor(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat | null = null;
  try {
    made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    made = null;
  }
  formatters.set(zone, made);
  return made;
}
