/** The variables every dashboard has: range, interval, times, names. Times are ms since 1970, steps in ms. */
import { single, type Lookup, type Resolved } from './interpolate';
import { formatDuration } from './interval';

export interface TimeScope {
  from: number;
  to: number;
}

export interface QueryScope extends TimeScope {
  step: number;
  rate: number;
}

export interface NameScope {
  uid: string;
  title: string;
  timezone: string;
  /** `var-a=...&var-b=...` of all variables. */
  allVariables: string;
  /** `from=...&to=...` as in the page's own address. */
  urlTimeRange: string;
}

export function timeLookup(t: TimeScope): Lookup {
  const range = Math.max(0, t.to - t.from);
  return (name) => {
    switch (name) {
      case '__from':
        return single(String(t.from));
      case '__to':
        return single(String(t.to));
      case '__range':
        return single(`${Math.max(1, Math.round(range / 1000))}s`);
      case '__range_s':
        return single(String(Math.round(range / 1000)));
      case '__range_ms':
        return single(String(range));
      default:
        return undefined;
    }
  };
}

export function queryLookup(q: QueryScope): Lookup {
  const time = timeLookup(q);
  return (name) => {
    switch (name) {
      case '__interval':
        return single(formatDuration(q.step));
      case '__interval_ms':
        return single(String(q.step));
      case '__rate_interval':
        return single(formatDuration(q.rate));
      case '__rate_interval_ms':
        return single(String(q.rate));
      default:
        return time(name);
    }
  };
}

export function nameLookup(n: NameScope): Lookup {
  const names: Record<string, string> = {
    __dashboard: n.title,
    '__dashboard.uid': n.uid,
    '__dashboard.title': n.title,
    __org: '1',
    '__org.id': '1',
    '__org.name': 'Main Org.',
    __user: 'viewer',
    '__user.login': 'viewer',
    '__user.id': '0',
    '__user.email': '',
    __timezone: n.timezone || 'browser',
    __all_variables: n.allVariables,
    __url_time_range: n.urlTimeRange,
  };
  return (name) => {
    const text = names[name];
    return text === undefined ? undefined : single(text);
  };
}

export function firstOf(...lookups: Lookup[]): Lookup {
  return (name): Resolved | undefined => {
    for (const lookup of lookups) {
      const found = lookup(name);
      if (found) return found;
    }
    return undefined;
  };
}
