// Serves ../assets the way the binary does (base element, strict CSP, pre-compressed files, immutable hashed
// names), with the Prometheus API proxied. METERBOX_DEV_API names the API, PORT the port, METERBOX_PREFIX a
// sub-path to live under (as behind a reverse proxy that strips it).
import { createServer, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { dashboardFolders, grafanaApi, isPagePath, withBase } from './dev-api.mjs';

const assets = new URL('../../assets/', import.meta.url);
const api = new URL(process.env['METERBOX_DEV_API'] ?? 'http://127.0.0.1:9090');
const port = Number(process.env['PORT'] ?? 4173);
const prefix = process.env['METERBOX_PREFIX'] ?? '';
const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/**
 * Read anew for each request, so that a build while this runs is simply served.
 * @returns {Record<string, { type: string, etag: string, immutable: boolean }>}
 */
function readManifest() {
  return JSON.parse(readFileSync(new URL('manifest.json', assets), 'utf8'));
}

/** @returns {string} */
function readIndex() {
  return gunzipSync(readFileSync(new URL('index.html.gz', assets))).toString('utf8');
}

/**
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 * @param {string} path
 */
function proxy(req, res, path) {
  const upstream = request(
    { host: api.hostname, port: api.port, method: req.method, path, headers: { ...req.headers, host: api.host } },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    },
  );
  upstream.on('error', () => res.writeHead(502).end());
  req.pipe(upstream);
}

createServer((req, res) => {
  try {
    answer(req, res);
  } catch (cause) {
    // In the middle of a build, files are missing for a moment.
    res.writeHead(503).end(String(cause));
  }
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}${prefix}/`));

/**
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 */
function answer(req, res) {
  const raw = req.url ?? '/';
  if (prefix !== '' && !raw.startsWith(`${prefix}/`)) {
    res.writeHead(404).end('outside the sub-path');
    return;
  }
  const local = raw.slice(prefix.length);
  const url = new URL(local, 'http://local');
  const grafana = grafanaApi(url, dashboardFolders());
  if (grafana) {
    res.writeHead(grafana.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(grafana.body));
    return;
  }
  const file = readManifest()[url.pathname.slice(1)];
  if (file && url.pathname !== '/index.html') {
    const brotli = /\bbr\b/.test(String(req.headers['accept-encoding'] ?? ''));
    res.writeHead(200, {
      'Content-Type': file.type,
      'Content-Encoding': brotli ? 'br' : 'gzip',
      ETag: `"${file.etag}"`,
      'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    res.end(readFileSync(new URL(`${url.pathname.slice(1)}.${brotli ? 'br' : 'gz'}`, assets)));
    return;
  }
  if (isPagePath(url.pathname)) {
    res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': CSP });
    res.end(withBase(readIndex(), url.pathname));
    return;
  }
  proxy(req, res, local);
}
