import { useEffect, useMemo, useState } from 'preact/hooks';
import type { JsonObject } from '../compat/json';
import { variablesIn } from '../compat/interpolate';
import { Icon } from '../ui/Icon';
import { Empty, Notice } from '../ui/Notice';
import { RefreshPicker } from '../ui/time/RefreshPicker';
import { TimePicker } from '../ui/time/TimePicker';
import { REFRESH_CHOICES, refreshMs, useAutoRefresh } from '../ui/time/refresh';
import { resolveRange, shift, zoomOut, absoluteRange } from '../ui/time/range';
import { DashboardLinks } from './DashboardLinks';
import { DrawnMark } from './drawn';
import { KeyHelp, useKeys } from './keys';
import { layoutSections, type PlacedPanel, type Section } from './layout';
import { PanelFrame } from './PanelFrame';
import { Runners } from './runners';
import { ShareMenu } from './ShareMenu';
import type { DashboardState } from './state';
import { VariablesBar } from './VariablesBar';

/** The whole page of a dashboard: head with variables and time, then the sections. */
export function DashboardView(props: { state: DashboardState; source: JsonObject }) {
  const { state, source } = props;
  const d = state.dashboard;
  const runners = useMemo(() => new Runners(state), [state]);
  useEffect(() => () => runners.stop(), [runners]);
  const [help, setHelp] = useState(false);
  const variables = state.variables.value;
  const sections = useMemo(() => layoutSections(d.items, variables), [d, repeatKey(state)]);
  const viewed = state.viewPanel.value;
  const kiosk = state.kiosk.value;
  const span = state.span.value;
  useAutoRefresh(state.moves ? refreshMs(state.refresh.value, span.to - span.from) : null, () => state.refreshNow());

  const zoomWider = (): void => state.setRange(absoluteRange(zoomOut(state.span.peek())));
  useKeys({
    help: () => setHelp((on) => !on),
    back: () => (state.viewPanel.peek() !== '' ? state.setViewPanel('') : state.kiosk.peek() ? state.setKiosk(false) : undefined),
    refresh: () => state.refreshNow(),
    kiosk: () => state.setKiosk(!state.kiosk.peek()),
    zoomOut: zoomWider,
    shift: (direction) => {
      const now = resolveRange(state.range.peek(), state.zone.peek());
      if (now) state.setRange(absoluteRange(shift(now, direction)));
    },
    absolute: () => state.setRange(absoluteRange(state.span.peek())),
    rows: (open) => sections.forEach((s) => s.row && state.toggleRow(s.key, open)),
    view: (key) => state.setViewPanel(state.viewPanel.peek() === key ? '' : key),
  });

  const shown = viewed === '' ? null : findPanel(sections, viewed);
  return (
    <div class={kiosk ? 'dashboard kiosk' : 'dashboard'}>
      {!kiosk && (
        <header class="dash-head">
          <div class="dash-title">
            <a class="dash-crumb" href="grafana/">
              Dashboards
            </a>
            <h1 title={d.description || d.title}>{d.title}</h1>
            {d.tags.length > 0 && (
              <span class="dash-tags">
                {d.tags.map((t) => (
                  <a key={t} class="chip" href={`grafana/?tag=${encodeURIComponent(t)}`}>
                    {t}
                  </a>
                ))}
              </span>
            )}
          </div>
          <div class="dash-tools">
            <TimePicker value={state.range.value} zone={state.zone.value} onChange={(r) => state.setRange(r)} onZone={(z) => state.setZone(z)} />
            <RefreshPicker
              value={state.refresh.value}
              busy={state.busy.value > 0}
              choices={d.refreshIntervals.length > 0 ? ['', ...d.refreshIntervals] : REFRESH_CHOICES}
              onChange={(r) => state.setRefresh(r)}
              onRefresh={() => state.refreshNow()}
            />
            <ShareMenu state={state} source={source} onHelp={() => setHelp(true)} />
          </div>
        </header>
      )}
      {!kiosk && <VariablesBar state={state} />}
      {!kiosk && <DashboardLinks state={state} />}
      {state.variableErrors.value.length > 0 && (
        <div class="dash-notice">
          <Notice kind="warn" title="Variables that could not be filled">
            {state.variableErrors.value.map((e) => `${e.name} (${e.message})`).join('; ')}
          </Notice>
        </div>
      )}
      {shown ? (
        <div class="dash-solo">
          <button type="button" class="btn ghost dash-back" onClick={() => state.setViewPanel('')}>
            <Icon name="left" /> Back to the dashboard
          </button>
          <PanelFrame key={shown.key} placed={shown} state={state} runners={runners} solo />
        </div>
      ) : (
        sections.map((s) => <SectionView key={s.key} section={s} state={state} runners={runners} />)
      )}
      {sections.length === 0 && <Empty icon="dashboard" title="This dashboard has no panels" />}
      <DrawnMark runners={runners} state={state} />
      {help && <KeyHelp onClose={() => setHelp(false)} />}
    </div>
  );
}

/** The layout only depends on the variables that something repeats over. */
function repeatKey(state: DashboardState): string {
  const used = new Set(
    state.dashboard.items.flatMap((i) => (i.kind === 'panel' ? [i.panel.repeat] : [i.row.repeat, ...i.row.panels.map((p) => p.repeat), ...variablesIn(i.row.title)])),
  );
  return JSON.stringify(state.variables.value.filter((v) => used.has(v.name)).map((v) => [v.name, v.current, v.options]));
}

function findPanel(sections: readonly Section[], key: string): PlacedPanel | null {
  const all = sections.flatMap((s) => s.panels);
  return all.find((p) => p.key === key) ?? all.find((p) => String(p.panel.id) === key) ?? null;
}

function SectionView(props: { section: Section; state: DashboardState; runners: Runners }) {
  const { section, state, runners } = props;
  const { row } = section;
  const open = row === null || (state.rows.value.get(section.key) ?? !row.collapsed);
  const title = row ? rowTitle(state, section) : '';
  return (
    <section class="dash-section" aria-label={title === '' ? undefined : title}>
      {row && (
        <h2 class="dash-row">
          <button type="button" aria-expanded={open} onClick={() => state.toggleRow(section.key, !open)}>
            <Icon name={open ? 'down' : 'right'} />
            {title}
            {!open && section.panels.length > 0 && <span class="caption">({section.panels.length} panels)</span>}
          </button>
        </h2>
      )}
      {open && (
        <div class="dash-grid">
          {section.panels.map((p) => (
            <PanelFrame key={p.key} placed={p} state={state} runners={runners} />
          ))}
        </div>
      )}
    </section>
  );
}

function rowTitle(state: DashboardState, section: Section): string {
  const scoped = section.row?.scoped ?? {};
  const title = section.row?.title ?? '';
  const filled = Object.entries(scoped).reduce((t, [name, o]) => t.replaceAll(`\${${name}}`, o.text).replaceAll(`$${name}`, o.text), title);
  return state.text(filled) || 'Row';
}
