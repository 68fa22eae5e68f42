import { formatCount } from '../charts/number';
import { downloadText } from '../ui/copy';
import { Icon } from '../ui/Icon';
import { describeDuration, formatDuration } from '../ui/time/duration';
import { graphCsv, tableCsv } from './csv';
import { toGrid } from './graph-data';
import type { PanelState } from './panel';
import type { Outcome } from './usePanelQuery';

/** The line under a result: what it cost, how much there is, and its download. */
export function ResultStats(props: { outcome: Outcome; panel: PanelState }) {
  const { outcome, panel } = props;
  const shown = panel.tab === 'table' ? outcome.table : outcome.graph;
  if (!shown) return null;
  const { data } = shown;
  const count = data.resultType === 'vector' || data.resultType === 'matrix' ? data.result.length : 1;
  const samples = data.stats?.samples;
  const download = (): void => {
    if (panel.tab === 'table' && outcome.table) downloadText('query.csv', tableCsv(outcome.table.data));
    else if (outcome.graph) downloadText('query_range.csv', graphCsv(toGrid(outcome.graph.data.result, outcome.graph.window)));
  };
  return (
    <footer class="query-stats">
      <span>{describeDuration(outcome.took)}</span>
      <span>
        {formatCount(count)} series
      </span>
      {outcome.graph && panel.tab === 'graph' && <span>step {formatDuration(outcome.graph.window.step * 1000)}</span>}
      {samples?.totalQueryableSamples !== undefined && <span>{formatCount(samples.totalQueryableSamples)} samples read</span>}
      {samples?.peakSamples !== undefined && <span class="query-peak">{formatCount(samples.peakSamples)} at once</span>}
      <span class="grow" />
      <button type="button" class="btn ghost" disabled={count === 0} onClick={download}>
        <Icon name="download" />
        CSV
      </button>
    </footer>
  );
}
