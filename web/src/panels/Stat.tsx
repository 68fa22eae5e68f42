import { num, obj, str } from '../compat/json';
import { shownText } from '../compat/display';
import { rgbaText, shade, textOn, toRgba, withAlpha } from '../compat/colors';
import { boxLayout, type BoxLayout } from './stat-layout';
import { displayContext, type PanelProps } from './types';
import { fitText, useSize } from './useSize';
import { reducedValues, type ShownValue } from './values';
import { ValueLink } from './ValueLink';

interface StatLook {
  colorMode: string;
  area: boolean;
  textMode: string;
  justify: string;
  titleSize: number | undefined;
  valueSize: number | undefined;
  prefix: string;
  postfix: string;
}

/** Big values, each with a small line of its past behind it. */
export function Stat(props: PanelProps) {
  const [ref, size] = useSize<HTMLDivElement>();
  const o = props.panel.options;
  const text = obj(o['text']);
  const values = reducedValues(props.frames, o, displayContext(props), props.lookup);
  const orientation = str(o['orientation'], 'auto');
  const layout = size ? boxLayout(values.length, size.width, size.height, orientation === 'horizontal' || orientation === 'vertical' ? orientation : 'auto') : null;
  const look: StatLook = {
    colorMode: str(o['colorMode'], 'value'),
    area: str(o['graphMode'], 'area') === 'area',
    textMode: str(o['textMode'], 'auto'),
    justify: str(o['justifyMode'], 'auto'),
    titleSize: num(text['titleSize']),
    valueSize: num(text['valueSize']),
    prefix: str(o['prefix']),
    postfix: str(o['postfix']),
  };
  return (
    <div class="stat-grid" ref={ref} style={layout ? { gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))` } : {}}>
      {layout && values.map((v, i) => <StatBox key={`${v.name}/${i}`} value={v} many={values.length > 1} layout={layout} look={look} surface={props.theme} />)}
    </div>
  );
}

function StatBox(props: { value: ShownValue; many: boolean; layout: BoxLayout; look: StatLook; surface: 'dark' | 'light' }) {
  const { value, look, layout, many } = props;
  const showName = look.textMode === 'name' || look.textMode === 'value_and_name' || (look.textMode === 'auto' && many);
  const showValue = look.textMode !== 'name' && look.textMode !== 'none';
  const background = look.colorMode.startsWith('background');
  const text = look.prefix + shownText(value) + look.postfix;
  const area = look.area && layout.height > 36 && value.values.filter((v) => v !== null).length > 1;
  const pad = 10;
  const wide = layout.width / Math.max(1, layout.height) > 2.6 && showName && showValue;
  const nameHeight = showName ? (wide ? layout.height : Math.min(layout.height * 0.32, 26)) : 0;
  // The line runs below the value, not through it.
  const lineHeight = area ? layout.height * 0.36 : 0;
  const room = { width: (wide ? layout.width * 0.6 : layout.width) - 2 * pad, height: layout.height - (wide ? 0 : nameHeight) - lineHeight };
  const size = fitText(text, room.width, look.valueSize ?? room.height * (area ? 0.85 : 0.7), look.valueSize ?? 72, 12);
  const nameSize = look.titleSize ?? fitText(value.name, (wide ? layout.width * 0.38 : layout.width) - 2 * pad, wide ? 22 : nameHeight * 0.8, Math.min(22, Math.max(13, size * 0.5)), 11);
  const base = toRgba(value.color);
  const style = background
    ? {
        background: look.colorMode === 'background_solid' ? value.color : `linear-gradient(120deg, ${rgbaText(shade(base, -0.12))}, ${value.color})`,
        color: textOn(value.color),
      }
    : { color: look.colorMode === 'none' ? 'var(--text)' : readable(value.color, props.surface) };
  const centered = look.justify === 'center' || (look.justify === 'auto' && !many);
  return (
    <div class={`stat-box ${wide ? 'wide' : ''} ${centered ? 'centered' : ''} ${background ? 'filled' : ''}`} style={{ ...style, paddingBottom: `${lineHeight}px` }} title={showName ? `${value.name}: ${text}` : text}>
      {area && <Sparkline value={value} width={layout.width} height={lineHeight} onFill={background} />}
      {showName && (
        <span class="stat-name" style={{ fontSize: `${nameSize}px` }}>
          {value.name}
        </span>
      )}
      {showValue && (
        <ValueLink value={value}>
          <span class="stat-value" style={{ fontSize: `${size}px` }}>
            {look.prefix}
            {value.prefix}
            {value.text}
            <span class="stat-unit">{value.suffix}</span>
            {look.postfix}
          </span>
        </ValueLink>
      )}
    </div>
  );
}

/** Pale threshold colours vanish on white; they are darkened until they can be read. */
export function readable(color: string, theme: 'dark' | 'light'): string {
  if (theme === 'dark') return color;
  let c = toRgba(color);
  for (let i = 0; i < 8 && luminance(c) > 0.3; i++) c = shade(c, -0.12);
  return rgbaText(c);
}

function luminance(c: { r: number; g: number; b: number }): number {
  const lin = (v: number): number => (v / 255) ** 2.2;
  return 0.2126 * lin(c.r) + 0.7152 * lin(c.g) + 0.0722 * lin(c.b);
}

/** The last range as a line at the bottom of the box. */
function Sparkline(props: { value: ShownValue; width: number; height: number; onFill: boolean }) {
  const { value, width, height } = props;
  const points = value.values.map((v, i) => [Number(value.times[i] ?? i), typeof v === 'number' && Number.isFinite(v) ? v : null] as const);
  const numbers = points.flatMap(([, v]) => (v === null ? [] : [v]));
  const xs = points.map(([t]) => t);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const min = Math.min(value.field.config.min ?? Infinity, ...numbers);
  const max = Math.max(value.field.config.max ?? -Infinity, ...numbers);
  const flat = max === min;
  const x = (t: number): number => (x1 === x0 ? 0 : ((t - x0) / (x1 - x0)) * width);
  const y = (v: number): number => (flat ? height * 0.5 : height - 1 - ((v - min) / (max - min)) * (height - 4));
  let line = '';
  let area = '';
  let start: number | null = null;
  let last = 0;
  for (const [t, v] of points) {
    if (v === null) continue;
    line += `${start === null ? 'M' : 'L'}${x(t).toFixed(1)},${y(v).toFixed(1)}`;
    start ??= t;
    last = t;
  }
  if (start !== null) area = `${line}L${x(last).toFixed(1)},${height}L${x(start).toFixed(1)},${height}Z`;
  const color = props.onFill ? 'rgb(255 255 255 / 0.6)' : value.color;
  return (
    <svg class="sparkline" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" preserveAspectRatio="none">
      <path d={area} fill={props.onFill ? 'rgb(255 255 255 / 0.18)' : withAlpha(value.color, 0.16)} />
      <path d={line} fill="none" stroke={color} stroke-width="1.5" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
