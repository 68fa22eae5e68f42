/**
 * Where the app lives. The server rewrites `<base href>` so that the document's base is the app's root at
 * any sub-path; everything else in this code is written relative to it, without a leading slash.
 */

/** The app's root with a trailing slash, e.g. `http://box:10161/monitoring/`. */
export function appRoot(): string {
  return new URL('.', document.baseURI).href;
}

/** Absolute URL of an app-relative path such as `prometheus/api/v1/query`. */
export function appUrl(path: string): string {
  return new URL(path.replace(/^\/+/, ''), appRoot()).href;
}

/**
 * The app-relative path of a URL, decoded segment by segment is left to the caller.
 * `null` when the URL belongs to another origin or lies outside the app's root.
 */
export function appPath(url: URL, root: string = appRoot()): string | null {
  const base = new URL(root);
  if (url.origin !== base.origin) return null;
  if (url.pathname === base.pathname.replace(/\/$/, '')) return '';
  if (!url.pathname.startsWith(base.pathname)) return null;
  return url.pathname.slice(base.pathname.length).replace(/\/+$/, '');
}
