/** A little air above and below; a flat line gets room on both sides. */
export function valueRange(min: number | null, max: number | null, fromZero: boolean): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  let low = fromZero ? Math.min(min, 0) : min;
  let high = fromZero ? Math.max(max, 0) : max;
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.1;
    low = fromZero && low === 0 ? 0 : low - room;
    high += room;
    return [low, high];
  }
  const air = (high - low) * 0.06;
  return [fromZero && low === 0 ? 0 : low - air, fromZero && high === 0 ? 0 : high + air];
}
