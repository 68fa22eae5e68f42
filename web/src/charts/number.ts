/** Numbers for axes and tables where no unit is known: at most `digits` significant digits, thousands as k, M, G. */

const STEPS: ReadonlyArray<readonly [number, string]> = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

export function shortNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e18)) return value.toExponential(digits - 1).replace(/\.?0+e/, 'e');
  const step = STEPS.find(([floor]) => size >= floor);
  if (!step) return String(Number(value.toPrecision(digits)));
  return `${Number((value / step[0]).toPrecision(digits))}${step[1]}`;
}

/**
 * Labels of a value axis: neighbours always differ, since the digits follow the distance between the splits.
 */
export function axisLabels(splits: readonly number[]): string[] {
  const increment = splits.length > 1 ? Math.abs((splits[1] ?? 0) - (splits[0] ?? 0)) : 0;
  const most = splits.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const needed = increment > 0 && most > 0 ? Math.ceil(Math.log10(most / increment)) + 1 : 3;
  const digits = Math.min(Math.max(needed + 1, 3), 15);
  return splits.map((v) => shortNumber(Number(v.toPrecision(12)), digits));
}

/** Bytes for people, powers of 1024. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${bytes < 0 ? '-' : ''}${Number(value.toPrecision(3))} ${units[unit]}`;
}

/** `12,345` */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '–';
}
