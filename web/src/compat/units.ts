/**
 * Values to text in a unit. The parts are kept apart (prefix, text, suffix), since a big number is drawn with a smaller suffix.
 * Recorded outputs of Grafana's own formatter are the reference; see test/compat/units.test.ts.
 */
import { toFixed } from './numbers';
import { durationClock, durationWords, durationHms, formatMoment, fromNow, isToday, localDateTime } from './unit-time';
import { UNIT_TABLE, type UnitRow } from './units-table';

export interface Formatted {
  prefix: string;
  text: string;
  suffix: string;
}

export type Formatter = (value: number, decimals?: number, timeZone?: string) => Formatted;

/** The formatter of a unit id. Unknown ids are a suffix of their own, as people write 'tokens/s'. */
export function unitFormatter(id: string | undefined): Formatter {
  const key = id ?? '';
  const known = cache.get(key);
  if (known) return known;
  const made = make(key);
  cache.set(key, made);
  return made;
}

/** Prefix, number and suffix as one text. */
export function formatValue(value: number, unit?: string, decimals?: number, timeZone?: string): string {
  return joined(unitFormatter(unit)(value, decimals, timeZone));
}

export function joined(f: Formatted): string {
  return f.prefix + f.text + f.suffix;
}

const cache = new Map<string, Formatter>();

function plain(text: string, suffix = '', prefix = ''): Formatted {
  return { prefix, text, suffix };
}

function make(id: string): Formatter {
  const row = UNIT_TABLE.get(id);
  if (row) return fromRow(row);
  const special = SPECIAL[id];
  if (special) return special;
  const colon = id.indexOf(':');
  if (colon > 0) {
    const rest = id.slice(colon + 1);
    switch (id.slice(0, colon)) {
      case 'prefix':
        return (v, d) => plain(toFixed(v, d), '', rest);
      case 'suffix':
        return suffixed(rest);
      case 'time':
        return (v, _d, zone) => plain(formatMoment(v, rest, zone));
      case 'si':
        return fromRow(splitSi(rest));
      case 'count':
        return fromRow({ kind: 'count', unit: rest });
      case 'currency':
        return fromRow({ kind: 'cur', unit: rest, after: false });
      case 'bool': {
        const [yes = 'True', no = 'False'] = rest.split('/');
        return yesNo(yes, no);
      }
    }
  }
  return id === '' || id === 'none' || id === 'None' ? (v, d) => plain(toFixed(v, d)) : suffixed(id);
}

function suffixed(unit: string): Formatter {
  return (v, d) => plain(toFixed(v, d), ' ' + unit);
}

function fromRow(row: UnitRow): Formatter {
  switch (row.kind) {
    case 'fix':
      return suffixed(row.unit);
    case 'si':
      return scaled(1000, SI_PREFIXES.map((p) => ' ' + p + row.unit), Math.max(0, SI_PREFIXES.indexOf(row.prefix)));
    case 'bin':
      return scaled(1024, BIN_PREFIXES.map((p) => ' ' + p + row.unit), row.power);
    case 'count': {
      const f = scaled(1000, COUNT_STEPS, 0);
      return (v, d) => {
        const r = f(v, d);
        return { ...r, suffix: `${r.suffix} ${row.unit}` };
      };
    }
    case 'cur': {
      const f = scaled(1000, COUNT_STEPS, 0);
      return (v, d) => {
        const r = f(Math.abs(v), d);
        const sign = v < 0 ? '-' : '';
        return row.after ? plain(sign + r.text, r.suffix + row.unit) : plain(r.text, r.suffix, sign + row.unit);
      };
    }
  }
}

