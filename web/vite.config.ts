import { defineConfig, type Plugin } from 'vite';
import { dashboardFolders, grafanaApi, withBase } from './scripts/dev-api.mjs';

/**
 * The page is one HTML file behind any sub-path: `base: './'` keeps every reference relative, and the
 * server rewrites `<base href>` in index.html so that relative means "relative to the app's root".
 *
 * All CSS goes into one file (a dashboard's first visit may make four requests: page, entry, style,
 * dashboard chunk), and everything the routes share stays in the entry for the same reason.
 */
export default defineConfig({
  base: './',
  plugins: [likeTheServer()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { main: 'index.html' },
      preserveEntrySignatures: false,
      output: {
        codeSplitting: { groups: [{ name: 'main', test: isShared }] },
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: (chunk) => `assets/${chunkName(chunk.facadeModuleId, chunk.name)}-[hash].js`,
        assetFileNames: 'assets/[name]-[hash][extname]',
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
  return /\/src\/(?:main\.tsx$|shell\/|api\/|ui\/|charts\/|home\/)/.test(id) || /\/node_modules\/(?:@?preact|uplot)\//.test(id);
}

/** A chunk is called after its folder in src (`dashboard`, `query`), not after the file it starts with. */
function chunkName(facade: string | null, name: string): string {
  const folder = facade === null ? null : /\/src\/(\w+)\/(?:pages|QueryPage)\.tsx$/.exec(facade);
  return folder?.[1] ?? name;
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
