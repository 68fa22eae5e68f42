import { computed, signal } from '@preact/signals';
import { appPath, appUrl } from './base';
import { isPage, matchRoute } from './routes';

/**
 * The address bar as signals. Pages read `query` and write it with `setQuery`; links are ordinary
 * `<a href="prometheus/query">` (relative to the app's root) and are taken over here.
 */

const current = signal(new URL(window.location.href));

/** App-relative path of the page shown, without slashes at its ends. */
export const path = computed(() => appPath(current.value) ?? '');

/** What to show for it. */
export const route = computed(() => matchRoute(path.value));

/** The query string; treat as read-only. */
export const query = computed(() => current.value.searchParams);

/** Shows another page. `to` is app-relative (`grafana/d/x/y?from=now-1h`). */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const url = new URL(appUrl(to));
  if (options.replace) window.history.replaceState(null, '', url);
  else window.history.pushState(null, '', url);
  current.value = url;
}

/**
 * Replaces the query string of the page shown. With `replace` no entry is added to the history: use that for
 * what the page does by itself, and a new entry for what the user chose.
 */
export function setQuery(params: URLSearchParams, options: { replace?: boolean } = {}): void {
  const url = new URL(current.value);
  url.search = readable(params);
  if (url.search === current.value.search) return;
  if (options.replace) window.history.replaceState(null, '', url);
  else window.history.pushState(null, '', url);
  current.value = url;
}

/** Starts listening to back/forward and to clicks on links. Called once. */
export function startRouter(): void {
  window.addEventListener('popstate', () => {
    current.value = new URL(window.location.href);
  });
  document.addEventListener('click', (event) => {
    const to = linkTarget(event);
    if (to === null) return;
    event.preventDefault();
    navigate(to);
    window.scrollTo(0, 0);
  });
}

function linkTarget(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const anchor = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (!anchor || anchor.target !== '' || anchor.hasAttribute('download')) return null;
  const url = new URL(anchor.href, document.baseURI);
  const inside = appPath(url);
  if (inside === null || !isPage(inside)) return null;
  if (url.hash !== '' && inside === path.value) return null;
  return inside + url.search + url.hash;
}

/** `URLSearchParams` escapes more than a query string needs; keep what people read in the address bar. */
function readable(params: URLSearchParams): string {
  return params.toString().replace(/%2F/g, '/').replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%24/g, '$');
}
