import { describeDuration } from '../ui/time/duration';

/** `3.2 s ago`; `never` for the zero time of the server (year 1) and for what does not parse. */
export function ago(rfc3339: string, now: number = Date.now()): string {
  const at = Date.parse(rfc3339);
  if (Number.isNaN(at) || at < 0) return 'never';
  const past = now - at;
  if (past < 0) return past > -2000 ? 'just now' : `in ${describeDuration(-past)}`;
  return past < 1000 ? 'just now' : `${describeDuration(Math.round(past / 100) * 100)} ago`;
}
