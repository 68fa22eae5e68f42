import { sampleValue } from '../api/samples';
import type { ActiveTarget, MatrixSeries, VectorSeries } from '../api/types';
import { formatBytes, shortNumber } from '../charts/number';
import { parseDuration } from '../ui/time/duration';

/** One figure of the home page with its last hour. */
export interface Glance {
  label: string;
  /** Must yield one series; none means that the box does not have this, and the figure is left out. */
  expr: string;
  format: (value: number) => string;
  /** Upper end of the sparkline where one is known (1 for shares). */
  max?: number;
}

export interface GlanceGroup {
  title: string;
  items: readonly Glance[];
}

const share = (value: number): string => `${shortNumber(value * 100, 3)} %`;
const perSecond = (value: number): string => `${shortNumber(value)}/s`;
const number = (value: number): string => shortNumber(value);

/** What is worth a look on a box that serves models; groups without data do not appear. */
export const GLANCES: readonly GlanceGroup[] = [
  {
    title: 'Inference',
    items: [
      { label: 'Generated tokens', expr: 'sum(rate(vllm:generation_tokens_total[5m]) or rate(sglang:generation_tokens_total[5m]))', format: perSecond },
      { label: 'Requests running', expr: 'sum(vllm:num_requests_running or sglang:num_running_reqs)', format: number },
      { label: 'Requests waiting', expr: 'sum(vllm:num_requests_waiting or sglang:num_queue_reqs)', format: number },
      { label: 'KV cache in use', expr: 'max(vllm:kv_cache_usage_perc or vllm:gpu_cache_usage_perc or sglang:token_usage)', format: share, max: 1 },
    ],
  },
  {
    title: 'Graphics processors',
    items: [
      { label: 'Busy', expr: 'avg(DCGM_FI_DEV_GPU_UTIL) / 100', format: share, max: 1 },
      { label: 'Memory used', expr: 'sum(DCGM_FI_DEV_FB_USED) / (sum(DCGM_FI_DEV_FB_USED) + sum(DCGM_FI_DEV_FB_FREE))', format: share, max: 1 },
      { label: 'Power', expr: 'sum(DCGM_FI_DEV_POWER_USAGE)', format: (value) => `${shortNumber(value)} W` },
      { label: 'Hottest', expr: 'max(DCGM_FI_DEV_GPU_TEMP)', format: (value) => `${shortNumber(value)} °C` },
    ],
  },
  {
    title: 'Host',
    items: [
      { label: 'Processors busy', expr: '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m]))', format: share, max: 1 },
      { label: 'Memory used', expr: '1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes)', format: share, max: 1 },
      {
        label: 'Fullest disk',
        expr: 'max(1 - node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs|overlay|devtmpfs"} / (node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|squashfs|overlay|devtmpfs"} > 0))',
        format: share,
        max: 1,
      },
      { label: 'Network received', expr: 'sum(rate(node_network_receive_bytes_total{device!="lo"}[5m]))', format: (value) => `${formatBytes(value)}/s` },
    ],
  },
];

/** Values of a figure on the grid of its hour, oldest first, `null` for gaps; empty where there is no series. */
export function glanceValues(matrix: readonly MatrixSeries[], start: number, end: number, step: number): (number | null)[] {
  const values = matrix[0]?.values ?? [];
  if (values.length === 0) return [];
  const row = new Array<number | null>(Math.round((end - start) / step) + 1).fill(null);
  for (const [time, text] of values) {
    const value = sampleValue(text);
    const index = Math.round((time - start) / step);
    if (index >= 0 && index < row.length && Number.isFinite(value)) row[index] = value;
  }
  return row;
}

/** The newest value; `null` where the last samples are gone or none was a number. */
export function latest(values: readonly (number | null)[]): number | null {
  return values.at(-1) ?? values.at(-2) ?? null;
}

/**
 * SVG path of a sparkline in a box of `width` by `height`; gaps lift the pen. The scale starts at zero unless values
 * are negative, so that a small wobble does not look like a cliff.
 */
export function sparkPath(values: readonly (number | null)[], width: number, height: number, max?: number): string {
  const present = values.filter((v): v is number => v !== null);
  if (present.length < 2) return '';
  const low = Math.min(0, ...present);
  const high = Math.max(max ?? 0, ...present, low + Number.EPSILON);
  const x = (i: number): string => ((i / (values.length - 1)) * width).toFixed(1);
  const y = (v: number): string => (height - ((v - low) / (high - low)) * height).toFixed(1);
  let path = '';
  let pen = false;
  values.forEach((value, i) => {
    if (value === null) {
      pen = false;
      return;
    }
    path += `${pen ? 'L' : 'M'}${x(i)} ${y(value)}`;
    pen = true;
  });
  return path;
}

/**
 * Samples that arrive per second by scraping: what each target sent last, over its own interval.
 * @param scraped result of `scrape_samples_scraped`
 */
export function samplesPerSecond(targets: readonly ActiveTarget[], scraped: readonly VectorSeries[]): number {
  const key = (labels: Record<string, string>): string => `${labels['job'] ?? ''}\n${labels['instance'] ?? ''}`;
  const interval = new Map(targets.map((t) => [key(t.labels), parseDuration(t.scrapeInterval) ?? 15_000]));
  let sum = 0;
  for (const { metric, value } of scraped) {
    const ms = interval.get(key(metric));
    if (ms !== undefined && ms > 0 && value) sum += sampleValue(value[1]) / (ms / 1000);
  }
  return sum;
}
