import type { JsonObject } from '../compat/json';
import { appUrl } from '../shell/base';
import { path, query } from '../shell/router';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { copyText, downloadText } from '../ui/copy';
import { toast } from '../ui/toast';
import { fileName } from './PanelMenu';
import type { DashboardState } from './state';

/** Link, export, kiosk, keyboard help. */
export function ShareMenu(props: { state: DashboardState; source: JsonObject; onHelp: () => void }) {
  const { state, source } = props;
  return (
    <Menu button={<Icon name="share" />} label="Share and more" buttonClass="icon-only" align="right">
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
        return (
          <>
            {item('link', 'Copy link with this time range', () => void copyPageLink(state))}
            {item('download', 'Export JSON', () => downloadText(`${fileName(state.dashboard.title)}.json`, JSON.stringify(source, null, 2), 'application/json'))}
            {item('expand', 'Kiosk mode', () => state.setKiosk(true))}
            {item('info', 'Keyboard shortcuts', props.onHelp)}
          </>
        );
      }}
    </Menu>
  );
}

async function copyPageLink(state: DashboardState): Promise<void> {
  const span = state.span.peek();
  const params = new URLSearchParams(query.peek());
  params.set('from', String(Math.round(span.from)));
  params.set('to', String(Math.round(span.to)));
  const done = await copyText(`${appUrl(path.peek())}?${params.toString()}`);
  toast(done ? 'Link copied' : 'The browser did not allow copying');
}
