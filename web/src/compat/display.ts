/** A value as it is shown: text in its unit, mapped where a mapping fits, and its colour. */
import { cssColor, isByValue, seriesColor, type ThemeName } from './colors';
import type { Field } from './frames';
import { mapValue } from './mappings';
import { reduceNumber, type Cell } from './reducers';
import { joined, unitFormatter } from './units';

export interface Shown {
  prefix: string;
  text: string;
  suffix: string;
  color: string;
  /** The number behind, null for texts and gaps. */
  value: number | null;
}

export interface DisplayContext {
  theme: ThemeName;
  timeZone: string;
}

export function shownText(s: { prefix: string; text: string; suffix: string }): string {
  return s.prefix + s.text + s.suffix;
}

/** Colour of the field as a whole: what its line and legend have. */
export function fieldColor(field: Field, theme: ThemeName): string {
  const range = field.range ?? { min: 0, max: 100 };
  const ctx = { theme, index: field.seriesIndex ?? 0, name: field.displayName ?? field.name, ...range };
  const mode = field.config.color?.mode ?? '';
  if (!isByValue(mode)) return seriesColor(field.config, ctx, null);
  const by = { min: 'min', max: 'max', last: 'lastNotNull' }[field.config.color?.seriesBy ?? 'last'] ?? 'lastNotNull';
  return seriesColor(field.config, ctx, reduceNumber(field.values, by));
}

export function showValue(field: Field, value: Cell | undefined, ctx: DisplayContext): Shown {
  const v = value ?? null;
  const number = typeof v === 'number' ? v : typeof v === 'boolean' ? Number(v) : null;
  const color = valueColorOf(field, number, ctx.theme);
  const mapped = mapValue(field.config.mappings, v);
  if (mapped) {
    const mappedColor = mapped.color !== undefined && mapped.color !== '' ? cssColor(mapped.color, ctx.theme) : color;
    if (mapped.text !== undefined && mapped.text !== '') return { prefix: '', text: mapped.text, suffix: '', color: mappedColor, value: number };
    return { ...plainText(field, v, ctx), color: mappedColor, value: number };
  }
  return { ...plainText(field, v, ctx), color, value: number };
}

function plainText(field: Field, v: Cell, ctx: DisplayContext): { prefix: string; text: string; suffix: string } {
  const text = (t: string): { prefix: string; text: string; suffix: string } => ({ prefix: '', text: t, suffix: '' });
  if (v === null || v === '') return text(field.config.noValue ?? (v === null ? '-' : ''));
  if (field.type === 'time' && typeof v === 'number') {
    return unitFormatter(field.config.unit ?? 'dateTimeAsIso')(v, undefined, ctx.timeZone);
  }
  if (typeof v === 'number') {
    if (Number.isNaN(v)) return text(field.config.noValue ?? 'NaN');
    return unitFormatter(field.config.unit)(v, field.config.decimals, ctx.timeZone);
  }
  if (typeof v === 'boolean') return text(v ? 'True' : 'False');
  // A text that is a number is shown in the unit when the field has one (labels holding seconds, sizes).
  return text(v);
}

function valueColorOf(field: Field, value: number | null, theme: ThemeName): string {
  const range = field.range ?? { min: 0, max: 100 };
  const mode = field.config.color?.mode ?? '';
  const ctx = { theme, index: field.seriesIndex ?? 0, name: field.displayName ?? field.name, ...range };
  return isByValue(mode) ? seriesColor(field.config, ctx, value) : fieldColor(field, theme);
}

/** Text of a number in a field's unit, for axes, legends and tooltips. */
export function fieldText(field: Field, value: Cell | undefined, ctx: DisplayContext): string {
  return joined(showValue(field, value, ctx));
}
