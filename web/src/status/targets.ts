import type { ActiveTarget, TargetHealth } from '../api/types';

export interface TargetFilter {
  /** `''` is every pool. */
  pool: string;
  health: TargetHealth | '';
  /** Words that must all occur in address, labels or error. */
  search: string;
}

export interface Pool {
  name: string;
  targets: ActiveTarget[];
  up: number;
  /** All targets of the pool, also those filtered away. */
  total: number;
}

/** The targets that pass, by pool; pools in order, the ones with trouble first within a pool. */
export function groupTargets(targets: readonly ActiveTarget[], filter: TargetFilter): Pool[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter((w) => w !== '');
  const pools = new Map<string, Pool>();
  for (const target of targets) {
    const pool = pools.get(target.scrapePool) ?? { name: target.scrapePool, targets: [], up: 0, total: 0 };
    pools.set(target.scrapePool, pool);
    pool.total += 1;
    if (target.health === 'up') pool.up += 1;
    if (filter.pool !== '' && filter.pool !== target.scrapePool) continue;
    if (filter.health !== '' && filter.health !== target.health) continue;
    if (words.length > 0 && !matches(target, words)) continue;
    pool.targets.push(target);
  }
  const shown = [...pools.values()].filter((pool) => pool.targets.length > 0);
  for (const pool of shown) pool.targets.sort((a, b) => rank(a) - rank(b) || (a.scrapeUrl < b.scrapeUrl ? -1 : 1));
  return shown.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function rank(target: ActiveTarget): number {
  return target.health === 'down' ? 0 : target.health === 'unknown' ? 1 : 2;
}

function matches(target: ActiveTarget, words: readonly string[]): boolean {
  const labels = Object.entries(target.labels).map(([k, v]) => `${k}="${v}"`);
  const text = [target.scrapeUrl, target.scrapePool, target.lastError, ...labels].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

export function countHealth(targets: readonly ActiveTarget[]): Record<TargetHealth, number> {
  const counts: Record<TargetHealth, number> = { up: 0, down: 0, unknown: 0 };
  for (const target of targets) counts[target.health] += 1;
  return counts;
}
