/** Less than this is the way of the answer and the server's rounding. */
const TOLERANCE_MS = 30_000;

/** How far the browser's clock is ahead of the server's, in milliseconds; `null` where they agree or it is not known. */
export function clockDrift(serverTime: unknown, now: number): number | null {
  if (typeof serverTime !== 'string') return null;
  const drift = now - Date.parse(serverTime);
  return Number.isNaN(drift) || Math.abs(drift) < TOLERANCE_MS ? null : drift;
}
