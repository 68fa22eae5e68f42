import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../Icon';
import { Menu } from '../Menu';
import { isStringArray, recall, remember } from '../storage';
import { parseTime } from './parse';
import {
  absoluteRange,
  describeEnd,
  describeRange,
  QUICK_RANGES,
  resolveRange,
  sameRange,
  shift,
  zoomOut,
  type TimeRange,
} from './range';
import { formatOffset, zoneLabel, type Zone } from './zone';
import { ZoneSelect } from './ZoneSelect';

export interface TimePickerProps {
  value: TimeRange;
  zone: Zone;
  weekStart?: number;
  onChange: (range: TimeRange) => void;
  onZone: (zone: Zone) => void;
}

/** Range button with its popover, and the buttons that shift and widen it. */
export function TimePicker(props: TimePickerProps) {
  const { value, zone, onChange } = props;
  const span = resolveRange(value, zone, Date.now(), props.weekStart);
  return (
    <div class="btn-group time-picker" role="group" aria-label="Time range">
      <button
        type="button"
        class="btn icon-only time-shift"
        title="Move back by half a range"
        aria-label="Move back by half a range"
        disabled={span === null}
        onClick={() => span && onChange(absoluteRange(shift(span, -1)))}
      >
        <Icon name="left" />
      </button>
      <Menu
        buttonClass="time-button"
        popoverClass="time-popover"
        align="right"
        title={span ? `${describeEnd(String(span.from), zone)} to ${describeEnd(String(span.to), zone)}` : 'Time range'}
        button={
          <>
            <Icon name="clock" />
            <span class="time-text">{describeRange(value, zone)}</span>
            {zone !== 'browser' && <span class="time-zone">{zoneLabel(zone)}</span>}
            <Icon name="down" />
          </>
        }
      >
        {(close) => <RangeForm {...props} close={close} />}
      </Menu>
      <button
        type="button"
        class="btn icon-only time-shift"
        title="Move forward by half a range"
        aria-label="Move forward by half a range"
        disabled={span === null}
        onClick={() => span && onChange(absoluteRange(shift(span, 1)))}
      >
        <Icon name="right" />
      </button>
      <button
        type="button"
        class="btn icon-only"
        title="Zoom out"
        aria-label="Zoom out"
        disabled={span === null}
        onClick={() => span && onChange(absoluteRange(zoomOut(span)))}
      >
        <Icon name="zoomOut" />
      </button>
    </div>
  );
}

function RangeForm(props: TimePickerProps & { close: () => void }) {
  const { value, zone, onChange, close } = props;
  const [from, setFrom] = useState(describeEnd(value.from, zone));
  const [to, setTo] = useState(describeEnd(value.to, zone));
  const [filter, setFilter] = useState('');
  // Another zone writes the same instants differently.
  useEffect(() => {
    setFrom(describeEnd(value.from, zone));
    setTo(describeEnd(value.to, zone));
  }, [zone, value.from, value.to]);
  const range: TimeRange = { from: store(from, zone), to: store(to, zone) };
  const fromBad = parseTime(from, { zone }) === null;
  const toBad = parseTime(to, { zone }) === null;
  const orderBad = !fromBad && !toBad && resolveRange(range, zone, Date.now(), props.weekStart) === null;
  const recent = recall('recentRanges', isStringArray, []).map(splitRange);

  const choose = (next: TimeRange): void => {
    onChange(next);
    close();
  };
  const apply = (event: Event): void => {
    event.preventDefault();
    if (fromBad || toBad || orderBad) return;
    keepRecent(range);
    choose(range);
  };
  const wanted = filter.trim().toLowerCase();
  const quick = QUICK_RANGES.filter((q) => q.label.toLowerCase().includes(wanted));

  return (
    <div class="time-form">
      <form class="time-absolute" onSubmit={apply}>
        <h3>Absolute range</h3>
        <End label="From" value={from} bad={fromBad} onInput={setFrom} zone={zone} />
        <End label="To" value={to} bad={toBad || orderBad} onInput={setTo} zone={zone} />
        <p class="caption" role="status">
          {orderBad ? 'The range ends before it starts.' : fromBad || toBad ? 'Write 2026-01-31 14:00 or now-6h, now-1d/d.' : ' '}
        </p>
        <button type="submit" class="btn primary" disabled={fromBad || toBad || orderBad}>
          Apply
        </button>
        {recent.length > 0 && (
          <div>
            <div class="menu-label">Recent</div>
            {recent.map((r) => (
              <button type="button" key={`${r.from}|${r.to}`} class="menu-item" onClick={() => choose(r)}>
                {describeRange(r, zone)}
              </button>
            ))}
          </div>
        )}
      </form>
      <div class="time-quick">
        <label class="search">
          <span class="visually-hidden">Search ranges</span>
          <Icon name="search" />
          <input class="input" type="text" placeholder="Search ranges" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} />
        </label>
        <div class="time-list">
          {quick.map((q) => (
            <button
              type="button"
              key={q.label}
              class="menu-item"
              aria-pressed={sameRange(q, value)}
              onClick={() => choose({ from: q.from, to: q.to })}
            >
              {q.label}
            </button>
          ))}
          {quick.length === 0 && <p class="menu-label">No such range</p>}
        </div>
      </div>
      <div class="time-foot">
        <span class="caption">{formatOffset(Date.now(), zone)}</span>
        <ZoneSelect value={zone} onChange={props.onZone} />
      </div>
    </div>
  );
}

function End(props: { label: string; value: string; bad: boolean; zone: Zone; onInput: (text: string) => void }) {
  return (
    <label class="field">
      {props.label}
      <input
        class="input mono"
        type="text"
        spellcheck={false}
        autocomplete="off"
        value={props.value}
        aria-invalid={props.bad}
        onInput={(e) => props.onInput(e.currentTarget.value)}
      />
    </label>
  );
}

/** Relative text is kept as typed, wall-clock time becomes an instant so that changing the zone keeps it. */
function store(text: string, zone: Zone): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('now')) return trimmed;
  const at = parseTime(trimmed, { zone });
  return at === null ? trimmed : String(at);
}

const RECENT_MAX = 4;

function keepRecent(range: TimeRange): void {
  const text = `${range.from}|${range.to}`;
  const known = recall('recentRanges', isStringArray, []).filter((other) => other !== text);
  remember('recentRanges', [text, ...known].slice(0, RECENT_MAX));
}

function splitRange(text: string): TimeRange {
  const [from = 'now-1h', to = 'now'] = text.split('|');
  return { from, to };
}
