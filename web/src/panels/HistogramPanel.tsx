import { makeField, makeFrame, type Frame } from '../compat/frames';
import { num } from '../compat/json';
import { formatValue } from '../compat/units';
import { Bars } from './BarChart';
import type { PanelProps } from './types';
import { seriesFields } from './values';

/** How often values fall into equal buckets; heatmap-shaped data brings its own. */
export function HistogramPanel(props: PanelProps) {
  const frame = histogramFrame(props);
  return frame ? <Bars {...props} frame={frame} gap={0.04} /> : null;
}

function histogramFrame(props: PanelProps): Frame | null {
  const { frames, panel } = props;
  const own = frames.find((f) => f.kind === 'heatmap');
  const unit = panel.fieldConfig.defaults.unit;
  if (own) {
    const buckets = own.fields.filter((f) => f.type === 'number');
    const counts = buckets.map((f) => f.values.reduce<number>((sum, v) => sum + (typeof v === 'number' ? v : 0), 0));
    return asFrame(buckets.map((f) => f.displayName ?? f.name), [{ name: 'Count', counts, source: buckets[0] }]);
  }
  const series = seriesFields(frames).map((s) => s.field);
  const all = series.flatMap((f) => f.values.filter((v): v is number => typeof v === 'number' && Number.isFinite(v)));
  if (all.length === 0) return null;
  const low = all.reduce((a, b) => Math.min(a, b), Infinity);
  const high = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const size = num(panel.options['bucketSize']) ?? niceSize((high - low) / (num(panel.options['bucketCount']) ?? 30) || 1);
  const offset = num(panel.options['bucketOffset']) ?? 0;
  const start = Math.floor((low - offset) / size) * size + offset;
  const n = Math.min(400, Math.floor((high - start) / size) + 1);
  const names = Array.from({ length: n }, (_, i) => formatValue(Number((start + i * size).toPrecision(12)), unit));
  const combine = panel.options['combine'] === true;
  const groups = combine ? [{ name: 'Count', values: all, source: series[0] }] : series.map((f) => ({ name: f.displayName ?? f.name, values: f.values, source: f }));
  return asFrame(
    names,
    groups.map(({ name, values, source }) => {
      const counts = new Array<number>(n).fill(0);
      for (const v of values) {
        if (typeof v !== 'number' || !Number.isFinite(v)) continue;
        const at = Math.min(n - 1, Math.floor((v - start) / size));
        counts[at] = (counts[at] ?? 0) + 1;
      }
      return { name, counts, source };
    }),
  );
}

function asFrame(names: string[], columns: { name: string; counts: number[]; source: Frame['fields'][number] | undefined }[]): Frame {
  const fields = columns.map(({ name, counts, source }, i) => {
    const field = makeField(name, 'number', counts);
    // Counts have no unit, whatever the values were measured in.
    field.config = { ...(source?.config ?? { custom: {} }), unit: 'short' };
    delete field.config.min;
    delete field.config.max;
    field.displayName = name;
    field.seriesIndex = source?.seriesIndex ?? i;
    return field;
  });
  return makeFrame('A', [makeField('Bucket', 'string', names), ...fields], 'table');
}

function niceSize(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 2.5, 5, 10].find((s) => s * power >= raw) ?? 10) * power;
}
