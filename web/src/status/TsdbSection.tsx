import { tsdbStatus } from '../api/prometheus';
import type { TsdbStat } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { formatBytes, formatCount } from '../charts/number';
import { Loading, Notice } from '../ui/Notice';
import { describeDuration } from '../ui/time/duration';
import { formatInstant } from '../ui/time/zone';

const LIMIT = 10;

export function TsdbSection() {
  const answer = useAnswer('tsdb', (signal) => tsdbStatus(LIMIT, signal));
  const { data, error } = answer;
  const head = data?.headStats;
  return (
    <>
      {error && <Notice kind="bad">{error.message}</Notice>}
      {data === null && !error && <Loading />}
      {head && (
        <div class="figures">
          <Figure label="Active series" value={formatCount(head.numSeries)} />
          <Figure label="Chunks" value={formatCount(head.chunkCount)} />
          {head.numLabelPairs !== undefined && <Figure label="Label pairs" value={formatCount(head.numLabelPairs)} />}
          {head.maxTime > head.minTime && (
            <Figure label="Span in memory" value={describeDuration(head.maxTime - head.minTime)} note={`since ${formatInstant(head.minTime, 'browser')}`} />
          )}
        </div>
      )}
      {data && (
        <div class="tops">
          <Top title="Metrics with the most series" rows={data.seriesCountByMetricName} format={formatCount} />
          <Top title="Labels with the most values" rows={data.labelValueCountByLabelName} format={formatCount} />
          <Top title="Label pairs with the most series" rows={data.seriesCountByLabelValuePair} format={formatCount} />
          <Top title="Labels by memory" rows={data.memoryInBytesByLabelName} format={formatBytes} />
        </div>
      )}
    </>
  );
}

function Figure(props: { label: string; value: string; note?: string }) {
  return (
    <div class="card figure">
      <span class="caption">{props.label}</span>
      <strong>{props.value}</strong>
      {props.note !== undefined && <span class="caption">{props.note}</span>}
    </div>
  );
}

/** A ranking with a bar behind each row. */
function Top(props: { title: string; rows: TsdbStat[] | undefined; format: (value: number) => string }) {
  const { title, rows, format } = props;
  if (rows === undefined || rows.length === 0) return null;
  const most = rows.reduce((m, row) => Math.max(m, row.value), 0);
  return (
    <section class="card top">
      <header>
        <h2>{title}</h2>
      </header>
      <ol>
        {rows.map((row) => (
          <li key={row.name}>
            <span class="top-bar" style={{ width: `${most > 0 ? (row.value / most) * 100 : 0}%` }} aria-hidden="true" />
            <span class="top-name mono">{row.name}</span>
            <span>{format(row.value)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
