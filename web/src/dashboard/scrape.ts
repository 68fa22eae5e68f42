/**
 * How often the metrics of a query are really scraped. Rates over fewer than four scrapes show nothing, so the window of
 * `$__rate_interval` follows the jobs that expose the metric rather than a guess.
 */
import { labelValues, targets } from '../api/prometheus';
import { parseDuration } from '../compat/interval';
import { metricsIn } from '../compat/variables';

const FALLBACK_MS = 15_000;
/** Targets come and go slowly; a minute-old list is good enough. */
const KEEP_MS = 60_000;

export class ScrapeIntervals {
  private loaded = 0;
  private pools: Promise<Map<string, number>> | null = null;
  private readonly jobs = new Map<string, Promise<string[]>>();

  /** The interval in ms for an expression; one answer for all when every job has the same. */
  async of(expr: string): Promise<number> {
    const pools = await this.byJob();
    const distinct = new Set(pools.values());
    if (distinct.size <= 1) return [...distinct][0] ?? FALLBACK_MS;
    const metrics = metricsIn(expr);
    if (metrics.length === 0) return Math.max(...distinct);
    const jobs = await this.jobsOf(metrics);
    const known = jobs.map((j) => pools.get(j)).filter((ms) => ms !== undefined);
    // A rate over several jobs needs the slowest of them.
    return known.length > 0 ? Math.max(...known) : FALLBACK_MS;
  }

  private byJob(): Promise<Map<string, number>> {
    if (this.pools && Date.now() - this.loaded < KEEP_MS) return this.pools;
    this.loaded = Date.now();
    this.jobs.clear();
    this.pools = loadPools();
    return this.pools;
  }

  private jobsOf(metrics: readonly string[]): Promise<string[]> {
    const key = metrics.join('|');
    const known = this.jobs.get(key);
    if (known) return known;
    const asked = labelValues('job', { match: [`{__name__=~"${key}"}`] }).then((a) => (a.ok ? a.data : []));
    this.jobs.set(key, asked);
    return asked;
  }
}

async function loadPools(): Promise<Map<string, number>> {
  const answer = await targets('active');
  const intervals = new Map<string, number>();
  if (!answer.ok) return intervals;
  for (const t of answer.data.activeTargets) {
    const ms = parseDuration(t.scrapeInterval ?? '');
    if (ms === undefined || ms <= 0) continue;
    for (const name of [t.labels['job'], t.scrapePool]) {
      if (name !== undefined && name !== '') intervals.set(name, Math.max(ms, intervals.get(name) ?? 0));
    }
  }
  return intervals;
}
