import { useState } from 'preact/hooks';
import { series } from '../api/prometheus';
import type { Panel } from '../compat/model';
import { metricsIn } from '../compat/variables';
import { Icon } from '../ui/Icon';
import type { PanelData } from './run-panel';

/** The queries worked and nothing came; on demand, which metrics of the panel exist at all. */
export function NoData(props: { panel: Panel; data: PanelData }) {
  const { data, panel } = props;
  const [answer, setAnswer] = useState<string[] | null>(null);
  const metrics = [...new Set(data.queries.flatMap((q) => metricsIn(q.expr)))].slice(0, 6);
  const noValue = panel.fieldConfig.defaults.noValue;
  const explain = async (): Promise<void> => {
    setAnswer(['Looking …']);
    const time = { start: Math.floor(data.span.from / 1000), end: Math.ceil(data.span.to / 1000) };
    const texts = await Promise.all(
      metrics.map(async (m) => {
        const match = [`{__name__="${m}"}`];
        const inRange = await series({ match, ...time, limit: 1 });
        if (inRange.ok && inRange.data.length > 0) return `${m} has data in this range: its labels do not match the query, or the rate needs more samples.`;
        const ever = await series({ match, limit: 1 });
        return ever.ok && ever.data.length > 0 ? `${m} has no data in this range, only at other times.` : `${m} is not collected here.`;
      }),
    );
    setAnswer(texts);
  };
  return (
    <div class="panel-note nodata">
      <p class="nodata-text">{noValue !== undefined && noValue !== '' ? noValue : 'No data'}</p>
      {answer === null && metrics.length > 0 && (
        <button type="button" class="btn ghost nodata-why" onClick={() => void explain()}>
          <Icon name="info" /> Why?
        </button>
      )}
      {answer?.map((t) => (
        <p key={t} class="caption">
          {t}
        </p>
      ))}
    </div>
  );
}
