/** Durations and dates as text, for the units of "Date & time" and the long duration forms of "Time". */

/** '2 minutes, 3 seconds': `decimals` says how many smaller units follow the first. `zeroUnit` names what 0 is counted in. */
export function durationWords(ms: number, zeroUnit: string, decimals = 0): string {
  if (ms === 0) return `0 ${zeroUnit}s`;
  if (!Number.isFinite(ms)) return '';
  const parts: string[] = [];
  let rest = Math.abs(ms);
  let wanted: number | undefined;
  for (const [name, size] of WORDS) {
    const n = Math.floor(rest / size);
    if (n === 0 && wanted === undefined) continue;
    wanted ??= decimals + 1;
    if (parts.length >= wanted) break;
    parts.push(`${n} ${name}${n === 1 ? '' : 's'}`);
    rest -= n * size;
  }
  return parts.join(', ') + (ms < 0 ? ' ago' : '');
}

/** Calendar units are the usual averages without leap days: 365-day years, 30-day months. */
const WORDS: readonly (readonly [string, number])[] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
];

/** 'hh:mm:ss', or with days '2 d hh:mm:ss'. */
export function durationHms(seconds: number, withDays: boolean): string {
  const size = Math.floor(Math.abs(seconds));
  const days = withDays ? Math.floor(size / 86400) : 0;
  const rest = size - days * 86400;
  const hms = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map((n) => pad(n, 2)).join(':');
  return (days > 0 ? `${days} d ` : '') + hms + (seconds < 0 ? ' ago' : '');
}

/** '01m:05s:536ms'; the time of day of a UTC clock, so negative values wrap round. `decimals` = parts after the first. */
export function durationClock(ms: number, decimals?: number): string {
  const whole = Math.trunc(ms);
  const valid = Math.abs(whole) <= MAX_DATE;
  const milli = pad(mod(whole, 1000), 3) + 'ms';
  if (ms < 1000) return milli;
  const second = pad(mod(Math.floor(whole / 1000), 60), 2) + 's';
  const minute = pad(mod(Math.floor(whole / 60_000), 60), 2) + 'm';
  const keep = decimals === undefined ? 4 : decimals + 1;
  if (ms < 60_000) return [second, milli].slice(0, keep).join(':');
  if (ms < 3_600_000) return [minute, second, milli].slice(0, keep).join(':');
  const hour = `${Math.floor(whole / 3_600_000)}h`;
  if (!valid) return keep > 1 ? `${hour}:Invalid date` : hour;
  return [hour, minute, second, milli].slice(0, keep).join(':');
}

/** The largest time a Date can hold. */
const MAX_DATE = 8.64e15;

/** A time in ms since 1970 by a moment.js pattern (YYYY MM DD HH mm ss ...), in the given zone ('' = the browser's). */
export function formatMoment(ms: number, pattern: string, timeZone?: string): string {
  const d = new Date(ms);
  if (Number.isNaN(d.getTime())) return 'Invalid date';
  const p = zoned(d, timeZone);
  return pattern.replace(TOKENS, (token, literal: string | undefined) => literal ?? momentToken(token, p, d));
}

const TOKENS = /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|x|ZZ?/g;

interface ZonedParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  weekday: string;
}