/** Divides by `factor` until one of `steps` fits; `start` is the step in which the raw value is given. */
function scaled(factor: number, steps: readonly string[], start: number): Formatter {
  return (value, decimals) => {
    if (!Number.isFinite(value)) return plain(toFixed(value), steps[start] ?? '');
    const power = value === 0 ? 0 : Math.floor(logBase(factor, Math.abs(value)));
    const step = Math.min(Math.max(start + power, 0), steps.length - 1);
    return plain(toFixed(value / factor ** (step - start), decimals), steps[step] ?? '');
  };
}

/** log10 and log2 are exact at the powers, where ln(v)/ln(b) may fall just below. */
function logBase(base: number, value: number): number {
  return base === 1024 ? Math.log2(value) / 10 : Math.log10(value) / 3;
}

function splitSi(unit: string): UnitRow {
  const head = unit.charAt(0);
  const known = unit.length > 1 && head !== '' && SI_PREFIXES.includes(head);
  return { kind: 'si', prefix: known ? head : '', unit: known ? unit.slice(1) : unit };
}

function yesNo(yes: string, no: string): Formatter {
  return (v) => plain(v ? yes : no);
}

/** A chain of ever larger units: as long as |value| stays below `below`, it is divided by `by` and named `name`. */
type Scale = readonly { below: number; by: number; name: string; plural?: boolean }[];

function timeScale(scale: Scale): Formatter {
  return (value, decimals) => {
    const size = Math.abs(value);
    const step = Number.isFinite(value) ? scale.find((s) => size < s.below) : scale.find((s) => s.by === 1);
    if (!step) return plain(toFixed(value, decimals));
    // Multiplying by a whole number is exact where dividing by 0.001 is not.
    const shown = step.by < 1 ? value * Math.round(1 / step.by) : value / step.by;
    const s = step.plural && Math.abs(shown) > 1 ? 's' : '';
    return plain(toFixed(shown, decimals), ` ${step.name}${s}`);
  };
}

const seconds: Formatter = (value, decimals) => (value === 0 ? plain('0', ' s') : SECONDS(value, decimals));

const SECONDS = timeScale([
  { below: 1e-6, by: 1e-9, name: 'ns' },
  { below: 1e-3, by: 1e-6, name: 'µs' },
  { below: 1, by: 1e-3, name: 'ms' },
  { below: 60, by: 1, name: 's' },
  { below: 3600, by: 60, name: 'min', plural: true },
  { below: 86400, by: 3600, name: 'hour', plural: true },
  { below: 604800, by: 86400, name: 'day', plural: true },
  { below: 31536000, by: 604800, name: 'week', plural: true },
  { below: Infinity, by: 3.15569e7, name: 'year', plural: true },
]);

const NANOSECONDS = timeScale([
  { below: 1e3, by: 1, name: 'ns' },
  { below: 1e6, by: 1e3, name: 'µs' },
  { below: 1e9, by: 1e6, name: 'ms' },
  { below: 6e10, by: 1e9, name: 's' },
  { below: 3.6e12, by: 6e10, name: 'min', plural: true },
  { below: 8.64e13, by: 3.6e12, name: 'hour', plural: true },
  { below: Infinity, by: 8.64e13, name: 'day', plural: true },
]);

const MICROSECONDS = timeScale([
  { below: 1e3, by: 1, name: 'µs' },
  { below: 1e6, by: 1e3, name: 'ms' },
  { below: Infinity, by: 1e6, name: 's' },
]);

const MILLISECONDS = timeScale([
  { below: 1e3, by: 1, name: 'ms' },
  { below: 6e4, by: 1e3, name: 's' },
  { below: 3.6e6, by: 6e4, name: 'min', plural: true },
  { below: 8.64e7, by: 3.6e6, name: 'hour', plural: true },
  { below: 3.1536e10, by: 8.64e7, name: 'day', plural: true },
  { below: Infinity, by: 3.1536e10, name: 'year', plural: true },
]);

const MINUTES = timeScale([
  { below: 60, by: 1, name: 'min' },
  { below: 1440, by: 60, name: 'hour', plural: true },
  { below: 10080, by: 1440, name: 'day', plural: true },
  { below: 604800, by: 10080, name: 'week', plural: true },
  { below: Infinity, by: 5.25948e5, name: 'year', plural: true },
]);

