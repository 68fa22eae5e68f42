/** Which page a path shows. Pure, so that the server's list of pages and this one can be compared in a test. */

export type StatusSection = 'runtime' | 'flags' | 'config' | 'tsdb';

export type Route =
  | { page: 'home' }
  | { page: 'query' }
  | { page: 'targets' }
  | { page: 'status'; section: StatusSection }
  | { page: 'dashboards' }
  | { page: 'dashboard'; uid: string; slug: string; solo: boolean }
  | { page: 'redirect'; to: string }
  | { page: 'missing' };

/** Prometheus's own page names lead to the matching section, so that old bookmarks work. */
const PROMETHEUS_PAGES: Record<string, Route> = {
  '': { page: 'redirect', to: 'prometheus/query' },
  graph: { page: 'redirect', to: 'prometheus/query' },
  query: { page: 'query' },
  targets: { page: 'targets' },
  status: { page: 'status', section: 'runtime' },
  flags: { page: 'status', section: 'flags' },
  config: { page: 'status', section: 'config' },
  tsdb: { page: 'status', section: 'tsdb' },
  'tsdb-status': { page: 'redirect', to: 'prometheus/tsdb' },
};

/** @param path app-relative, without leading or trailing slash. */
export function matchRoute(path: string): Route {
  const [first = '', ...rest] = path.split('/').map(decodeSegment);
  if (first === '' || path === 'index.html') return { page: 'home' };
  if (first === 'prometheus') {
    if (rest.length > 1) return { page: 'missing' };
    return PROMETHEUS_PAGES[rest[0] ?? ''] ?? { page: 'missing' };
  }
  if (first === 'grafana') {
    const [kind = '', uid = '', slug = ''] = rest;
    if (kind === '' || kind === 'dashboards') return { page: 'dashboards' };
    if ((kind === 'd' || kind === 'd-solo') && uid !== '') {
      return { page: 'dashboard', uid, slug, solo: kind === 'd-solo' };
    }
  }
  return { page: 'missing' };
}

/** A path the browser must fetch itself (API, metrics, files), not a page of this app. */
export function isPage(path: string): boolean {
  return matchRoute(path).page !== 'missing';
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
