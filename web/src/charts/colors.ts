import { theme } from '../shell/theme';

/** What charts take from the design tokens, read when a chart is built; canvas cannot use CSS variables. */
export interface ChartColors {
  text: string;
  grid: string;
  surface: string;
  accent: string;
}

export function chartColors(): ChartColors {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return { text: read('--text-3'), grid: read('--grid-line'), surface: read('--surface'), accent: read('--accent') };
}

/**
 * Series colours for the query page, dark then light: hues far apart for neighbours, all at least 3:1 on the
 * panel's surface. Dashboards use the colours their panels name.
 */
const SERIES = {
  dark: ['#2fd0bd', '#f2a65a', '#7aa5ff', '#ef6f8f', '#a3d65c', '#c48cff', '#ffd75e', '#4fc3f7', '#ff8a65', '#81c995', '#f48fd0', '#b0bec5'],
  light: ['#0b8577', '#b85c00', '#2f62d9', '#c22656', '#4d7d0b', '#8234c9', '#8f6b00', '#0277a8', '#c2410c', '#2e7d4f', '#b02a86', '#56646d'],
} as const;

/** Colour of the n-th series in the theme shown; wraps around. */
export function seriesColor(index: number): string {
  const palette = SERIES[theme.value];
  return palette[index % palette.length] ?? palette[0];
}

/** `#rrggbb` with an alpha of 0 to 1. */
export function withAlpha(color: string, alpha: number): string {
  const byte = Math.round(Math.min(Math.max(alpha, 0), 1) * 255);
  return /^#[0-9a-f]{6}$/i.test(color) ? color + byte.toString(16).padStart(2, '0') : color;
}
