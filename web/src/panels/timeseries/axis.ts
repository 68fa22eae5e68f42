/** Ranges and labels of value axes. Pure. */
import uPlot from 'uplot';
import { showValue, shownText, type DisplayContext } from '../../compat/display';
import type { Field } from '../../compat/frames';
import { unitFormatter } from '../../compat/units';
import type { ChartScale } from './model';

/** The range of a value scale over drawn data: hard limits win, soft ones widen, log scales end at powers. */
export function scaleRange(scale: ChartScale, low: number | null, high: number | null): [number, number] {
  const { softMin, softMax, centeredZero, log } = scale.style;
  const hardMin = scale.percent ? (scale.min ?? 0) : scale.min;
  const hardMax = scale.percent ? (scale.max ?? 1) : scale.max;
  let min = low ?? hardMin ?? softMin ?? 0;
  let max = high ?? hardMax ?? softMax ?? Math.max(min, 1);
  if (scale.bars || scale.percent) {
    min = Math.min(min, 0);
    max = Math.max(max, 0);
  }
  if (softMin !== undefined) min = Math.min(min, softMin);
  if (softMax !== undefined) max = Math.max(max, softMax);
  if (log > 0) {
    const [a, b] = uPlot.rangeLog(Math.max(hardMin ?? min, 1e-12), Math.max(hardMax ?? max, 1e-11), log === 2 ? 2 : 10, false);
    return [a ?? 0.1, b ?? 1];
  }
  if (centeredZero) {
    const reach = Math.max(Math.abs(min), Math.abs(max)) * 1.05 || 1;
    return [hardMin ?? -reach, hardMax ?? reach];
  }
  if (min === max && hardMax === undefined && (hardMin === undefined || hardMin <= min)) {
    // A flat line: zero in sight, and room above.
    if (min === 0) return [hardMin ?? 0, 1];
    return min > 0 ? [softMin ?? 0, max * 1.2] : [min * 1.2, softMax ?? 0];
  }
  const [autoMin, autoMax] = uPlot.rangeNum(min, max, {
    min: { pad: 0.1, hard: hardMin ?? -Infinity, soft: softMin ?? 0, mode: softMin === undefined ? 3 : 1 },
    max: { pad: 0.1, hard: hardMax ?? Infinity, soft: softMax ?? 0, mode: softMax === undefined ? 3 : 1 },
  });
  const a = hardMin ?? autoMin ?? min;
  const b = hardMax ?? autoMax ?? max;
  return a < b ? [a, b] : [a, a + 1];
}

/** Steps between labels that fall on whole units where the unit is not decimal. */
export function axisIncrements(unit: string | undefined): number[] | undefined {
  if (unit !== undefined && BINARY.has(unit)) return BINARY_STEPS;
  if (unit === 's') return TIME_STEPS;
  if (unit === 'ms') return TIME_STEPS.map((x) => x * 1000);
  return undefined;
}

const BINARY = new Set(['bytes', 'bits', 'binBps', 'binbps', 'kbytes', 'mbytes', 'gbytes', 'KiBs', 'MiBs', 'GiBs']);
const BINARY_STEPS = [0.25, 0.5, ...Array.from({ length: 60 }, (_, i) => 2 ** i)];
const TIME_STEPS = [
  ...[1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1].flatMap((x) => [x, 2 * x, 5 * x].filter((y) => y < 4)),
  ...[5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000, 63072000, 157680000],
];

/** Labels with as few decimals as tell all splits apart exactly. */
export function axisLabels(field: Field, splits: readonly (number | null)[], ctx: DisplayContext): string[] {
  if ((field.config.mappings?.length ?? 0) > 0) {
    return splits.map((v) => (v === null ? '' : shownText(showValue(field, Object.is(v, -0) ? 0 : v, ctx))));
  }
  const format = unitFormatter(field.config.unit);
  const clean = splits.map((v) => (v === null ? null : Number(v.toPrecision(12)) + 0));
  const decimals = exactDecimals(clean, field.config.unit);
  return clean.map((v) => {
    if (v === null) return '';
    const f = format(v, field.config.decimals ?? decimals.get(format(v, 9).suffix) ?? 0, ctx.timeZone);
    return f.prefix + f.text + f.suffix;
  });
}

/** Decimals by suffix: '500 ms' below '1.5 s' needs none though its neighbour does. */
function exactDecimals(splits: readonly (number | null)[], unit: string | undefined): Map<string, number> {
  const format = unitFormatter(unit);
  const out = new Map<string, number>();
  for (const v of splits) {
    if (v === null || v === 0) continue;
    const fine = format(v, 9);
    let d = 0;
    for (; d < 6; d++) {
      const rough = format(v, d);
      const exact = Number(fine.text);
      if (rough.suffix === fine.suffix && Math.abs(Number(rough.text) - exact) <= 1e-6 * Math.max(1, Math.abs(exact))) break;
    }
    out.set(fine.suffix, Math.max(out.get(fine.suffix) ?? 0, d));
  }
  return out;
}
