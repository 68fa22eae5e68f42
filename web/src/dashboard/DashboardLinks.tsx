import { useEffect, useState } from 'preact/hooks';
import { searchDashboards } from '../api/prometheus';
import type { DashboardHit } from '../api/types';
import type { DashboardLink } from '../compat/model';
import { safeUrl } from '../panels/links';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import type { DashboardState } from './state';
import { allVariables } from './url';

/** Links at the top: addresses, and other dashboards by tag; with time range and variables where asked. */
export function DashboardLinks(props: { state: DashboardState }) {
  const { state } = props;
  const { links } = state.dashboard;
  const [hits, setHits] = useState<DashboardHit[]>([]);
  const byTag = links.some((l) => l.type === 'dashboards');
  useEffect(() => {
    if (!byTag) return undefined;
    const abort = new AbortController();
    void searchDashboards('', abort.signal).then((a) => a.ok && setHits(a.data));
    return () => abort.abort();
  }, [byTag]);
  if (links.length === 0) return null;
  const lookup = state.lookup();
  return (
    <nav class="dash-links" aria-label="Links">
      {links.map((l, i) => {
        if (l.type === 'link') {
          const url = safeUrl(l.url, lookup);
          return url === null ? null : <LinkTo key={i} link={l} url={withState(url, l, state)} title={state.text(l.title) || url} />;
        }
        const found = hits.filter((h) => h.uid !== state.dashboard.uid && l.tags.every((t) => h.tags.includes(t)));
        const items = found.map((h) => <LinkTo key={h.uid} link={l} url={withState(h.url.replace(/^\/+/, ''), l, state)} title={h.title} menu={l.asDropdown} />);
        if (!l.asDropdown) return items;
        return (
          <Menu key={i} button={<>{state.text(l.title) || 'Dashboards'} <Icon name="down" /></>} buttonClass="ghost">
            {() => (items.length > 0 ? items : <p class="menu-label">No other dashboard has these tags.</p>)}
          </Menu>
        );
      })}
    </nav>
  );
}

function LinkTo(props: { link: DashboardLink; url: string; title: string; menu?: boolean }) {
  const { link } = props;
  return (
    <a class={props.menu ? 'menu-item' : 'btn ghost'} href={props.url} title={link.tooltip || props.title} {...(link.targetBlank ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
      <Icon name={link.type === 'link' ? 'external' : 'dashboard'} /> {props.title}
    </a>
  );
}

function withState(url: string, link: DashboardLink, state: DashboardState): string {
  const parts: string[] = [];
  if (link.keepTime) parts.push(`from=${encodeURIComponent(state.range.value.from)}&to=${encodeURIComponent(state.range.value.to)}`);
  if (link.includeVars) parts.push(allVariables(state.variables.value));
  const more = parts.filter((p) => p !== '').join('&');
  return more === '' ? url : url + (url.includes('?') ? '&' : '?') + more;
}
