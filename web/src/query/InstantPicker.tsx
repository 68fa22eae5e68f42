import { useState } from 'preact/hooks';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { parseTime } from '../ui/time/parse';
import { formatInstant, type Zone } from '../ui/time/zone';

/** A moment or "now", with buttons that move it by `step` milliseconds. */
export function InstantPicker(props: { value: number | null; zone: Zone; label: string; step: number; onChange: (at: number | null) => void }) {
  const { value, zone, label, step, onChange } = props;
  const move = (direction: -1 | 1): void => {
    const at = (value ?? Date.now()) + direction * step;
    onChange(direction === 1 && at >= Date.now() && value !== null && value <= Date.now() ? null : at);
  };
  return (
    <div class="btn-group" role="group" aria-label={label}>
      <button type="button" class="btn icon-only" aria-label="Earlier" title="Earlier" onClick={() => move(-1)}>
        <Icon name="left" />
      </button>
      <Menu
        align="right"
        title={label}
        button={
          <>
            <Icon name="clock" />
            {value === null ? 'Now' : formatInstant(value, zone)}
          </>
        }
      >
        {(close) => (
          <InstantForm
            {...props}
            onChange={(at) => {
              close();
              onChange(at);
            }}
          />
        )}
      </Menu>
      <button type="button" class="btn icon-only" aria-label="Later" title="Later" disabled={value === null} onClick={() => move(1)}>
        <Icon name="right" />
      </button>
    </div>
  );
}

function InstantForm(props: { value: number | null; zone: Zone; label: string; onChange: (at: number | null) => void }) {
  const { value, zone } = props;
  const [text, setText] = useState(formatInstant(value ?? Date.now(), zone));
  const at = parseTime(text, { zone });
  return (
    <form
      class="instant-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (at !== null) props.onChange(at);
      }}
    >
      <label class="field">
        {props.label}
        <input class="input mono" type="text" spellcheck={false} value={text} aria-invalid={at === null} onInput={(e) => setText(e.currentTarget.value)} />
      </label>
      <p class="caption">2026-01-31 14:00:00 or now-6h</p>
      <div class="row">
        <button type="submit" class="btn primary" disabled={at === null}>
          Apply
        </button>
        <button type="button" class="btn" onClick={() => props.onChange(null)}>
          Now
        </button>
      </div>
    </form>
  );
}

/** The table's evaluation time. */
export function MomentControls(props: { value: number | null; zone: Zone; onChange: (at: number | null) => void }) {
  return (
    <div class="query-controls">
      <InstantPicker value={props.value} zone={props.zone} label="Evaluation time" step={5 * 60_000} onChange={props.onChange} />
    </div>
  );
}