function momentToken(token: string, p: ZonedParts, d: Date): string {
  switch (token) {
    case 'YYYY':
      return pad(p.year, 4);
    case 'YY':
      return pad(p.year % 100, 2);
    case 'MMMM':
      return MONTHS[p.month - 1] ?? '';
    case 'MMM':
      return (MONTHS[p.month - 1] ?? '').slice(0, 3);
    case 'MM':
      return pad(p.month, 2);
    case 'M':
      return String(p.month);
    case 'DD':
      return pad(p.day, 2);
    case 'D':
      return String(p.day);
    case 'dddd':
      return p.weekday;
    case 'ddd':
      return p.weekday.slice(0, 3);
    case 'HH':
      return pad(p.hour, 2);
    case 'H':
      return String(p.hour);
    case 'hh':
      return pad(p.hour % 12 || 12, 2);
    case 'h':
      return String(p.hour % 12 || 12);
    case 'mm':
      return pad(p.minute, 2);
    case 'm':
      return String(p.minute);
    case 'ss':
      return pad(p.second, 2);
    case 's':
      return String(p.second);
    case 'SSS':
      return pad(p.ms, 3);
    case 'A':
      return p.hour < 12 ? 'AM' : 'PM';
    case 'a':
      return p.hour < 12 ? 'am' : 'pm';
    case 'X':
      return String(Math.floor(d.getTime() / 1000));
    case 'x':
      return String(d.getTime());
    default:
      return token;
  }
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Calendar parts of a moment in a zone. */
export function zoned(d: Date, timeZone?: string): ZonedParts {
  const zone = timeZone === 'browser' ? '' : (timeZone ?? '');
  if (zone === 'utc' || zone === 'UTC') {
    return {
      year: d.getUTCFullYear(),
      month: d.getUTCMonth() + 1,
      day: d.getUTCDate(),
      hour: d.getUTCHours(),
      minute: d.getUTCMinutes(),
      second: d.getUTCSeconds(),
      ms: d.getUTCMilliseconds(),
      weekday: WEEKDAYS[d.getUTCDay()] ?? '',
    };
  }
  if (zone !== '') {
    const parts = zoneFormat(zone)?.formatToParts(d);
    if (parts) {
      const get = (type: string): number => Number(parts.find((p) => p.type === type)?.value ?? 0);
      return {
        year: get('year'),
        month: get('month'),
        day: get('day'),
        hour: get('hour') % 24,
        minute: get('minute'),
        second: get('second'),
        ms: d.getMilliseconds(),
        weekday: parts.find((p) => p.type === 'weekday')?.value ?? '',
      };
    }
  }
  return {
    year: d.getFullYear(),
    month: d.getMonth() + 1,
    day: d.getDate(),
    hour: d.getHours(),
    minute: d.getMinutes(),
    second: d.getSeconds(),
    ms: d.getMilliseconds(),
    weekday: WEEKDAYS[d.getDay()] ?? '',
  };
}

const zoneFormats = new Map<string, Intl.DateTimeFormat | null>();

/** null for a zone this browser does not know. */
function zoneFormat(zone: string): Intl.DateTimeFormat | null {
  let f = zoneFormats.get(zone);
  if (f === undefined) {
    try {
      f = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
        weekday: 'long',
      });
    } catch {
      f = null;
    }
    zoneFormats.set(zone, f);
  }
  return f;
}

export function isToday(ms: number, timeZone?: string): boolean {
  const a = zoned(new Date(ms), timeZone);
  const b = zoned(new Date(), timeZone);
  return a.year === b.year && a.month === b.month && a.day === b.day;
}

/** Date and time the way the browser's language writes them, always with two digits. */
export function localDateTime(ms: number, timeOnly: boolean, timeZone?: string): string {
  const d = new Date(ms);
  if (Number.isNaN(d.getTime())) return 'Invalid date';
  const zone = timeZone && timeZone !== 'browser' ? { timeZone: timeZone === 'utc' ? 'UTC' : timeZone } : {};
  const date = timeOnly ? {} : ({ year: 'numeric', month: '2-digit', day: '2-digit' } as const);
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return new Intl.DateTimeFormat(undefined, { ...date, ...time, ...zone }).format(d);
}

/** '5 minutes ago', 'in 2 days'. */
export function fromNow(ms: number, now = Date.now()): string {
  const diff = ms - now;
  const words = roughDuration(Math.abs(diff) / 1000);
  return diff > 0 ? `in ${words}` : `${words} ago`;
}

function roughDuration(seconds: number): string {
  const minutes = seconds / 60;
  const hours = minutes / 60;
  const days = hours / 24;
  if (seconds < 44.5) return 'a few seconds';
  if (seconds < 89.5) return 'a minute';
  if (minutes < 44.5) return `${Math.round(minutes)} minutes`;
  if (minutes < 89.5) return 'an hour';
  if (hours < 21.5) return `${Math.round(hours)} hours`;
  if (hours < 35.5) return 'a day';
  if (days < 25.5) return `${Math.round(days)} days`;
  if (days < 45.5) return 'a month';
  if (days < 319.5) return `${Math.round(days / 30.4369)} months`;
  if (days < 547.5) return 'a year';
  return `${Math.round(days / 365.2425)} years`;
}

function pad(n: number, width: number): string {
  return n < 0 ? '-' + String(-n).padStart(width, '0') : String(n).padStart(width, '0');
}

function mod(a: number, b: number): number {
  return ((a % b) + b) % b;
}
