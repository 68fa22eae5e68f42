import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { copyText, downloadText } from '../ui/copy';
import { toast } from '../ui/toast';
import { appUrl } from '../shell/base';
import { path, query } from '../shell/router';
import { formatDuration } from '../compat/interval';
import type { Frame } from '../compat/frames';
import type { PlacedPanel } from './layout';
import type { PanelRunner } from './panel-runner';
import type { DashboardState } from './state';

/** View alone, inspect, open as a query, copy a link, download. */
export function PanelMenu(props: { placed: PlacedPanel; runner: PanelRunner; state: DashboardState; onInspect: () => void }) {
  const { placed, runner, state } = props;
  const viewed = state.viewPanel.value !== '';
  return (
    <Menu button={<Icon name="more" />} label="Panel menu" buttonClass="ghost icon-only panel-button panel-more" align="right">
      {(close) => {
        const item = (icon: Parameters<typeof Icon>[0]['name'], label: string, run: () => void) => (
          <button
            type="button"
            class="menu-item"
            onClick={() => {
              close();
              run();
            }}
          >
            <Icon name={icon} /> {label}
          </button>
        );
        const asQuery = queryLink(runner);
        return (
          <>
            {viewed ? item('left', 'Back to the dashboard', () => state.setViewPanel('')) : item('expand', 'View full screen', () => state.setViewPanel(placed.key))}
            {item('table', 'Inspect', props.onInspect)}
            {asQuery !== null && (
              <a class="menu-item" href={asQuery}>
                <Icon name="query" /> Open as a query
              </a>
            )}
            {item('link', 'Copy link', () => void copyLink(placed.key, state))}
            {runner.data.value && item('download', 'Download CSV', () => void downloadCsv(placed.panel.title, runner.data.value?.frames ?? []))}
          </>
        );
      }}
    </Menu>
  );
}

async function downloadCsv(title: string, frames: readonly Frame[]): Promise<void> {
  const { framesCsv } = await import('./inspect-data');
  downloadText(`${fileName(title)}.csv`, framesCsv(frames));
}

export function fileName(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'panel';
}

/** A link to this panel over the range as it is now, so that whoever opens it later sees the same. */
async function copyLink(key: string, state: DashboardState): Promise<void> {
  const span = state.span.peek();
  const params = new URLSearchParams(query.peek());
  params.set('from', String(Math.round(span.from)));
  params.set('to', String(Math.round(span.to)));
  params.set('viewPanel', key);
  const done = await copyText(`${appUrl(path.peek())}?${params.toString()}`);
  toast(done ? 'Link copied' : 'The browser did not allow copying');
}

/** The panel's queries on the query page, with its range. */
function queryLink(runner: PanelRunner): string | null {
  const data = runner.data.value;
  const sent = data?.queries.filter((q, i, all) => all.findIndex((o) => o.expr === q.expr) === i) ?? [];
  if (!data || sent.length === 0) return null;
  const params = new URLSearchParams();
  sent.forEach((q, i) => {
    params.set(`g${i}.expr`, q.expr);
    params.set(`g${i}.tab`, q.kind === 'range' ? 'graph' : 'table');
    params.set(`g${i}.range_input`, formatDuration(Math.max(1000, Math.round((data.span.to - data.span.from) / 1000) * 1000)));
  });
  return `prometheus/query?${params.toString()}`;
}
