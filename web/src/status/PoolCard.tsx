import { useState } from 'preact/hooks';
import type { ActiveTarget, Labels } from '../api/types';
import { Icon } from '../ui/Icon';
import { ago } from './ago';
import { describeDuration } from '../ui/time/duration';
import type { Pool } from './targets';

/** Targets drawn at once in one pool. */
const FIRST = 100;

/** A scrape pool; closed pools draw no rows. */
export function PoolCard(props: { pool: Pool }) {
  const { pool } = props;
  const [open, setOpen] = useState(true);
  const [all, setAll] = useState(false);
  const shown = all ? pool.targets : pool.targets.slice(0, FIRST);
  const healthy = pool.up === pool.total;
  return (
    <section class="card pool" aria-label={`Pool ${pool.name}`}>
      <button type="button" class="pool-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? 'down' : 'right'} />
        <h2>{pool.name}</h2>
        <span class={`chip ${healthy ? 'ok' : 'bad'}`}>
          {pool.up} of {pool.total} up
        </span>
      </button>
      {open && (
        <div class="target-list">
          {shown.map((target) => (
            <TargetRow key={`${target.scrapeUrl} ${JSON.stringify(target.labels)}`} target={target} />
          ))}
          {pool.targets.length > shown.length && (
            <button type="button" class="btn ghost" onClick={() => setAll(true)}>
              Show all {pool.targets.length} targets
            </button>
          )}
        </div>
      )}
    </section>
  );
}

const HEALTH_CLASS: Record<ActiveTarget['health'], string> = { up: 'ok', down: 'bad', unknown: '' };

function TargetRow(props: { target: ActiveTarget }) {
  const { target } = props;
  const [details, setDetails] = useState(false);
  return (
    <article class="target" data-health={target.health}>
      <div class="target-main">
        <span class={`chip ${HEALTH_CLASS[target.health]}`}>{target.health}</span>
        <a class="target-url mono" href={target.scrapeUrl} target="_blank" rel="noreferrer">
          {target.scrapeUrl}
        </a>
      </div>
      <div class="target-labels">
        <LabelChips labels={target.labels} />
      </div>
      <div class="target-times caption">
        <span title={target.lastScrape}>{ago(target.lastScrape)}</span>
        {target.lastScrapeDuration > 0 && <span>took {describeDuration(target.lastScrapeDuration * 1000)}</span>}
        <span>every {target.scrapeInterval}</span>
        <button type="button" class="link-button" aria-expanded={details} onClick={() => setDetails(!details)}>
          {details ? 'Less' : 'Details'}
        </button>
      </div>
      {target.lastError !== '' && (
        <p class="target-error">
          <Icon name="error" />
          <span class="mono">{target.lastError}</span>
        </p>
      )}
      {details && (
        <div class="target-details">
          <p class="caption">Timeout {target.scrapeTimeout}. Labels before relabelling:</p>
          <div class="row">
            <LabelChips labels={target.discoveredLabels} />
          </div>
        </div>
      )}
    </article>
  );
}

function LabelChips(props: { labels: Labels }) {
  return (
    <>
      {Object.entries(props.labels).map(([name, value]) => (
        <span key={name} class="chip label-chip mono">
          {name}="{value}"
        </span>
      ))}
    </>
  );
}