const HOURS = timeScale([
  { below: 24, by: 1, name: 'hour' },
  { below: 168, by: 24, name: 'day', plural: true },
  { below: 8760, by: 168, name: 'week', plural: true },
  { below: Infinity, by: 8760, name: 'year', plural: true },
]);

const DAYS = timeScale([
  { below: 7, by: 1, name: 'day', plural: true },
  { below: 365, by: 7, name: 'week', plural: true },
  { below: Infinity, by: 365, name: 'year', plural: true },
]);

const SI_PREFIXES = ['f', 'p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const BIN_PREFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
const COUNT_STEPS = ['', 'K', 'M', 'B', 'T'];
const SHORT_STEPS = ['', ' K', ' Mil', ' Bil', ' Tri', ' Quadr', ' Quint', ' Sext', ' Sept'];

function dateUnit(format: string, todayFormat?: string): Formatter {
  return (v, _d, zone) => plain(formatMoment(v, todayFormat && isToday(v, zone) ? todayFormat : format, zone));
}

function hexadecimal(prefix: string): Formatter {
  return (v, d) => {
    const text = Number(toFixed(v, d)).toString(16).toUpperCase();
    return plain(text.startsWith('-') ? `-${prefix}${text.slice(1)}` : prefix + text);
  };
}

const SPECIAL: Record<string, Formatter> = {
  string: (v) => plain(String(v)),
  short: scaled(1000, SHORT_STEPS, 0),
  percent: (v, d) => plain(toFixed(v, d), '%'),
  percentunit: (v, d) => plain(toFixed(v * 100, d), '%'),
  hex: hexadecimal(''),
  hex0x: hexadecimal('0x'),
  sci: (v, d) => plain(v.toExponential(d)),
  locale: (v, d) => plain(v.toLocaleString(undefined, d === undefined ? {} : { maximumFractionDigits: d })),
  pressurepsi: scaled(1000, ['psi', 'ksi', 'Mpsi'], 0),
  ns: NANOSECONDS,
  'µs': MICROSECONDS,
  ms: MILLISECONDS,
  s: seconds,
  m: MINUTES,
  h: HOURS,
  d: DAYS,
  timeticks: (v, d) => seconds(v / 100, d),
  dtdurationms: (v, d) => plain(durationWords(v, 'millisecond', d)),
  dtdurations: (v, d) => plain(durationWords(v * 1000, 'second', d)),
  dthms: (v) => plain(durationHms(v, false)),
  dtdhms: (v) => plain(durationHms(v, true)),
  clockms: (v, d) => plain(durationClock(v, d)),
  clocks: (v, d) => plain(durationClock(v * 1000, d)),
  dateTimeAsIso: dateUnit('YYYY-MM-DD HH:mm:ss'),
  dateTimeAsIsoNoDateIfToday: dateUnit('YYYY-MM-DD HH:mm:ss', 'HH:mm:ss'),
  dateTimeAsUS: dateUnit('MM/DD/YYYY h:mm:ss a'),
  dateTimeAsUSNoDateIfToday: dateUnit('MM/DD/YYYY h:mm:ss a', 'h:mm:ss a'),
  dateTimeAsLocal: (v, _d, zone) => plain(localDateTime(v, false, zone)),
  dateTimeAsLocalNoDateIfToday: (v, _d, zone) => plain(localDateTime(v, isToday(v, zone), zone)),
  dateTimeAsSystem: dateUnit('YYYY-MM-DD HH:mm:ss'),
  dateTimeFromNow: (v) => plain(fromNow(v)),
  bool: yesNo('True', 'False'),
  bool_yes_no: yesNo('Yes', 'No'),
  bool_on_off: yesNo('On', 'Off'),
};
