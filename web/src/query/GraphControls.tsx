import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../ui/Icon';
import { formatDuration, parseDuration } from '../ui/time/duration';
import type { Zone } from '../ui/time/zone';
import { InstantPicker } from './InstantPicker';
import { stepRange, type PanelState, type Resolution } from './panel';

/** Range, end, resolution and drawing of a graph. */
export function GraphControls(props: { panel: PanelState; zone: Zone; onChange: (change: Partial<PanelState>) => void }) {
  const { panel, onChange } = props;
  return (
    <div class="query-controls">
      <div class="btn-group" role="group" aria-label="Range">
        <button type="button" class="btn icon-only" aria-label="Shorter range" title="Shorter range" onClick={() => onChange({ range: stepRange(panel.range, -1) })}>
          <Icon name="minus" />
        </button>
        <DurationInput label="Range" value={panel.range} onChange={(range) => onChange({ range })} />
        <button type="button" class="btn icon-only" aria-label="Longer range" title="Longer range" onClick={() => onChange({ range: stepRange(panel.range, 1) })}>
          <Icon name="plus" />
        </button>
      </div>
      <InstantPicker value={panel.end} zone={props.zone} label="End time" step={panel.range / 2} onChange={(end) => onChange({ end })} />
      <ResolutionSelect value={panel.resolution} onChange={(resolution) => onChange({ resolution })} />
      <div class="btn-group" role="group" aria-label="Drawing">
        <button type="button" class="btn" aria-pressed={panel.stacked} title="Stack the series" onClick={() => onChange({ stacked: !panel.stacked })}>
          <Icon name="stack" />
          Stacked
        </button>
        <button type="button" class="btn" aria-pressed={panel.yFromZero} title="Start the value axis at zero" onClick={() => onChange({ yFromZero: !panel.yFromZero })}>
          From 0
        </button>
      </div>
    </div>
  );
}

/** Takes what parses when Enter is pressed or the field is left; anything else goes back to what it was. */
function DurationInput(props: { label: string; value: number; onChange: (ms: number) => void }) {
  const [text, setText] = useState(formatDuration(props.value));
  useEffect(() => setText(formatDuration(props.value)), [props.value]);
  const ms = parseDuration(text);
  const commit = (): void => {
    if (ms !== null && ms > 0) {
      if (ms !== props.value) props.onChange(ms);
      setText(formatDuration(ms));
    } else setText(formatDuration(props.value));
  };
  return (
    <input
      class="input mono duration-input"
      type="text"
      aria-label={props.label}
      title={props.label}
      spellcheck={false}
      value={text}
      aria-invalid={ms === null || ms <= 0}
      onInput={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}

const FIXED: ReadonlyArray<readonly [number, string]> = [
  [5_000, '5s'],
  [10_000, '10s'],
  [30_000, '30s'],
  [60_000, '1m'],
  [5 * 60_000, '5m'],
  [15 * 60_000, '15m'],
  [3_600_000, '1h'],
];

function ResolutionSelect(props: { value: Resolution; onChange: (resolution: Resolution) => void }) {
  const { value, onChange } = props;
  const known = value.type === 'auto' || (value.type === 'fixed' && FIXED.some(([ms]) => ms === value.step));
  const key = value.type === 'auto' ? `auto:${value.density}` : known ? `fixed:${value.step}` : 'custom';
  const choose = (chosen: string): void => {
    const [type, detail] = chosen.split(':');
    if (type === 'auto') onChange({ type, density: detail === 'low' || detail === 'high' ? detail : 'medium' });
    else if (type === 'fixed') onChange({ type, step: Number(detail) });
    else onChange({ type: 'custom', step: value.type === 'auto' ? 15_000 : value.step });
  };
  return (
    <div class="btn-group">
      <select class="select" aria-label="Resolution" title="Resolution" value={key} onChange={(event) => choose(event.currentTarget.value)}>
        <optgroup label="Automatic">
          <option value="auto:low">Resolution: low</option>
          <option value="auto:medium">Resolution: medium</option>
          <option value="auto:high">Resolution: high</option>
        </optgroup>
        <optgroup label="Fixed">
          {FIXED.map(([ms, label]) => (
            <option key={ms} value={`fixed:${ms}`}>
              Step {label}
            </option>
          ))}
        </optgroup>
        <option value="custom">Custom step</option>
      </select>
      {!known && <DurationInput label="Step" value={value.step} onChange={(step) => onChange({ type: 'custom', step })} />}
    </div>
  );
}
