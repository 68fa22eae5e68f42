import { bool, num, obj, str } from '../compat/json';
import { absoluteSteps, continuousStops, cssColor, DEFAULT_THRESHOLDS, percentOf } from '../compat/colors';
import { formatValue } from '../compat/units';
import { shownText } from '../compat/display';
import { boxLayout } from './stat-layout';
import { readable } from './Stat';
import { displayContext, type PanelProps } from './types';
import { fitText, useSize } from './useSize';
import { reducedValues, type ShownValue } from './values';
import { ValueLink } from './ValueLink';

/** Dials with the thresholds on a thin ring outside. */
export function Gauge(props: PanelProps) {
  const [ref, size] = useSize<HTMLDivElement>();
  const o = props.panel.options;
  const values = reducedValues(props.frames, o, displayContext(props), props.lookup);
  const orientation = str(o['orientation'], 'auto');
  const layout = size ? boxLayout(values.length, size.width, size.height, orientation === 'horizontal' || orientation === 'vertical' ? orientation : 'auto') : null;
  return (
    <div class="stat-grid" ref={ref} style={layout ? { gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))` } : {}}>
      {layout &&
        values.map((v, i) => (
          <Dial
            key={`${v.name}/${i}`}
            value={v}
            width={layout.width}
            height={layout.height}
            named={values.length > 1}
            theme={props.theme}
            markers={bool(o['showThresholdMarkers'], true)}
            labels={bool(o['showThresholdLabels'])}
            valueSize={num(obj(o['text'])['valueSize'])}
          />
        ))}
    </div>
  );
}

interface DialProps {
  value: ShownValue;
  width: number;
  height: number;
  named: boolean;
  theme: 'dark' | 'light';
  markers: boolean;
  labels: boolean;
  valueSize: number | undefined;
}

/** From 8 o'clock to 4 o'clock: 240 degrees. */
const START = -210;
const SWEEP = 240;

function Dial(props: DialProps) {
  const { value, named, theme } = props;
  const nameRoom = named ? 20 : 0;
  const w = props.width;
  const h = Math.max(20, props.height - nameRoom);
  // The open bottom of the arc leaves a quarter of the circle unused.
  const radius = Math.max(10, Math.min(w / 2 - 6, (h - 8) / 1.5));
  const cx = w / 2;
  const cy = Math.min(h - radius * 0.5, radius + (h - radius * 1.5) / 2);
  const thick = radius * 0.24;
  const ring = props.markers ? Math.max(2, radius * 0.05) : 0;
  const track = radius - ring - (ring > 0 ? 2 : 0) - thick / 2;
  const config = value.field.config;
  const range = { min: config.min ?? 0, max: config.max ?? Math.max(100, value.field.range?.max ?? 100) };
  if (config.max === undefined && config.unit === 'percentunit') range.max = 1;
  const share = value.value === null ? 0 : percentOf(value.value, range);
  const text = shownText(value);
  const size = props.valueSize ?? fitText(text, track * 1.5 - thick, track * 0.6, 60, 10);
  const steps = absoluteSteps(config.thresholds ?? DEFAULT_THRESHOLDS, range.min, range.max);
  const continuous = config.color?.mode.startsWith('continuous-') === true;
  return (
    <div class="gauge" title={`${value.name}: ${text}`}>
      <svg width={w} height={h} viewBox={`0 0 ${w} ${h}`} role="img" aria-label={`${value.name}: ${text}`}>
        <path d={arc(cx, cy, track, 0, 1)} class="gauge-track" stroke-width={thick} />
        {share > 0 && <path d={arc(cx, cy, track, 0, share)} fill="none" stroke={value.color} stroke-width={thick} />}
        {props.markers &&
          !continuous &&
          steps.map((s, i) => {
            const from = percentOf(Math.max(s.value, range.min), range);
            const to = percentOf(steps[i + 1]?.value ?? range.max, range);
            return to > from ? <path key={i} d={arc(cx, cy, radius - ring / 2, from, to)} fill="none" stroke={cssColor(s.color, theme)} stroke-width={ring} /> : null;
          })}
        {props.markers &&
          continuous &&
          continuousStops(config.color?.mode ?? '').map((color, i, all) => (
            <path key={i} d={arc(cx, cy, radius - ring / 2, i / all.length, (i + 1) / all.length)} fill="none" stroke={color} stroke-width={ring} />
          ))}
        {props.labels &&
          steps.filter((s) => Number.isFinite(s.value) && s.value > range.min && s.value < range.max).map((s, i) => {
            const [x, y] = point(cx, cy, track - thick / 2 - 10, percentOf(s.value, range));
            return (
              <text key={i} x={x} y={y} class="gauge-label">
                {formatValue(s.value, config.unit, config.decimals)}
              </text>
            );
          })}
      </svg>
      <div class="gauge-value" style={{ top: `${cy}px`, fontSize: `${size}px`, color: readable(value.color, theme) }}>
        <ValueLink value={value}>
          {value.prefix}
          {value.text}
          <span class="stat-unit">{value.suffix}</span>
        </ValueLink>
      </div>
      {named && <div class="gauge-name">{value.name}</div>}
    </div>
  );
}

function point(cx: number, cy: number, r: number, share: number): [number, number] {
  const angle = ((START + SWEEP * share) * Math.PI) / 180;
  return [cx + r * Math.cos(angle), cy + r * Math.sin(angle)];
}

function arc(cx: number, cy: number, r: number, from: number, to: number): string {
  const [x0, y0] = point(cx, cy, r, from);
  const [x1, y1] = point(cx, cy, r, to);
  const large = (to - from) * SWEEP > 180 ? 1 : 0;
  return `M${x0.toFixed(2)},${y0.toFixed(2)}A${r},${r} 0 ${large} 1 ${x1.toFixed(2)},${y1.toFixed(2)}`;
}
