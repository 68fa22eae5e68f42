import './list.css';
import { useEffect, useState } from 'preact/hooks';
import { searchDashboards } from '../api/prometheus';
import type { ApiError } from '../api/client';
import type { DashboardHit } from '../api/types';
import { query, setQuery } from '../shell/router';
import { Icon } from '../ui/Icon';
import { Empty, Loading, Notice } from '../ui/Notice';
import { groupByFolder, matchingHits, tagCounts } from './list-model';

/** All dashboards: searched by title, narrowed by tags, grouped by folder. */
export function DashboardListPage() {
  const [hits, setHits] = useState<DashboardHit[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    void searchDashboards('', abort.signal).then((a) => {
      if (a.ok) setHits(a.data);
      else if (a.error.kind !== 'aborted') setError(a.error);
    });
    return () => abort.abort();
  }, []);
  const [allTags, setAllTags] = useState(false);
  const search = query.value.get('query') ?? '';
  const tags = query.value.getAll('tag');
  const change = (update: (p: URLSearchParams) => void): void => {
    const p = new URLSearchParams(query.peek());
    update(p);
    setQuery(p, { replace: true });
  };
  const toggleTag = (tag: string): void =>
    change((p) => {
      const rest = p.getAll('tag').filter((t) => t !== tag);
      p.delete('tag');
      for (const t of tags.includes(tag) ? rest : [...rest, tag]) p.append('tag', t);
    });
  const found = matchingHits(hits ?? [], search, tags);
  const folders = groupByFolder(found);
  return (
    <div class="page dash-list">
      <div class="row spread">
        <h1>Dashboards</h1>
        <label class="search dash-list-search">
          <Icon name="search" />
          <input class="input" type="search" placeholder="Search dashboards" aria-label="Search dashboards" value={search} onInput={(e) => change((p) => (e.currentTarget.value === '' ? p.delete('query') : p.set('query', e.currentTarget.value)))} />
        </label>
      </div>
      {error && (
        <Notice kind="bad" title="Dashboards">
          {error.message}
        </Notice>
      )}
      {!hits && !error && <Loading />}
      {hits && (
        <div class="row" role="group" aria-label="Tags">
          {shownTags(tagCounts(hits), allTags, tags).map(([tag, n]) => (
            <button key={tag} type="button" class={tags.includes(tag) ? 'chip info' : 'chip'} aria-pressed={tags.includes(tag)} onClick={() => toggleTag(tag)}>
              {tag} <span class="caption">{n}</span>
            </button>
          ))}
          {tagCounts(hits).length > TAGS && (
            <button type="button" class="btn ghost dash-tags-more" aria-expanded={allTags} onClick={() => setAllTags(!allTags)}>
              {allTags ? 'Fewer tags' : 'All tags'}
            </button>
          )}
        </div>
      )}
      {folders.map(({ folder, items }) => (
        <section key={folder} class="card">
          <header>
            <Icon name="folder" />
            <h2>{folder}</h2>
            <span class="caption">{items.length}</span>
          </header>
          <ul class="dash-items">
            {items.map((h) => (
              <li key={h.uid}>
                <a href={h.url.replace(/^\/+/, '')}>
                  <Icon name="dashboard" />
                  <span class="dash-item-title">{h.title}</span>
                </a>
                <span class="dash-item-tags">
                  {h.tags.map((t) => (
                    <button key={t} type="button" class="chip" onClick={() => toggleTag(t)}>
                      {t}
                    </button>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {hits && found.length === 0 && <Empty icon="search" title={hits.length === 0 ? 'There are no dashboards' : 'No dashboard fits the search'} />}
    </div>
  );
}

/** Tags shown before somebody asks for all of them. */
const TAGS = 16;

function shownTags(counts: [string, number][], all: boolean, chosen: readonly string[]): [string, number][] {
  return all ? counts : counts.filter(([tag], i) => i < TAGS || chosen.includes(tag));
}
