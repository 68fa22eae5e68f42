import { useMemo } from 'preact/hooks';
import { bool, num, obj, str } from '../compat/json';
import { showValue, shownText, type DisplayContext } from '../compat/display';
import { textOn } from '../compat/colors';
import type { Cell } from '../compat/reducers';
import { timeLabels } from '../charts/time-axis';
import { formatInstant } from '../ui/time/zone';
import { displayContext, type PanelProps } from './types';
import { textWidth, useSize } from './useSize';
import type { Field } from '../compat/frames';

/** States over time: a lane per series, a box per stretch of equal values (or per sample, for status history). */
export function StateTimeline(props: PanelProps) {
  const [ref, size] = useSize<HTMLDivElement>();
  const { span, panel } = props;
  const o = panel.options;
  const history = panel.type === 'status-history';
  const merge = !history && bool(o['mergeValues'], true);
  const ctx = displayContext(props);
  const lanes = useMemo(() => makeLanes(props, merge, ctx), [props.frames, merge, props.theme, props.zone]);
  const nameWidth = Math.min((size?.width ?? 400) * 0.3, Math.max(40, ...lanes.map((l) => textWidth(l.name, 12, 400) + 12)));
  const width = Math.max(50, (size?.width ?? 400) - nameWidth);
  const height = size ? Math.max(14, (size.height - 22) / Math.max(1, lanes.length)) : 24;
  const fill = Math.min(1, num(o['rowHeight']) ?? 0.9);
  const showText = str(o['showValue'], 'auto');
  const x = (t: number): number => ((t - span.from) / (span.to - span.from)) * width;
  return (
    <div class="lanes" ref={ref}>
      {size &&
        lanes.map((lane) => (
          <div class="lane" key={lane.name} style={{ height: `${height}px` }}>
            <span class="lane-name" style={{ width: `${nameWidth}px` }} title={lane.name}>
              {lane.name}
            </span>
            <span class="lane-track" style={{ height: `${height * fill}px` }} role="img" aria-label={`${lane.name}: ${lane.boxes.at(-1)?.text ?? 'no data'}`}>
              {lane.boxes.map((b, i) => {
                const left = Math.max(0, x(b.from));
                const w = Math.min(width, x(b.to)) - left;
                if (w <= 0) return null;
                const fits = showText === 'always' || (showText === 'auto' && textWidth(b.text, 12, 500) + 8 < w);
                return (
                  <span
                    key={i}
                    class="lane-box"
                    style={{ left: `${left}px`, width: `${Math.max(1, w - (history ? 2 : 1))}px`, background: b.color, color: textOn(b.color), justifyContent: str(o['alignValue'], 'left') === 'center' ? 'center' : 'flex-start' }}
                    title={`${lane.name}: ${b.text}\n${formatInstant(b.from, props.zone)} – ${formatInstant(b.to, props.zone)}`}
                  >
                    {fits ? b.text : ''}
                  </span>
                );
              })}
            </span>
          </div>
        ))}
      {size && <TimeScale span={span} width={width} left={nameWidth} zone={props.zone} />}
      {bool(obj(o['legend'])['showLegend'], true) && <States lanes={lanes} />}
    </div>
  );
}

interface Box {
  from: number;
  to: number;
  text: string;
  color: string;
}

function makeLanes(props: PanelProps, merge: boolean, ctx: DisplayContext): { name: string; boxes: Box[] }[] {
  return props.frames.flatMap((frame) => {
    const time = frame.fields.find((f) => f.type === 'time');
    if (!time) return [];
    return frame.fields
      .filter((f) => f !== time && f.type !== 'time')
      .map((field) => ({ name: field.displayName ?? field.name, boxes: boxesOf(field, time, merge, props.span.to, ctx) }));
  });
}

function boxesOf(field: Field, time: Field, merge: boolean, end: number, ctx: DisplayContext): Box[] {
  const boxes: Box[] = [];
  let open: { box: Box; value: Cell } | null = null;
  field.values.forEach((value, i) => {
    const t = Number(time.values[i]);
    if (open && (value === null || !merge || open.value !== value)) {
      open.box.to = t;
      const shown = showValue(field, value, ctx);
      // Two values that read the same are one state.
      if (merge && value !== null && open.box.text === shownText(shown) && open.box.color === shown.color) {
        open.value = value;
        return;
      }
      open = null;
    }
    if (value !== null && open === null) {
      const shown = showValue(field, value, ctx);
      const box = { from: t, to: end, text: shownText(shown), color: shown.color };
      boxes.push(box);
      open = { box, value };
    }
  });
  return boxes;
}

function States(props: { lanes: { boxes: Box[] }[] }) {
  const states = new Map<string, string>();
  for (const lane of props.lanes) for (const b of lane.boxes) if (states.size < 20) states.set(b.text, b.color);
  return (
    <ul class="legend-list">
      {[...states].map(([text, color]) => (
        <li key={text} class="legend-name">
          <span class="swatch" style={{ '--swatch': color }} /> {text}
        </li>
      ))}
    </ul>
  );
}

/** Times under lanes. */
export function TimeScale(props: { span: { from: number; to: number }; width: number; left: number; zone: string }) {
  const { span, width, left, zone } = props;
  const n = Math.max(2, Math.floor(width / 90));
  const step = niceSeconds((span.to - span.from) / 1000 / n);
  const splits: number[] = [];
  for (let t = Math.ceil(span.from / 1000 / step) * step; t <= span.to / 1000; t += step) splits.push(t);
  const labels = timeLabels(splits, step, zone);
  return (
    <div class="lane-times" style={{ marginLeft: `${left}px` }} aria-hidden="true">
      {splits.map((t, i) => (
        <span key={t} style={{ left: `${((t * 1000 - span.from) / (span.to - span.from)) * 100}%` }}>
          {(labels[i] ?? '').split('\n').at(-1)}
        </span>
      ))}
    </div>
  );
}

function niceSeconds(raw: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  return steps.find((s) => s >= raw) ?? 2_592_000;
}
