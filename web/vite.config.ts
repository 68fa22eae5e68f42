import { defineConfig, type Plugin } from 'vite';
import { dashboardFolders, grafanaApi, withBase } from './scripts/dev-api.mjs';

/**
 * The page is one HTML file behind any sub-path: `base: './'` keeps every reference relative, and the
 * server rewrites `<base href>` in index.html so that relative means "relative to the app's root".
 *
 * A dashboard's first visit may make four requests: page, entry, style, dashboard chunk. So everything the pages
 * share stays in the entry, and so does the dashboards' style; the other pages bring their own.
 */
export default defineConfig({
  base: './',
  plugins: [likeTheServer()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { main: 'index.html' },
      preserveEntrySignatures: false,
      output: {
        codeSplitting: { groups: [{ name: 'main', test: isShared }, { name: 'dashboard', test: isDashboard }] },
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: (chunk) => `assets/${chunkName(chunk.facadeModuleId, chunk.name)}-[hash].js`,
        assetFileNames: (asset) => `assets/${folderOf(asset.originalFileNames[0]) ?? '[name]'}-[hash][extname]`,
      },
    },
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: { '^/prometheus/(api|-|metrics)': { target: process.env['METERBOX_DEV_API'] ?? 'http://127.0.0.1:9090' } },
  },
});

/** What belongs to the entry chunk although pages share it. */
function isShared(id: string): boolean {
  if (/\/src\/(?:panels|dashboard)\/[\w-]+\.css$/.test(id)) return true;
  return /\/src\/(?:main\.tsx$|shell\/|api\/|ui\/|charts\/|styles\/index)/.test(id) || /\/node_modules\/(?:@?preact|uplot)\//.test(id);
}

/** What every dashboard needs comes as one file, also where rarely used chunks share it. */
function isDashboard(id: string): boolean {
  if (/\/src\/compat\/(?:transforms\/|migrate|math\.)/.test(id)) return false;
  if (/\/src\/panels\/(?:rare|BarChart|HistogramPanel|PieChart|StateTimeline|markdown)\./.test(id)) return false;
  if (/\/src\/dashboard\/(?:DashboardListPage|list|list-model|Inspect|inspect-data)\./.test(id)) return false;
  return /\/src\/(?:compat|panels|dashboard)\//.test(id);
}

/** A page's files are called after its folder in src (`dashboard`, `query`), not after the module it starts with. */
function chunkName(facade: string | null, name: string): string {
  return folderOf(facade ?? undefined) ?? name;
}

function folderOf(module: string | undefined): string | undefined {
  return module === undefined ? undefined : /src\/(\w+)\/(?:pages|QueryPage|HomePage)\.tsx$/.exec(module)?.[1];
}

/**
 * In development: the server's part around the pages. The Prometheus API comes from METERBOX_DEV_API (a meterbox,
 * or a Prometheus started with --web.route-prefix=/prometheus), dashboards from files.
 */
function likeTheServer(): Plugin {
  return {
    name: 'like-the-server',
    apply: 'serve',
    transformIndexHtml: (html, context) => withBase(html, new URL(context.originalUrl ?? '/', 'http://local').pathname),
    configureServer(server) {
      server.middlewares.use((req, res, next) => {
        const answer = grafanaApi(new URL(req.url ?? '/', 'http://local'), dashboardFolders());
        if (answer === null) return next();
        res.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer.body));
      });
    },
  };
}
