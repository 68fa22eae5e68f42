import { useState } from 'preact/hooks';
import { targets as askTargets } from '../api/prometheus';
import type { ActiveTarget, TargetHealth } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { formatCount } from '../charts/number';
import { query, setQuery } from '../shell/router';
import { Icon } from '../ui/Icon';
import { Empty, Loading, Notice } from '../ui/Notice';
import { RefreshPicker } from '../ui/time/RefreshPicker';
import { refreshMs, useAutoRefresh, type Refresh } from '../ui/time/refresh';
import { PoolCard } from './PoolCard';
import { countHealth, groupTargets, type TargetFilter } from './targets';

const DEFAULT_REFRESH: Refresh = '15s';

/** `/prometheus/targets`: who is scraped, how that went, and why not. */
export function TargetsPage() {
  const [refresh, setRefresh] = useState<Refresh>(DEFAULT_REFRESH);
  const answer = useAnswer('targets', (signal) => askTargets('active', signal));
  useAutoRefresh(refreshMs(refresh, 0), answer.reload);
  const filter = readFilter(query.value);
  const targets = answer.data?.activeTargets ?? [];
  return (
    <div class="page">
      <div class="row spread">
        <h1>Targets</h1>
        <RefreshPicker value={refresh} busy={answer.loading && answer.data !== null} onChange={setRefresh} onRefresh={answer.reload} />
      </div>
      {answer.error && <Notice kind="bad">{answer.error.message}</Notice>}
      {answer.data === null && !answer.error && <Loading />}
      {answer.data !== null && targets.length === 0 && (
        <Empty icon="target" title="Nothing is scraped yet">
          <p>Add a scrape_configs section to the configuration and reload.</p>
        </Empty>
      )}
      {targets.length > 0 && (
        <>
          <Filters filter={filter} targets={targets} />
          <Pools targets={targets} filter={filter} />
        </>
      )}
    </div>
  );
}

function Pools(props: { targets: readonly ActiveTarget[]; filter: TargetFilter }) {
  const pools = groupTargets(props.targets, props.filter);
  if (pools.length === 0) {
    return (
      <Empty icon="filter" title="No target passes the filter">
        <button type="button" class="btn" onClick={() => writeFilter({ pool: '', health: '', search: '' })}>
          Clear the filter
        </button>
      </Empty>
    );
  }
  return (
    <>
      {pools.map((pool) => (
        <PoolCard key={pool.name} pool={pool} />
      ))}
    </>
  );
}

function Filters(props: { filter: TargetFilter; targets: readonly ActiveTarget[] }) {
  const { filter, targets } = props;
  const counts = countHealth(targets);
  const pools = [...new Set(targets.map((t) => t.scrapePool))].sort();
  const choices: [TargetHealth | '', string, number][] = [
    ['', 'All', targets.length],
    ['up', 'Up', counts.up],
    ['down', 'Down', counts.down],
    ['unknown', 'Unknown', counts.unknown],
  ];
  return (
    <div class="row">
      <div class="btn-group" role="group" aria-label="Health">
        {choices.map(([health, label, count]) => (
          <button
            type="button"
            key={label}
            class="btn"
            aria-pressed={filter.health === health}
            disabled={health === 'unknown' && count === 0}
            onClick={() => writeFilter({ ...filter, health })}
          >
            {health !== '' && <span class={`dot ${health === 'up' ? 'ok' : health === 'down' ? 'bad' : ''}`} />}
            {label} {formatCount(count)}
          </button>
        ))}
      </div>
      <select class="select" aria-label="Scrape pool" value={filter.pool} onChange={(e) => writeFilter({ ...filter, pool: e.currentTarget.value })}>
        <option value="">All pools</option>
        {pools.map((pool) => (
          <option key={pool} value={pool}>
            {pool}
          </option>
        ))}
      </select>
      <label class="search grow">
        <span class="visually-hidden">Search targets</span>
        <Icon name="search" />
        <input
          class="input"
          type="text"
          placeholder="Search address, labels or error"
          value={filter.search}
          onInput={(e) => writeFilter({ ...filter, search: e.currentTarget.value })}
        />
      </label>
    </div>
  );
}

function readFilter(params: URLSearchParams): TargetFilter {
  const health = params.get('health');
  return {
    pool: params.get('pool') ?? params.get('scrapePool') ?? '',
    health: health === 'up' || health === 'down' || health === 'unknown' ? health : '',
    search: params.get('search') ?? '',
  };
}

function writeFilter(filter: TargetFilter): void {
  const params = new URLSearchParams();
  if (filter.pool !== '') params.set('pool', filter.pool);
  if (filter.health !== '') params.set('health', filter.health);
  if (filter.search !== '') params.set('search', filter.search);
  setQuery(params, { replace: true });
}
