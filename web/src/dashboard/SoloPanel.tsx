import { useEffect, useMemo } from 'preact/hooks';
import { query } from '../shell/router';
import { Empty } from '../ui/Notice';
import { refreshMs, useAutoRefresh } from '../ui/time/refresh';
import { layoutSections } from './layout';
import { DrawnMark } from './drawn';
import { PanelFrame } from './PanelFrame';
import { Runners } from './runners';
import type { DashboardState } from './state';

/** `/d-solo/<uid>?panelId=`: one panel that fills the window, for frames in other pages. */
export function SoloPanel(props: { state: DashboardState }) {
  const { state } = props;
  const runners = useMemo(() => new Runners(state), [state]);
  useEffect(() => () => runners.stop(), [runners]);
  const span = state.span.value;
  useAutoRefresh(state.moves ? refreshMs(state.refresh.value, span.to - span.from) : null, () => state.refreshNow());
  const wanted = (query.value.get('panelId') ?? query.value.get('viewPanel') ?? '').replace(/^panel-/, '');
  const all = layoutSections(state.dashboard.items, state.variables.value).flatMap((s) => s.panels);
  const placed = all.find((p) => p.key === wanted) ?? all.find((p) => String(p.panel.id) === wanted);
  if (!placed) return <Empty icon="error" title={`This dashboard has no panel ${wanted}`} />;
  return (
    <div class="solo-page">
      <PanelFrame key={placed.key} placed={placed} state={state} runners={runners} solo bare />
      <DrawnMark runners={runners} state={state} />
    </div>
  );
}
