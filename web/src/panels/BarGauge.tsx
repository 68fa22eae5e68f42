import { bool, num, obj, str } from '../compat/json';
import { shownText } from '../compat/display';
import { absoluteSteps, cssColor, continuousStops, DEFAULT_THRESHOLDS, isByValue, percentOf, seriesColor, withAlpha } from '../compat/colors';
import { readable } from './Stat';
import { displayContext, type PanelProps } from './types';
import { textWidth, useSize } from './useSize';
import { reducedValues, type ShownValue } from './values';
import { ValueLink } from './ValueLink';

/** Values as bars, lying or standing. */
export function BarGauge(props: PanelProps) {
  const [ref, size] = useSize<HTMLDivElement>();
  const o = props.panel.options;
  const values = reducedValues(props.frames, o, displayContext(props), props.lookup);
  const orientation = str(o['orientation'], 'auto');
  const standing = orientation === 'vertical' || (orientation === 'auto' && size !== null && size.width > size.height * 1.2);
  const mode = str(o['displayMode'], 'gradient');
  const hidesNames = str(o['namePlacement']) === 'hidden';
  const valueMode = str(o['valueMode'], 'color');
  const look: Look = {
    mode: mode === 'lcd' || mode === 'basic' ? mode : 'gradient',
    theme: props.theme,
    unfilled: bool(o['showUnfilled'], true),
    valueMode,
    names: !hidesNames && values.length > 0,
    fontSize: Math.min(28, Math.max(11, num(obj(o['text'])['valueSize']) ?? 14)),
  };
  const valueRoom = Math.max(36, ...values.map((v) => textWidth(shownText(v), look.fontSize) + 10));
  const nameRoom = size ? Math.min(size.width * 0.35, Math.max(...values.map((v) => textWidth(v.name, 13, 400)), 20) + 10) : 80;
  const style = standing
    ? { gridTemplateColumns: `repeat(${Math.max(1, values.length)}, minmax(${values.length > 12 ? 18 : 34}px, 1fr))` }
    : { gridTemplateColumns: look.names ? `${nameRoom}px minmax(0, 1fr) ${valueMode === 'hidden' ? 0 : valueRoom}px` : `minmax(0, 1fr) ${valueMode === 'hidden' ? 0 : valueRoom}px` };
  return (
    <div ref={ref} class={standing ? 'bar-gauge standing' : 'bar-gauge lying'} style={style}>
      {size && values.map((v, i) => (standing ? <Standing key={`${v.name}/${i}`} value={v} look={look} /> : <Lying key={`${v.name}/${i}`} value={v} look={look} />))}
    </div>
  );
}

interface Look {
  mode: 'basic' | 'gradient' | 'lcd';
  theme: 'dark' | 'light';
  unfilled: boolean;
  valueMode: string;
  names: boolean;
  fontSize: number;
}

function rangeOf(v: ShownValue): { min: number; max: number } {
  const r = v.field.range ?? { min: 0, max: 100 };
  const min = v.field.config.min ?? Math.min(0, r.min);
  return { min, max: r.max > min ? r.max : min + 1 };
}

function Value(props: { value: ShownValue; look: Look }) {
  const { value, look } = props;
  if (look.valueMode === 'hidden') return <span />;
  return (
    <ValueLink value={value}>
      <span class="bar-value" style={{ color: look.valueMode === 'text' ? 'var(--text)' : readable(value.color, look.theme), fontSize: `${look.fontSize}px` }}>
        {shownText(value)}
      </span>
    </ValueLink>
  );
}

function Lying(props: { value: ShownValue; look: Look }) {
  const { value, look } = props;
  return (
    <>
      {look.names && (
        <span class="bar-name" title={value.name}>
          {value.name}
        </span>
      )}
      <Bar value={value} look={look} standing={false} />
      <Value value={value} look={look} />
    </>
  );
}

function Standing(props: { value: ShownValue; look: Look }) {
  const { value, look } = props;
  return (
    <div class="bar-column">
      <Value value={value} look={look} />
      <Bar value={value} look={look} standing />
      {look.names && (
        <span class="bar-name" title={value.name}>
          {value.name}
        </span>
      )}
    </div>
  );
}

function Bar(props: { value: ShownValue; look: Look; standing: boolean }) {
  const { value, look, standing } = props;
  const range = rangeOf(value);
  const share = value.value === null ? 0 : percentOf(value.value, range) * 100;
  const track = look.unfilled ? 'bar-track' : 'bar-track bare';
  if (look.mode === 'lcd') return <Cells value={value} share={share} range={range} look={look} standing={standing} />;
  const fill = look.mode === 'gradient' ? gradient(value, range, look.theme, standing) : withAlpha(value.color, 0.45);
  const edge = look.mode === 'basic' ? { [standing ? 'borderTop' : 'borderRight']: `2px solid ${value.color}` } : {};
  // A gradient spans the whole track, so that the same value has the same colour in every bar.
  const grown = share > 0 ? (100 / share) * 100 : 100;
  const size = look.mode === 'gradient' ? { backgroundSize: standing ? `100% ${grown}%` : `${grown}% 100%`, backgroundPosition: standing ? 'bottom' : 'left' } : {};
  return (
    <span class={track} role="img" aria-label={`${value.name}: ${shownText(value)}`}>
      <span class="bar-fill" style={{ [standing ? 'height' : 'width']: `${share}%`, background: fill, ...size, ...edge }} />
    </span>
  );
}

function gradient(value: ShownValue, range: { min: number; max: number }, theme: 'dark' | 'light', standing: boolean): string {
  const config = value.field.config;
  const mode = config.color?.mode ?? 'thresholds';
  const towards = standing ? 'to top' : 'to right';
  if (mode.startsWith('continuous-')) return `linear-gradient(${towards}, ${continuousStops(mode).join(', ')})`;
  if (!isByValue(mode)) return `linear-gradient(${towards}, ${withAlpha(value.color, 0.25)}, ${value.color})`;
  const steps = absoluteSteps(config.thresholds ?? DEFAULT_THRESHOLDS, range.min, range.max);
  const stops = steps.map((s) => `${cssColor(s.color, theme)} ${(percentOf(Math.max(s.value, range.min), range) * 100).toFixed(1)}%`);
  return `linear-gradient(${towards}, ${stops.length > 1 ? stops.join(', ') : `${value.color}, ${value.color}`})`;
}

const CELLS = 24;

function Cells(props: { value: ShownValue; share: number; range: { min: number; max: number }; look: Look; standing: boolean }) {
  const { value, share, range, look, standing } = props;
  const config = value.field.config;
  const byValue = isByValue(config.color?.mode ?? 'thresholds');
  return (
    <span class={standing ? 'bar-cells standing' : 'bar-cells'} role="img" aria-label={`${value.name}: ${shownText(value)}`}>
      {Array.from({ length: CELLS }, (_, i) => {
        const at = range.min + ((range.max - range.min) * i) / (CELLS - 1);
        const color = byValue ? seriesColor(config, { theme: look.theme, index: value.field.seriesIndex ?? 0, name: value.name, ...range }, at) : value.color;
        const on = share > 0 && (i / CELLS) * 100 < share;
        return <span key={i} class="bar-cell" style={{ background: on ? color : withAlpha(color, 0.16) }} />;
      })}
    </span>
  );
}
