// What the server does around the pages, for development without it: the base element, the list of page
// paths, and Grafana's read-only API over a folder of dashboard files.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The relative prefix from a page's path to the app's root: `/grafana/d/a/b` needs `../../../`.
 * @param {string} pathname below the app's root, with its leading slash
 * @returns {string}
 */
export function basePrefix(pathname) {
  const depth = pathname.split('/').length - 2;
  return depth <= 0 ? './' : '../'.repeat(depth);
}

/**
 * @param {string} html
 * @param {string} pathname
 * @returns {string}
 */
export function withBase(html, pathname) {
  return html.replace('<base href="./"', `<base href="${basePrefix(pathname)}"`);
}

const PAGE = /^\/(?:$|index\.html$|prometheus(?:\/(?:query|graph|targets|status|flags|config|tsdb|tsdb-status)?)?$|grafana(?:\/(?:dashboards)?)?$|grafana\/d(?:-solo)?\/)/;

/**
 * @param {string} pathname
 * @returns {boolean}
 */
export function isPagePath(pathname) {
  return PAGE.test(pathname);
}

/**
 * @typedef {{ uid: string, title: string, tags: string[], slug: string, dashboard: Record<string, unknown> }} Entry
 */

/**
 * @param {readonly string[]} folders
 * @returns {Entry[]}
 */
function readDashboards(folders) {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => {
        /** @type {unknown} */
        const parsed = JSON.parse(readFileSync(join(folder, name), 'utf8'));
        if (typeof parsed !== 'object' || parsed === null) return [];
        const dashboard = /** @type {Record<string, unknown>} */ (parsed);
        const stem = name.replace(/\.json$/, '');
        const title = typeof dashboard['title'] === 'string' ? dashboard['title'] : stem;
        const uid = typeof dashboard['uid'] === 'string' && dashboard['uid'] !== '' ? dashboard['uid'] : stem;
        const tags = Array.isArray(dashboard['tags']) ? dashboard['tags'].filter((t) => typeof t === 'string') : [];
        const slug = title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'dashboard';
        return [{ uid, title, tags, slug, dashboard }];
      }),
  );
}

/**
 * Answers `/grafana/api/...`; `null` for anything else. Folders are read anew each time.
 * @param {URL} url
 * @param {readonly string[]} folders
 * @returns {{ status: number, body: unknown } | null}
 */
export function grafanaApi(url, folders) {
  if (!url.pathname.startsWith('/grafana/api/')) return null;
  const path = url.pathname.slice('/grafana/api/'.length);
  if (path === 'health') return { status: 200, body: { database: 'ok', version: '0.0.0' } };
  if (path === 'frontend/settings') return { status: 200, body: { buildInfo: { version: '0.0.0' } } };
  const entries = readDashboards(folders);
  if (path === 'search') {
    const query = (url.searchParams.get('query') ?? '').toLowerCase();
    const tags = url.searchParams.getAll('tag');
    const body = entries
      .filter((e) => e.title.toLowerCase().includes(query) && tags.every((tag) => e.tags.includes(tag)))
      .map((e) => ({ uid: e.uid, title: e.title, tags: e.tags, url: `/grafana/d/${e.uid}/${e.slug}`, folderTitle: 'General', folderUid: 'general', type: 'dash-db' }));
    return { status: 200, body };
  }
  const wanted = /^dashboards\/uid\/(.+)$/.exec(path);
  if (wanted) {
    const entry = entries.find((e) => e.uid === decodeURIComponent(wanted[1] ?? ''));
    if (!entry) return { status: 404, body: { message: 'Dashboard not found' } };
    return { status: 200, body: { dashboard: entry.dashboard, meta: { slug: entry.slug, folderTitle: 'General', provisioned: true } } };
  }
  return { status: 404, body: { message: 'Not found' } };
}

/** Folders named by METERBOX_DEV_DASHBOARDS (colon-separated) beside the shipped ones, those that exist. */
export function dashboardFolders() {
  const named = (process.env['METERBOX_DEV_DASHBOARDS'] ?? '').split(':').filter((f) => f !== '');
  return [new URL('../../dashboards', import.meta.url).pathname, ...named].filter((folder) => {
    try {
      readdirSync(folder);
      return true;
    } catch {
      return false;
    }
  });
}
