// Packs dist/ into ../assets: for each file a .gz and a .br, and manifest.json that tells the server everything
// it needs to answer. Same input and same Node, same bytes: no times, no host, fixed order and settings.
// With --check nothing is written: it fails when what is committed was not built from these sources.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const assets = new URL('../../assets/', import.meta.url).pathname;
const check = process.argv.includes('--check');

/** @type {Record<string, string>} */
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
};

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

/**
 * Level 9, no name, no time; the "operating system" byte is "unknown" on every machine.
 * @param {Buffer} bytes
 */
function gzip(bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255;
  return packed;
}

/** @param {Buffer} bytes */
function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

const files = filesIn(dist)
  .map((path) => ({ url: relative(dist, path), bytes: readFileSync(path) }))
  .sort((a, b) => (a.url < b.url ? -1 : 1));

/** @type {Record<string, { type: string, etag: string, immutable: boolean, bytes: number, gz: number, br: number }>} */
const manifest = {};
/** @type {Map<string, Buffer>} */
const output = new Map();
for (const { url, bytes } of files) {
  const type = TYPES[url.split('.').pop() ?? ''];
  if (type === undefined) throw new Error(`no content type known for ${url}: add it to TYPES`);
  const gz = gzip(bytes);
  const br = brotli(bytes);
  manifest[url] = {
    type,
    etag: createHash('sha256').update(bytes).digest('hex').slice(0, 20),
    immutable: url.startsWith('assets/'),
    bytes: bytes.length,
    gz: gz.length,
    br: br.length,
  };
  output.set(`${url}.gz`, gz);
  output.set(`${url}.br`, br);
}

if (check) {
  verify();
} else {
  rmSync(assets, { recursive: true, force: true });
  for (const [name, bytes] of output) {
    mkdirSync(dirname(join(assets, name)), { recursive: true });
    writeFileSync(join(assets, name), bytes);
  }
  writeFileSync(join(assets, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  const sum = Object.values(manifest).reduce((total, file) => total + file.gz, 0);
  for (const [url, file] of Object.entries(manifest)) console.log(`${String(file.gz).padStart(8)} gz  ${String(file.br).padStart(8)} br  ${url}`);
  console.log(`${String(sum).padStart(8)} gz  altogether`);
}

/** Compares contents, not compressed bytes: another zlib may pack the same file differently. */
function verify() {
  const problems = [];
  const committed = existsSync(join(assets, 'manifest.json')) ? JSON.parse(readFileSync(join(assets, 'manifest.json'), 'utf8')) : {};
  for (const { url, bytes } of files) {
    const path = join(assets, `${url}.gz`);
    if (!existsSync(path)) problems.push(`${url} is missing`);
    else if (!gunzipSync(readFileSync(path)).equals(bytes)) problems.push(`${url} differs`);
    if (committed[url]?.etag !== manifest[url]?.etag) problems.push(`${url} has another etag in manifest.json`);
  }
  for (const url of Object.keys(committed)) if (!(url in manifest)) problems.push(`${url} is left over`);
  if (problems.length > 0) {
    console.error(`assets/ was not built from these sources; run npm run build.\n${problems.join('\n')}`);
    process.exit(1);
  }
  console.log(`assets/ matches the sources (${files.length} files)`);
}
