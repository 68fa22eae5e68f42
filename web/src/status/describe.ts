import { formatBytes, formatCount } from '../charts/number';
import { describeDuration } from '../ui/time/duration';
import { formatInstant, type Zone } from '../ui/time/zone';

/** Names of the server's fields as people say them; a field that is not listed is split at its capitals. */
const NAMES: Record<string, string> = {
  startTime: 'Started',
  serverTime: 'Server time',
  CWD: 'Working directory',
  GOMAXPROCS: 'Processors used',
  GOMEMLIMIT: 'Memory limit',
  GOGC: 'GC target',
  GODEBUG: 'Go debug settings',
  goVersion: 'Go version',
  rustVersion: 'Rust version',
  buildUser: 'Built by',
  buildDate: 'Built at',
  storageRetention: 'Retention',
  reloadConfigSuccess: 'Last configuration reload',
  lastConfigTime: 'Configuration loaded',
  corruptionCount: 'Corruptions found',
  goroutineCount: 'Goroutines',
  timeSeriesCount: 'Series',
};

export function fieldName(field: string): string {
  const known = NAMES[field];
  if (known !== undefined) return known;
  const words = field.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/_/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A field's value as people read it: instants as wall clock with their age, big numbers grouped, limits as bytes. */
export function fieldValue(field: string, value: string | number | boolean, zone: Zone, now: number = Date.now()): string {
  if (field === 'reloadConfigSuccess') return value === true ? 'successful' : 'failed';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (field === 'GOMEMLIMIT' && typeof value === 'number') return value > 2 ** 60 ? 'none' : formatBytes(value);
  if (typeof value === 'number') return formatCount(value);
  if (/Time$/.test(field) && /^\d{4}-/.test(value)) {
    const at = Date.parse(value);
    if (Number.isNaN(at)) return value;
    const age = field === 'serverTime' ? '' : ` (${describeDuration(Math.max(now - at, 0))} ago)`;
    return `${formatInstant(at, zone)}${age}`;
  }
  return value === '' ? '–' : value;
}

/** Fields that only a Go program fills; elsewhere they are in the answer for compatibility and empty. */
export function isEmptyField(field: string, value: string | number | boolean): boolean {
  return ['goroutineCount', 'GOMEMLIMIT', 'GOGC', 'GODEBUG', 'goVersion'].includes(field) && (value === '' || value === 0);
}
