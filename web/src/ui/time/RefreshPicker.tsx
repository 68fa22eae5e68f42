import { Icon } from '../Icon';
import { Menu } from '../Menu';
import { REFRESH_CHOICES, refreshLabel, type Refresh } from './refresh';

/** Refresh now, and how often by itself. */
export function RefreshPicker(props: {
  value: Refresh;
  busy?: boolean;
  choices?: readonly Refresh[];
  onChange: (refresh: Refresh) => void;
  onRefresh: () => void;
}) {
  const choices = props.choices ?? REFRESH_CHOICES;
  const all = choices.includes(props.value) ? choices : [...choices, props.value];
  return (
    <div class="btn-group" role="group" aria-label="Refresh">
      <button type="button" class="btn icon-only" title="Refresh" aria-label="Refresh" onClick={props.onRefresh}>
        {props.busy === true ? <span class="spinner" /> : <Icon name="refresh" />}
      </button>
      <Menu
        align="right"
        buttonClass="refresh-button"
        popoverClass="refresh-popover"
        label={`Auto refresh: ${refreshLabel(props.value)}`}
        button={
          <>
            {props.value !== '' && <span>{refreshLabel(props.value)}</span>}
            <Icon name="down" />
          </>
        }
      >
        {(close) => (
          <div role="menu" aria-label="Auto refresh">
            {all.map((choice) => (
              <button
                type="button"
                key={choice}
                role="menuitemradio"
                aria-checked={choice === props.value}
                class="menu-item"
                onClick={() => {
                  props.onChange(choice);
                  close();
                }}
              >
                {refreshLabel(choice)}
              </button>
            ))}
          </div>
        )}
      </Menu>
    </div>
  );
}
