import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { firstOf } from '../compat/builtins';
import { interpolate, lookupIn, textFormat } from '../compat/interpolate';
import { safeUrl } from '../panels/links';
import { Markup } from '../panels/Markup';
import { needsData, panelComponent, unsupported } from '../panels/registry';
import { theme } from '../shell/theme';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { absoluteRange, zoomOut } from '../ui/time/range';
import { later } from '../ui/Later';
import type { PlacedPanel } from './layout';
import { NoData } from './NoData';
import { PanelMenu } from './PanelMenu';
import type { PanelRunner } from './panel-runner';
import type { Runners } from './runners';
import type { DashboardState } from './state';

const Inspect = later(async () => (await import('./Inspect')).Inspect, 'visually-hidden');

/** A panel with its head, menu and state; it asks for data once it comes near the window. */
export function PanelFrame(props: { placed: PlacedPanel; state: DashboardState; runners: Runners; solo?: boolean; bare?: boolean }) {
  const { placed, state, runners } = props;
  const { panel, key, pos } = placed;
  const runner = runners.of(placed);
  const box = useRef<HTMLElement>(null);
  const [near, setNear] = useState(false);
  const [inspect, setInspect] = useState(false);

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        const on = entries.some((e) => e.isIntersecting);
        setNear(on);
        runners.setVisible(key, on);
      },
      { rootMargin: '160px' },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      runners.setVisible(key, false);
    };
  }, [key, runners]);

  const tick = state.tick.value;
  useEffect(() => {
    if (near) void runner.run(Math.round((box.current?.clientWidth ?? 600) - 16));
  }, [near, tick, runner]);
  useEffect(() => () => runner.stop(), [runner]);

  const lookup = lookupIn(state.variables.value, panel.scoped, firstOf(state.names()));
  const title = interpolate(panel.title, lookup, textFormat);
  const phase = runner.phase.value;
  const style = props.solo ? {} : { gridColumn: `${pos.x + 1} / span ${pos.w}`, gridRow: `${pos.y + 1} / span ${pos.h}`, '--panel-h': pos.h };
  return (
    <article
      ref={box}
      class={`panel ${panel.transparent ? 'transparent' : ''} ${title === '' ? 'untitled' : ''} ${props.solo ? 'solo' : pos.w <= 4 ? 'narrow' : ''}`}
      style={style}
      data-panel-id={String(panel.id)}
      data-panel-key={key}
      data-panel-type={panel.type}
      data-state={phase}
      aria-label={title === '' ? `Panel ${panel.id}` : title}
      aria-busy={runner.busy.value}
    >
      {runner.busy.value && <div class="panel-loading" aria-hidden="true" />}
      <header class="panel-head">
        {title !== '' && (
          <h3 class="panel-title" title={title}>
            {title}
          </h3>
        )}
        {panel.description !== '' && <Description text={interpolate(panel.description, lookup, textFormat)} />}
        <TimeNote runner={runner} state={state} />
        <span class="grow" />
        <Problems runner={runner} />
        <PanelLinks links={panel.links} lookup={lookup} />
        {!props.bare && <PanelMenu placed={placed} runner={runner} state={state} onInspect={() => setInspect(true)} />}
      </header>
      <div class="panel-body">{near || phase !== 'loading' ? <Body placed={placed} runner={runner} state={state} /> : null}</div>
      {inspect && <Inspect title={title || `Panel ${panel.id}`} runner={runner} state={state} onClose={() => setInspect(false)} />}
    </article>
  );
}

function Body(props: { placed: PlacedPanel; runner: PanelRunner; state: DashboardState }) {
  const { placed, runner, state } = props;
  const { panel } = placed;
  const why = unsupported(panel);
  const data = runner.data.value;
  const phase = runner.phase.value;
  const own = useMemo(() => data?.lookup ?? lookupIn(state.variables.value, panel.scoped, state.names()), [data, state.variables.value]);
  if (why !== null) {
    return (
      <div class="panel-note">
        <Icon name="info" />
        <p>{why}</p>
      </div>
    );
  }
  const Component = panelComponent(panel.type);
  if (!Component) return null;
  if (needsData(panel.type)) {
    if (phase === 'loading' || !data) return <div class="panel-skeleton" aria-hidden="true" />;
    if (phase === 'error') {
      return (
        <div class="panel-note bad" role="alert">
          <Icon name="error" />
          <p>{data.errors.join('\n')}</p>
        </div>
      );
    }
    if (phase === 'nodata') return <NoData panel={panel} data={data} />;
  }
  const crosshair = state.dashboard.graphTooltip > 0;
  return (
    <Component
      panel={panel}
      frames={data?.frames ?? []}
      span={data?.span ?? state.span.value}
      zone={state.zone.value}
      theme={theme.value}
      syncKey={crosshair ? `dash-${state.dashboard.uid}` : ''}
      lookup={own}
      onZoom={(from, to) => state.zoomTo(from, to)}
      onZoomOut={() => state.setRange(absoluteRange(zoomOut(state.span.peek())))}
    />
  );
}

/** What the panel's author wrote about it. */
function Description(props: { text: string }) {
  return (
    <Menu button={<Icon name="info" />} label="Description" buttonClass="ghost icon-only panel-button panel-info" popoverClass="panel-description">
      {() => <Markup text={props.text} />}
    </Menu>
  );
}

/** A panel that looks at another range than the page says so. */
function TimeNote(props: { runner: PanelRunner; state: DashboardState }) {
  const { panel } = props.runner;
  if (panel.hideTimeOverride || (panel.timeFrom === '' && panel.timeShift === '')) return null;
  const parts = [panel.timeFrom === '' ? '' : `last ${panel.timeFrom.replace(/^now-/, '')}`, panel.timeShift === '' ? '' : `shifted by ${panel.timeShift}`];
  return (
    <span class="panel-time">
      <Icon name="clock" />
      {props.state.text(parts.filter((p) => p !== '').join(', '))}
    </span>
  );
}

/** Some queries of a panel that still draws have failed, or something was left out. */
function Problems(props: { runner: PanelRunner }) {
  const data = props.runner.data.value;
  const drawn = props.runner.phase.value === 'done';
  const texts = [...(drawn ? (data?.errors ?? []) : []), ...(data?.notices ?? [])];
  if (texts.length === 0) return null;
  return (
    <Menu button={<Icon name="warn" />} label="Problems" buttonClass="ghost icon-only panel-button panel-problem" popoverClass="panel-description" align="right">
      {() => texts.map((t) => <p key={t}>{t}</p>)}
    </Menu>
  );
}

function PanelLinks(props: { links: PlacedPanel['panel']['links']; lookup: Parameters<typeof safeUrl>[1] }) {
  const links = props.links.flatMap((l) => {
    const url = safeUrl(l.url, props.lookup);
    return url === null ? [] : [{ ...l, url, title: interpolate(l.title, props.lookup, textFormat) || url }];
  });
  if (links.length === 0) return null;
  return (
    <Menu button={<Icon name="link" />} label="Links" buttonClass="ghost icon-only panel-button" align="right">
      {() =>
        links.map((l) => (
          <a key={l.url} class="menu-item" href={l.url} {...(l.targetBlank ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
            {l.title}
          </a>
        ))
      }
    </Menu>
  );
}
