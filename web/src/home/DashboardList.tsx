import { searchDashboards } from '../api/prometheus';
import { useAnswer } from '../api/useAnswer';
import { Icon } from '../ui/Icon';
import { Empty, Loading, Notice } from '../ui/Notice';

const SHOWN = 12;

export function DashboardList() {
  const answer = useAnswer('home dashboards', (signal) => searchDashboards('', signal));
  const list = answer.data ?? [];
  return (
    <section class="card">
      <header>
        <h2 class="grow">Dashboards</h2>
        {list.length > 0 && <a href="grafana/">All {list.length}</a>}
      </header>
      {answer.error && (
        <div class="body">
          <Notice kind="bad">{answer.error.message}</Notice>
        </div>
      )}
      {answer.data === null && !answer.error && <Loading />}
      {answer.data !== null && list.length === 0 && (
        <Empty icon="dashboard" title="No dashboards">
          <p>Start with --dashboards DIR to show your own.</p>
        </Empty>
      )}
      <ul class="link-list">
        {list.slice(0, SHOWN).map((hit) => (
          <li key={hit.uid}>
            <a href={hit.url.replace(/^\/+/, '')}>
              <Icon name="dashboard" />
              <span class="grow">{hit.title}</span>
              {hit.tags.slice(0, 3).map((tag) => (
                <span key={tag} class="chip">
                  {tag}
                </span>
              ))}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
