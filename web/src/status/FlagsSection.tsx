import { useState } from 'preact/hooks';
import { flags as askFlags } from '../api/prometheus';
import { useAnswer } from '../api/useAnswer';
import { Icon } from '../ui/Icon';
import { Empty, Loading, Notice } from '../ui/Notice';

export function FlagsSection() {
  const answer = useAnswer('flags', askFlags);
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const rows = Object.entries(answer.data ?? {})
    .filter(([name, value]) => `--${name}=${value}`.toLowerCase().includes(wanted))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <section class="card">
      <header>
        <h2 class="grow">Command line</h2>
        <label class="search">
          <span class="visually-hidden">Search flags</span>
          <Icon name="search" />
          <input class="input" type="text" placeholder="Search flags" value={search} onInput={(e) => setSearch(e.currentTarget.value)} />
        </label>
      </header>
      {answer.error && <Notice kind="bad">{answer.error.message}</Notice>}
      {answer.data === null && !answer.error && <Loading />}
      {answer.data !== null && rows.length === 0 && <Empty icon="search" title="No such flag" />}
      {rows.length > 0 && (
        <dl class="fields">
          {rows.map(([name, value]) => (
            <div key={name} class="field-row">
              <dt class="mono">--{name}</dt>
              <dd class="mono">{value === '' ? <span class="caption">(empty)</span> : value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
