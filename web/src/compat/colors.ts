/** Which colour a series or a value has: field colour modes, thresholds, and arithmetic on colours. */
import { CLASSIC, COLORBLIND, CONTINUOUS, HEATMAP_SCHEMES, NAMED, schemeTurned, type ThemeName } from './palette';
import type { FieldConfig, Thresholds } from './model';

export type { ThemeName } from './palette';

export interface Rgba {
  r: number;
  g: number;
  b: number;
  a: number;
}

/** A named colour as the theme has it; anything else is already CSS. */
export function cssColor(name: string, theme: ThemeName): string {
  return NAMED[theme].get(name) ?? name;
}

export function paletteColor(index: number, theme: ThemeName, list: readonly string[] = CLASSIC): string {
  return cssColor(list[index % list.length] ?? 'green', theme);
}

/** The same name always gets the same colour of the palette. */
export function colorByName(name: string, theme: ThemeName): string {
  let hash = 5381;
  for (let i = 0; i < name.length; i++) hash = ((hash * 33) ^ name.charCodeAt(i)) >>> 0;
  return paletteColor(hash % CLASSIC.length, theme);
}

/** 0..1 along a continuous scheme. */
export function continuousColor(mode: string, percent: number): string {
  const stops = CONTINUOUS[mode] ?? CONTINUOUS['continuous-GrYlRd'] ?? [];
  return rgbBasis(stops, percent);
}

/** Five samples of a continuous scheme, for gradients. */
export function continuousStops(mode: string): string[] {
  return [0, 0.25, 0.5, 0.75, 1].map((p) => continuousColor(mode, p));
}

export interface ColorContext {
  theme: ThemeName;
  /** Place of the field among all drawn series. */
  index: number;
  name: string;
  /** Range for percentages (thresholds, continuous schemes). */
  min: number;
  max: number;
}

/** True when the colour follows the value rather than the series. */
export function isByValue(mode: string): boolean {
  return mode === 'thresholds' || mode.startsWith('continuous-');
}

/** The colour of the whole series (line, legend); by-value modes use `value`, the reduced value they are asked for. */
export function seriesColor(config: FieldConfig, ctx: ColorContext, value: number | null): string {
  const mode = config.color?.mode ?? 'palette-classic';
  switch (mode) {
    case 'fixed':
      return cssColor(config.color?.fixedColor ?? 'text', ctx.theme);
    case 'shades': {
      const base = toRgba(cssColor(config.color?.fixedColor ?? 'blue', ctx.theme));
      const steps = [0, 0.25, -0.25, 0.45, -0.45];
      return rgbaText(shade(base, steps[ctx.index % steps.length] ?? 0));
    }
    case 'thresholds':
      return thresholdColor(config.thresholds, value ?? -Infinity, ctx);
    case 'palette-classic-by-name':
      return colorByName(ctx.name, ctx.theme);
    case 'palette-colorblind':
      return paletteColor(ctx.index, ctx.theme, COLORBLIND);
  }
  if (mode.startsWith('continuous-')) return continuousColor(mode, value === null ? 0 : percentOf(value, ctx));
  return paletteColor(ctx.index, ctx.theme);
}

/** The colour of one value: only by-value modes differ from the series' colour. */
export function valueColor(config: FieldConfig, value: number, ctx: ColorContext): string {
  return seriesColor(config, ctx, value);
}

export function percentOf(value: number, range: { min: number; max: number }): number {
  const span = range.max - range.min;
  if (!Number.isFinite(span) || span === 0) return 0;
  return Math.min(1, Math.max(0, (value - range.min) / span));
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  mode: 'absolute',
  steps: [
    { value: -Infinity, color: 'green' },
    { value: 80, color: 'red' },
  ],
};

export function thresholdColor(
  thresholds: Thresholds | undefined,
  value: number,
  ctx: { theme: ThemeName; min: number; max: number },
): string {
  const t = thresholds ?? DEFAULT_THRESHOLDS;
  const at = t.mode === 'percentage' ? percentOf(value, ctx) * 100 : value;
  let color = t.steps[0]?.color ?? 'green';
  for (const step of t.steps) if (at >= step.value) color = step.color;
  return cssColor(color, ctx.theme);
}

/** Steps with their values in the unit of the field. */
export function absoluteSteps(t: Thresholds, min: number, max: number): { value: number; color: string }[] {
  if (t.mode === 'absolute') return t.steps;
  return t.steps.map((s) => ({ ...s, value: Number.isFinite(s.value) ? min + ((max - min) * s.value) / 100 : s.value }));
}

/** `steps` colours of a heatmap scheme, from few to many. */
export function heatmapScheme(name: string, theme: ThemeName, steps: number, reverse: boolean): string[] {
  const known = Object.keys(HEATMAP_SCHEMES).find((k) => k.toLowerCase() === name.toLowerCase()) ?? 'Spectral';
  const stops = HEATMAP_SCHEMES[known] ?? [];
  const turned = schemeTurned(known, theme) !== reverse;
  const n = Math.max(2, steps);
  return Array.from({ length: n }, (_, i) => rgbBasis(stops, turned ? 1 - i / (n - 1) : i / (n - 1)));
}

