import { useEffect, useRef } from 'preact/hooks';
import { parseDuration } from './duration';

/** `''` is off, `auto` follows the width of the range, everything else is a duration. */
export type Refresh = string;

export const REFRESH_CHOICES: readonly Refresh[] = ['', 'auto', '5s', '10s', '15s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'];

const AUTO_STEPS = [5_000, 10_000, 15_000, 30_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 86_400_000];

/** About 400 refreshes while a range's width passes: a new column of pixels each time, never faster than 5 s. */
export function refreshMs(refresh: Refresh, rangeWidthMs: number): number | null {
  if (refresh === '') return null;
  if (refresh === 'auto') {
    const wanted = rangeWidthMs / 400;
    return AUTO_STEPS.find((step) => step >= wanted) ?? 86_400_000;
  }
  const ms = parseDuration(refresh);
  return ms === null || ms <= 0 ? null : Math.max(ms, 1000);
}

export function refreshLabel(refresh: Refresh): string {
  if (refresh === '') return 'Off';
  return refresh === 'auto' ? 'Auto' : refresh;
}

/**
 * Calls `run` every `ms` while the page is visible (`null` is never). A page that comes back to the front
 * after more than `ms` refreshes at once.
 */
export function useAutoRefresh(ms: number | null, run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (ms === null) return undefined;
    let last = Date.now();
    const tick = (): void => {
      if (document.hidden) return;
      last = Date.now();
      latest.current();
    };
    const timer = window.setInterval(tick, ms);
    const onVisible = (): void => {
      if (!document.hidden && Date.now() - last >= ms) tick();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [ms]);
}
