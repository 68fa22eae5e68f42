// The server under test: METERBOX_URL as it is, or METERBOX_BIN started here with a target whose numbers move.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startReplay } from './replay.mjs';

/** Test data beside the project. */
const shared = process.env.METERBOX_SHARED ?? resolve(import.meta.dirname, '../../../shared');
const seedFile = join(shared, 'dashboards', 'seed_vllm-grafana.json');

/**
 * @returns {Promise<{ url: string, seed: string | null, stop: () => Promise<void> } | null>} `null` where there is nothing to test
 */
export async function startServer() {
  if (process.env.METERBOX_URL) {
    // Only who started that server knows which dashboards and targets it has.
    return { url: slash(process.env.METERBOX_URL), seed: process.env.METERBOX_SEED === '1' ? seedUid() : null, stop: async () => undefined };
  }
  const binary = process.env.METERBOX_BIN;
  if (!binary) return null;
  const replay = await startReplay(shared);
  const dir = mkdtempSync(join(tmpdir(), 'meterbox-browser-'));
  const port = await freePort();
  const boards = join(dir, 'boards');
  mkdirSync(boards);
  const seed = seedUid();
  if (seed !== null) copyFileSync(seedFile, join(boards, 'seed.json'));
  else console.log(`# the seed dashboard is not tested: ${seedFile} is absent`);
  const config = join(dir, 'meterbox.yml');
  writeFileSync(
    config,
    [
      'global: {scrape_interval: 1s}',
      'scrape_configs:',
      `  - {job_name: meterbox, static_configs: [{targets: ["127.0.0.1:${port}"]}]}`,
      `  - {job_name: vllm, static_configs: [{targets: ["127.0.0.1:${replay.port}"]}]}`,
      '',
    ].join('\n'),
  );
  const args = ['--config', config, '--data-dir', join(dir, 'data'), '--listen', `127.0.0.1:${port}`, '--dashboards', boards];
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.on('data', (text) => (log += text));
  child.stderr.on('data', (text) => (log += text));
  const url = `http://127.0.0.1:${port}/`;
  const stop = async () => {
    replay.stop();
    if (child.exitCode === null) {
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await until(async () => child.exitCode !== null || (await fetch(`${url}-/ready`)).ok, 15_000, 'the server to be ready');
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await until(async () => (await scrapes(url)) >= 8, 30_000, 'eight scrapes of the replayed target');
  } catch (cause) {
    await stop();
    throw new Error(`${cause.message}\n${log}`);
  }
  return { url, seed, stop };
}

/** The uid of the seed dashboard, `null` where its file is absent. */
function seedUid() {
  return existsSync(seedFile) ? JSON.parse(readFileSync(seedFile, 'utf8')).uid : null;
}

/** How often the replayed target was scraped. */
async function scrapes(url) {
  const answer = await fetch(`${url}prometheus/api/v1/query?query=${encodeURIComponent('count_over_time(up{job="vllm"}[2m])')}`);
  const body = await answer.json();
  return Number(body.data?.result?.[0]?.value?.[1] ?? 0);
}

/**
 * A reverse proxy that shows the server below a path, which it strips.
 * @param {string} upstream
 * @param {string} path with leading and without trailing slash
 */
export async function startProxy(upstream, path) {
  const server = createServer(async (req, res) => {
    const url = req.url ?? '/';
    if (!url.startsWith(`${path}/`)) {
      res.writeHead(404).end();
      return;
    }
    const answer = await fetch(upstream.replace(/\/$/, '') + url.slice(path.length), { headers: { accept: String(req.headers.accept ?? '*/*') } });
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => !['content-encoding', 'content-length', 'transfer-encoding', 'connection'].includes(name)));
    res.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  return { url: `http://127.0.0.1:${portOf(server)}${path}/`, stop: () => server.close() };
}

/** Waits until `check` is true; errors of it mean "not yet". */
export async function until(check, ms, what) {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    try {
      if (await check()) return;
    } catch {
      // Not there yet.
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited ${ms / 1000} s in vain for ${what}`);
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const port = portOf(server);
  await new Promise((done) => server.close(() => done(undefined)));
  return port;
}

function portOf(server) {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function slash(url) {
  return url.endsWith('/') ? url : `${url}/`;
}
