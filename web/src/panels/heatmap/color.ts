/** Counts to colours. Pure. */
import { heatmapScheme, opacityScheme, type ThemeName } from '../../compat/colors';
import { bool, num, obj, str, type JsonObject } from '../../compat/json';

export interface HeatmapColors {
  palette: string[];
  min: number;
  max: number;
  /** Index into the palette. */
  at: (count: number) => number;
}

/** @param range smallest and largest count drawn; the panel's own limits win. */
export function heatmapColors(options: JsonObject, range: { min: number; max: number }, theme: ThemeName): HeatmapColors {
  const c = obj(options['color']);
  const steps = num(c['steps']) ?? 64;
  const single = str(c['mode']) === 'opacity';
  const palette = single
    ? opacityScheme(str(c['fill'], 'dark-orange'), steps, theme)
    : heatmapScheme(str(c['scheme'], 'Oranges'), theme, steps, bool(c['reverse']));
  const min = num(c['min']) ?? Math.min(0, range.min);
  const max = Math.max(num(c['max']) ?? range.max, min + Number.MIN_VALUE);
  const exponent = str(c['scale'], 'exponential') === 'exponential' ? (num(c['exponent']) ?? 0.5) : 1;
  const at = (count: number): number => {
    const share = Math.min(1, Math.max(0, (count - min) / (max - min)));
    return Math.min(palette.length - 1, Math.floor(share ** exponent * palette.length));
  };
  return { palette, min, max, at };
}
