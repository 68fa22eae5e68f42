import { toWall, two, type Zone } from '../ui/time/zone';

/**
 * Labels of a time axis: as little as tells neighbours apart, the date where the day changes.
 * @param splits seconds since 1970, ascending
 * @param increment seconds between them
 */
export function timeLabels(splits: readonly number[], increment: number, zone: Zone): string[] {
  let previousDay = '';
  let previousYear = '';
  return splits.map((seconds) => {
    const w = toWall(Math.round(seconds * 1000), zone);
    const day = `${two(w.month)}-${two(w.day)}`;
    const year = String(w.year);
    const newDay = previousDay !== '' && day !== previousDay;
    const newYear = previousYear !== '' && year !== previousYear;
    previousDay = day;
    previousYear = year;
    if (increment >= 28 * 86_400) return `${year}-${two(w.month)}`;
    if (increment >= 86_400) return newYear ? `${year}-${day}` : day;
    const clock = `${two(w.hour)}:${two(w.minute)}`;
    if (increment < 1) return `${clock}:${two(w.second)}.${String(w.ms).padStart(3, '0')}`;
    if (increment < 60) return `${clock}:${two(w.second)}`;
    return newDay ? `${day}\n${clock}` : clock;
  });
}
