/** Numbers to text with Grafana's rounding: three significant digits unless the number of decimals is given. */

/** Decimals that leave three significant digits; 0 for whole numbers. */
export function autoDecimals(value: number): number {
  if (value === 0 || value % 1 === 0) return 0;
  const magnitude = Math.floor(Math.log(Math.abs(value)) / Math.LN10);
  return Math.max(0, 2 - magnitude);
}

export function toFixed(value: number, decimals?: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '∞';
  if (value === -Infinity) return '-∞';
  const places = decimals ?? autoDecimals(value);
  if (value === 0) return value.toFixed(places);
  const factor = places > 0 ? 10 ** places : 1;
  const text = String(Math.round(value * factor) / factor);
  if (text.includes('e')) return text;
  const dot = text.indexOf('.');
  const have = dot < 0 ? 0 : text.length - dot - 1;
  if (have >= places) return text;
  return (have === 0 ? text + '.' : text) + '0'.repeat(places - have);
}
