/** Addresses of panel, data and dashboard links. Pure. */
import { interpolate, type Lookup } from '../compat/interpolate';

/**
 * The address with variables filled in, or null where it would not be safe to follow (javascript: and the like).
 * Grafana's absolute paths (`/d/...`) lead to the same place in this app, whatever sub-path it lives under.
 */
export function safeUrl(template: string, lookup: Lookup): string | null {
  const encoded = (r: { values: string[] }): string => r.values.map((v) => (/[=&]/.test(v) ? v : encodeURIComponent(v))).join(',');
  const url = interpolate(template, lookup, encoded).trim();
  if (url === '') return null;
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return /^(https?|mailto):/i.test(url) ? url : null;
  if (url.startsWith('//')) return null;
  const path = url.replace(/^\/+(grafana\/+)?/, '');
  if (/^(d|d-solo|dashboards)(\/|$|\?)/.test(path)) return `grafana/${path}`;
  return path;
}
