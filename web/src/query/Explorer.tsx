import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ApiError } from '../api/client';
import { labelValues, metadata } from '../api/prometheus';
import { formatCount } from '../charts/number';
import { Icon } from '../ui/Icon';
import { Modal } from '../ui/Modal';
import { Empty, Loading, Notice } from '../ui/Notice';
import { MetricDetail } from './MetricDetail';
import { describeMetrics, searchMetrics, type MetricInfo } from './metrics';

/** Rows drawn at once; a better search word is quicker than scrolling further. */
const SHOWN = 150;

/** All metrics of the store with type and help, searchable. */
export function Explorer(props: { onClose: () => void; onInsert: (text: string) => void; onRun: (expr: string) => void }) {
  const [metrics, setMetrics] = useState<MetricInfo[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<string | null>(null);

  useEffect(() => {
    const abort = new AbortController();
    void Promise.all([labelValues('__name__', {}, abort.signal), metadata(undefined, abort.signal)]).then(([names, meta]) => {
      if (abort.signal.aborted) return;
      if (!names.ok) setError(names.error);
      else setMetrics(describeMetrics(names.data, meta.ok ? meta.data : {}));
    });
    return () => abort.abort();
  }, []);

  const found = useMemo(() => searchMetrics(metrics ?? [], search), [metrics, search]);
  return (
    <Modal title="Metrics" class="explorer" onClose={props.onClose}>
      <div class="explorer-search">
        <label class="search grow">
          <span class="visually-hidden">Search metrics</span>
          <Icon name="search" />
          <input class="input" type="text" autofocus placeholder="Search by name or help" value={search} onInput={(e) => setSearch(e.currentTarget.value)} />
        </label>
        {metrics && (
          <span class="caption" role="status">
            {formatCount(found.length)} of {formatCount(metrics.length)}
          </span>
        )}
      </div>
      <div class="explorer-list">
        {error && <Notice kind="bad">{error.message}</Notice>}
        {!metrics && !error && <Loading />}
        {metrics && metrics.length === 0 && (
          <Empty icon="target" title="The store holds no metrics yet">
            <a href="prometheus/targets">Look at the targets</a>
          </Empty>
        )}
        {metrics && metrics.length > 0 && found.length === 0 && <Empty icon="search" title="No metric matches" />}
        <ul>
          {found.slice(0, SHOWN).map((metric) => (
            <li key={metric.name} class="explorer-item">
              <button
                type="button"
                class="explorer-row"
                aria-expanded={open === metric.name}
                onClick={() => setOpen(open === metric.name ? null : metric.name)}
              >
                <span class="mono explorer-name">{metric.name}</span>
                <span class="chip">{metric.type}</span>
                <span class="explorer-help">{metric.help}</span>
              </button>
              {open === metric.name && <MetricDetail metric={metric} onInsert={props.onInsert} onRun={props.onRun} />}
            </li>
          ))}
        </ul>
        {found.length > SHOWN && <p class="query-more muted">The best {SHOWN} are shown; search for more precise words.</p>}
      </div>
    </Modal>
  );
}
