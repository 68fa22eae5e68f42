/** Durations as Prometheus writes them: `1h30m`, `500ms`, `1d`. All values are milliseconds. */

const UNITS: ReadonlyArray<readonly [string, number]> = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds, or `null` where the text is not a duration. A bare number is seconds, with or without fraction. */
export function parseDuration(text: string): number | null {
  const source = text.trim();
  if (source === '') return null;
  if (/^\d+(\.\d+)?$/.test(source)) return Number(source) * 1000;
  const match = PATTERN.exec(source);
  if (match === null) return null;
  let total = 0;
  UNITS.forEach(([, size], i) => {
    total += Number(match[i + 1] ?? 0) * size;
  });
  return total;
}

/** The shortest exact spelling: 5400000 is `1h30m`. Years and weeks only where nothing remains, as Prometheus does. */
export function formatDuration(ms: number): string {
  let left = Math.round(ms);
  if (left <= 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS) {
    if ((unit === 'y' || unit === 'w') && left % size !== 0) continue;
    const n = Math.floor(left / size);
    if (n > 0) text += `${n}${unit}`;
    left -= n * size;
  }
  return text;
}

/** For people, one or two units: `3d 4h`, `12.4 s`, `830 µs`. */
export function describeDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  const size = Math.abs(ms);
  if (size < 1) return `${round(ms * 1000)} µs`;
  if (size < 1000) return `${round(ms)} ms`;
  if (size < 60_000) return `${round(ms / 1000)} s`;
  const parts: ReadonlyArray<readonly [string, number]> = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ];
  const first = parts.findIndex(([, unit]) => size >= unit);
  const big = parts[first];
  const small = parts[first + 1];
  if (!big) return formatDuration(ms);
  const n = Math.floor(size / big[1]);
  const rest = small ? Math.floor((size - n * big[1]) / small[1]) : 0;
  return small && rest > 0 ? `${n}${big[0]} ${rest}${small[0]}` : `${n}${big[0]}`;
}

function round(n: number): string {
  return String(Number(n.toPrecision(3)));
}
