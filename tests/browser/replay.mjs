// A target that behaves like a busy vLLM, of the generation that the seed dashboard was made for: between two
// recorded expositions counters and histograms go on growing and gauges swing. Without the recordings a small page
// of the same shape is used.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** Seconds in which counters grow by the difference between the two recordings. */
const PERIOD = 15;

/** @param {string} shared folder of the recordings */
export async function startReplay(shared) {
  const [before, after] = ['0', '1'].map((n) => join(shared, 'samples', `vllm_v0.${n}.prom`));
  const recorded = existsSync(before) && existsSync(after);
  if (!recorded) console.log(`# replaying a built-in page: ${before} is absent`);
  const first = recorded ? readFileSync(before, 'utf8') : page(0);
  const second = recorded ? readFileSync(after, 'utf8') : page(1);
  const started = Date.now();
  const server = createServer((_req, res) => {
    const text = between(first, second, (Date.now() - started) / 1000);
    res.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(text);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, stop: () => server.close() };
}

/** The exposition `seconds` after the first recording. */
function between(first, second, seconds) {
  const types = new Map();
  const others = second.split('\n');
  return first
    .split('\n')
    .map((line, i) => {
      const type = /^# TYPE (\S+) (\S+)/.exec(line);
      if (type) types.set(type[1], type[2]);
      const sample = /^([^#].*) (\S+)$/.exec(line);
      if (!sample) return line;
      const [, series = '', text = ''] = sample;
      const a = Number(text);
      const b = Number((others[i] ?? '').split(' ').at(-1));
      if (!Number.isFinite(a) || !Number.isFinite(b) || a === b) return line;
      const name = series.replace(/[{ ].*/, '');
      const type2 = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, ''));
      if (type2 === 'gauge' || type2 === 'untyped') return `${series} ${a + (b - a) * (0.5 + 0.5 * Math.sin(seconds / 20))}`;
      const grown = a + ((b - a) * seconds) / PERIOD;
      return `${series} ${/_(bucket|count)$/.test(name) ? Math.floor(grown) : grown}`;
    })
    .join('\n');
}

function page(n) {
  const label = 'engine="0",model_name="small"';
  const buckets = ['0.1', '0.5', '1', '+Inf'].map((le, i) => `vllm:e2e_request_latency_seconds_bucket{${label},le="${le}"} ${10 + n * 5 * (i + 1)}`);
  return [
    '# TYPE vllm:num_requests_running gauge',
    `vllm:num_requests_running{${label}} ${4 + n * 8}`,
    '# TYPE vllm:generation_tokens_total counter',
    `vllm:generation_tokens_total{${label}} ${1000 + n * 9000}`,
    '# TYPE vllm:e2e_request_latency_seconds histogram',
    ...buckets,
    `vllm:e2e_request_latency_seconds_sum{${label}} ${3 + n * 9}`,
    `vllm:e2e_request_latency_seconds_count{${label}} ${10 + n * 20}`,
    '',
  ].join('\n');
}
