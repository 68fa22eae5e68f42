import { useMemo, useState } from 'preact/hooks';
import { theme } from '../shell/theme';
import { Icon } from '../ui/Icon';
import { Modal } from '../ui/Modal';
import { copyText, downloadText } from '../ui/copy';
import { describeDuration } from '../ui/time/duration';
import { formatInstant } from '../ui/time/zone';
import { toast } from '../ui/toast';
import { formatDuration } from '../compat/interval';
import { dataTables, framesCsv } from './inspect-data';
import { fileName } from './PanelMenu';
import type { PanelRunner } from './panel-runner';
import type { DashboardState } from './state';

type Tab = 'data' | 'query' | 'json';

/** What a panel asked, what came, and how it is defined. */
export function Inspect(props: { title: string; runner: PanelRunner; state: DashboardState; onClose: () => void }) {
  const [tab, setTab] = useState<Tab>('data');
  const tabs: [Tab, string][] = [
    ['data', 'Data'],
    ['query', 'Query'],
    ['json', 'JSON'],
  ];
  return (
    <Modal title={`Inspect: ${props.title}`} class="inspect" onClose={props.onClose}>
      <div class="tabs" role="tablist">
        {tabs.map(([id, label]) => (
          <button key={id} type="button" role="tab" class="tab" aria-selected={tab === id} onClick={() => setTab(id)}>
            {label}
          </button>
        ))}
      </div>
      <div class="inspect-body" role="tabpanel">
        {tab === 'data' && <DataTab {...props} />}
        {tab === 'query' && <QueryTab {...props} />}
        {tab === 'json' && <JsonTab {...props} />}
      </div>
    </Modal>
  );
}

const SHOWN_ROWS = 500;

function DataTab(props: { title: string; runner: PanelRunner; state: DashboardState }) {
  const data = props.runner.data.value;
  const [transformed, setTransformed] = useState(true);
  const [formatted, setFormatted] = useState(true);
  const [at, setAt] = useState(0);
  const frames = (transformed ? data?.frames : data?.raw) ?? [];
  const ctx = { theme: theme.value, timeZone: props.state.zone.value };
  const tables = useMemo(() => dataTables(frames, formatted ? ctx : null), [frames, formatted]);
  const table = tables[at] ?? tables[0];
  return (
    <>
      <div class="row inspect-tools">
        {tables.length > 1 && (
          <select class="select" aria-label="Table" value={String(at)} onChange={(e) => setAt(Number(e.currentTarget.value))}>
            {tables.map((t, i) => (
              <option key={i} value={String(i)}>
                {t.title}
              </option>
            ))}
          </select>
        )}
        <label class="check">
          <input type="checkbox" checked={transformed} onChange={() => setTransformed(!transformed)} /> Transformations applied
        </label>
        <label class="check">
          <input type="checkbox" checked={formatted} onChange={() => setFormatted(!formatted)} /> Formatted
        </label>
        <span class="grow" />
        <button type="button" class="btn" disabled={tables.length === 0} onClick={() => downloadText(`${fileName(props.title)}.csv`, framesCsv(frames))}>
          <Icon name="download" /> Download CSV
        </button>
      </div>
      {!table && <p class="muted">No data</p>}
      {table && (
        <div class="inspect-table" tabIndex={0}>
          <table class="data-table">
            <thead>
              <tr>
                {table.columns.map((c, i) => (
                  <th key={i} scope="col">
                    {c}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.slice(-SHOWN_ROWS).map((row, i) => (
                <tr key={i}>
                  {row.map((text, k) => (
                    <td key={k}>{text}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {table.rows.length > SHOWN_ROWS && <p class="caption">The last {SHOWN_ROWS} of {table.rows.length} rows; the CSV has all of them.</p>}
        </div>
      )}
    </>
  );
}

function QueryTab(props: { runner: PanelRunner; state: DashboardState }) {
  const data = props.runner.data.value;
  const zone = props.state.zone.value;
  if (!data || data.queries.length === 0) return <p class="muted">This panel has asked nothing yet.</p>;
  return (
    <ul class="inspect-queries">
      {data.queries.map((q, i) => (
        <li key={i}>
          <div class="row">
            <strong>{q.refId}</strong>
            <span class="chip">{q.kind}</span>
            <span class="caption">
              {q.kind === 'range' ? `step ${formatDuration(q.step)}, ${formatInstant(q.start, zone)} – ${formatInstant(q.end, zone)}` : formatInstant(q.end, zone)}
            </span>
            <span class="caption">
              {q.series} series in {describeDuration(q.took)}
            </span>
            <span class="grow" />
            <CopyButton text={q.expr} />
          </div>
          <pre class="inspect-code">{q.expr}</pre>
          {q.error !== null && <p class="inspect-error">{q.error}</p>}
        </li>
      ))}
    </ul>
  );
}

function JsonTab(props: { runner: PanelRunner }) {
  const text = useMemo(() => JSON.stringify(props.runner.panel.source, null, 2), [props.runner]);
  return (
    <>
      <div class="row inspect-tools">
        <span class="grow" />
        <CopyButton text={text} />
      </div>
      <pre class="inspect-code" tabIndex={0}>
        {text}
      </pre>
    </>
  );
}

function CopyButton(props: { text: string }) {
  return (
    <button type="button" class="btn ghost" onClick={() => void copyText(props.text).then((ok) => toast(ok ? 'Copied' : 'The browser did not allow copying'))}>
      <Icon name="copy" /> Copy
    </button>
  );
}