/** One colour of growing opacity, for heatmaps of a single hue. */
export function opacityScheme(color: string, steps: number, theme: ThemeName): string[] {
  const base = toRgba(cssColor(color, theme));
  const n = Math.max(2, steps);
  return Array.from({ length: n }, (_, i) => rgbaText({ ...base, a: (i + 1) / n }));
}

/** Smooth curve through colours (uniform B-spline over each channel). */
export function rgbBasis(stops: readonly string[], at: number): string {
  const colors = stops.map(toRgba);
  const n = colors.length - 1;
  const last = colors[n];
  if (!last) return '#000000';
  if (n === 0) return rgbaText(last);
  const t = Math.min(1, Math.max(0, at));
  const i = Math.min(n - 1, Math.floor(t * n));
  const u = t * n - i;
  const channel = (key: 'r' | 'g' | 'b'): number => {
    const v1 = colors[i]?.[key] ?? 0;
    const v2 = colors[i + 1]?.[key] ?? v1;
    const v0 = i > 0 ? (colors[i - 1]?.[key] ?? v1) : 2 * v1 - v2;
    const v3 = i < n - 1 ? (colors[i + 2]?.[key] ?? v2) : 2 * v2 - v1;
    const u2 = u * u;
    const u3 = u2 * u;
    const sum = (1 - 3 * u + 3 * u2 - u3) * v0 + (4 - 6 * u2 + 3 * u3) * v1 + (1 + 3 * u + 3 * u2 - 3 * u3) * v2 + u3 * v3;
    return Math.round(Math.min(255, Math.max(0, sum / 6)));
  };
  return `rgb(${channel('r')}, ${channel('g')}, ${channel('b')})`;
}

export function toRgba(css: string): Rgba {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(css.trim())?.[1];
  if (hex) {
    const full = hex.length < 6 ? [...hex].map((c) => c + c).join('') : hex;
    const at = (i: number): number => parseInt(full.slice(i, i + 2), 16);
    return { r: at(0), g: at(2), b: at(4), a: full.length > 6 ? at(6) / 255 : 1 };
  }
  const parts = css.match(/-?[\d.]+/g)?.map(Number) ?? [];
  if (css.trim().startsWith('hsl')) return fromHsl(parts[0] ?? 0, (parts[1] ?? 0) / 100, (parts[2] ?? 0) / 100, parts[3] ?? 1);
  if (parts.length >= 3) return { r: parts[0] ?? 0, g: parts[1] ?? 0, b: parts[2] ?? 0, a: parts[3] ?? 1 };
  return CSS_NAMES[css.trim().toLowerCase()] ?? { r: 128, g: 128, b: 128, a: 1 };
}

export function rgbaText(c: Rgba): string {
  const [r, g, b] = [c.r, c.g, c.b].map(Math.round);
  return c.a >= 1 ? `rgb(${r}, ${g}, ${b})` : `rgba(${r}, ${g}, ${b}, ${Number(c.a.toFixed(3))})`;
}

export function withAlpha(css: string, alpha: number): string {
  return rgbaText({ ...toRgba(css), a: alpha });
}

/** Darker (negative) or lighter (positive), by a share of the way to black or white. */
export function shade(c: Rgba, by: number): Rgba {
  const to = by < 0 ? 0 : 255;
  const k = Math.abs(by);
  return { r: c.r + (to - c.r) * k, g: c.g + (to - c.g) * k, b: c.b + (to - c.b) * k, a: c.a };
}

/** Black or white, whichever is read more easily on the colour (WCAG relative luminance). */
export function textOn(css: string): string {
  const { r, g, b } = toRgba(css);
  const lin = (v: number): number => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const l = 0.2126 * lin(r) + 0.7152 * lin(g) + 0.0722 * lin(b);
  return 1.05 / (l + 0.05) >= (l + 0.05) / 0.05 ? '#ffffff' : '#111217';
}

function fromHsl(h: number, s: number, l: number, a: number): Rgba {
  const f = (n: number): number => {
    const k = (n + h / 30) % 12;
    return 255 * (l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return { r: f(0), g: f(8), b: f(4), a };
}

/** The CSS names that turn up in dashboards. */
const CSS_NAMES: Record<string, Rgba> = Object.fromEntries(
  Object.entries({
    white: '#ffffff', black: '#000000', gray: '#808080', grey: '#808080', pink: '#ffc0cb', cyan: '#00ffff',
    magenta: '#ff00ff', brown: '#a52a2a', lime: '#00ff00', navy: '#000080', teal: '#008080', gold: '#ffd700',
  }).map(([name, hex]) => [name, toRgba(hex)]),
);
