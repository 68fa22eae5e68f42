import { copyText } from '../ui/copy';
import { Icon, type IconName } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { toast } from '../ui/toast';
import { clearHistory, history } from './history';
import { duplicatePanel, panels, removePanel } from './state';

/** History, and what can be done with a panel. */
export function PanelMenu(props: { id: number; onExplore: () => void; onFormat: () => void; onChoose: (expr: string) => void }) {
  return (
    <div class="btn-group">
      <Menu label="Query history" align="right" buttonClass="icon-only" popoverClass="history-popover" button={<Icon name="history" />}>
        {(close) => (
          <HistoryList
            onChoose={(expr) => {
              close();
              props.onChoose(expr);
            }}
          />
        )}
      </Menu>
      <Menu label="More" align="right" buttonClass="icon-only" button={<Icon name="more" />}>
        {(close) => {
          const item = (icon: IconName, label: string, run: () => void) => (
            <button
              type="button"
              class="menu-item"
              onClick={() => {
                close();
                run();
              }}
            >
              <Icon name={icon} />
              {label}
            </button>
          );
          return (
            <>
              {item('explore', 'Explore metrics', props.onExplore)}
              {item('format', 'Format expression', props.onFormat)}
              {item('link', 'Copy link to this page', () => void copyLink())}
              <hr class="menu-line" />
              {item('copy', 'Duplicate panel', () => duplicatePanel(props.id))}
              {item('trash', panels.value.length > 1 ? 'Remove panel' : 'Clear panel', () => removePanel(props.id))}
            </>
          );
        }}
      </Menu>
    </div>
  );
}

async function copyLink(): Promise<void> {
  toast((await copyText(window.location.href)) ? 'Link copied' : 'Copying is not possible here');
}

function HistoryList(props: { onChoose: (expr: string) => void }) {
  if (history.value.length === 0) return <p class="menu-label">Nothing has been run in this browser yet.</p>;
  return (
    <>
      {history.value.map((expr) => (
        <button type="button" key={expr} class="menu-item mono history-item" title={expr} onClick={() => props.onChoose(expr)}>
          {expr}
        </button>
      ))}
      <hr class="menu-line" />
      <button type="button" class="menu-item" onClick={clearHistory}>
        <Icon name="trash" />
        Forget all
      </button>
    </>
  );
}
