import type { ActiveTarget } from '../api/types';
import { Icon } from '../ui/Icon';

const SHOWN = 4;

/** Targets that are down and why; an invitation where nothing is scraped. Silent when all is well. */
export function TargetTrouble(props: { targets: readonly ActiveTarget[]; loaded: boolean }) {
  const { targets, loaded } = props;
  if (!loaded) return null;
  if (targets.length === 0) {
    return (
      <div class="notice info">
        <Icon name="info" />
        <p>Nothing is scraped yet. Name your engines and exporters under scrape_configs in the configuration file, then reload.</p>
      </div>
    );
  }
  const down = targets.filter((t) => t.health === 'down');
  if (down.length === 0) return null;
  return (
    <section class="card trouble" aria-label="Targets that are down">
      <header>
        <Icon name="warn" />
        <h2 class="grow">{down.length === 1 ? 'One target is down' : `${down.length} targets are down`}</h2>
        <a href="prometheus/targets?health=down">See all</a>
      </header>
      <ul>
        {down.slice(0, SHOWN).map((target) => (
          <li key={`${target.scrapePool} ${target.scrapeUrl}`}>
            <strong>{target.labels['job'] ?? target.scrapePool}</strong> <span class="mono">{target.labels['instance'] ?? target.scrapeUrl}</span>
            <span class="trouble-why">{target.lastError}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
