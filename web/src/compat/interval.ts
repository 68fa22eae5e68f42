/** Steps and durations: how far apart the points of a query are, and what `$__interval` and `$__rate_interval` become. */

/** Steps people read easily. A raw step below `below` becomes `step` (both in ms). */
const ROUNDING: readonly (readonly [below: number, step: number])[] = [
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1_500, 1_000],
  [3_500, 2_000],
  [7_500, 5_000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
  [86_400_000, 43_200_000],
  [604_800_000, 86_400_000],
  [1_814_400_000, 604_800_000],
  [3_628_800_000, 2_592_000_000],
];

export function roundInterval(ms: number): number {
  if (ms < 10) return 1;
  for (const [below, step] of ROUNDING) if (ms < below) return step;
  return 31_536_000_000;
}

/** The step for a range shown in `points` points, never below `minMs`. */
export function calculateInterval(rangeMs: number, points: number, minMs = 1): number {
  return Math.max(roundInterval(rangeMs / Math.max(1, points)), minMs);
}

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};

/** '1h30m', '15s', '>1m', '500ms', or a bare number of seconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const body = text.trim().replace(/^[<>=~]+/, '');
  if (/^\d+(\.\d+)?$/.test(body)) return Number(body) * 1000;
  const parts = [...body.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w|M|y)/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== body) return undefined;
  return parts.reduce((sum, p) => sum + Number(p[1]) * (UNIT_MS[p[2] ?? ''] ?? 0), 0);
}

/** The shortest exact form in one unit where there is one: 90000 → '90s', 7200000 → '2h'. */
export function formatDuration(ms: number): string {
  for (const unit of ['y', 'w', 'd', 'h', 'm', 's'] as const) {
    const size = UNIT_MS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${Math.round(ms)}ms`;
}

/** A rate needs four scrapes to survive one lost, and one scrape more than the step to touch its neighbour. */
export function rateInterval(intervalMs: number, scrapeMs: number): number {
  return Math.max(intervalMs + scrapeMs, 4 * scrapeMs);
}

/** Prometheus answers at most 11 000 points a series. */
const MAX_POINTS = 11_000;

export interface StepInput {
  rangeMs: number;
  points: number;
  /** Smallest step asked for by panel or target, in ms; undefined: the scrape interval. */
  minMs: number | undefined;
  scrapeMs: number;
  factor: number;
}

/** Step and rate interval of one query, in ms. */
export function queryStep(input: StepInput): { step: number; rate: number } {
  const interval = calculateInterval(input.rangeMs, input.points, input.minMs ?? input.scrapeMs);
  const safe = Math.ceil(input.rangeMs / MAX_POINTS / 1000) * 1000;
  const step = Math.max(interval * Math.max(1, input.factor), input.rangeMs > MAX_POINTS * interval ? safe : 0);
  return { step, rate: rateInterval(step, input.scrapeMs) };
}
