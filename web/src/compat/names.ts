/** What a field is called when nobody named it: from its frame, its labels, or both. */
import type { Field, Frame } from './frames';

export function displayName(field: Field, frame: Frame, frames: readonly Frame[]): string {
  if (field.displayName !== undefined) return field.displayName;
  if (field.config.displayNameFromDS !== undefined) return field.config.displayNameFromDS;
  return rawName(field, frame, frames);
}

export function rawName(field: Field, frame: Frame, frames: readonly Frame[]): string {
  if (field.type === 'time' && !field.labels) return field.name || 'Time';
  const parts: string[] = [];
  if (frame.name !== undefined && frame.name !== '' && frame.kind === 'series') parts.push(frame.name);
  const named = field.name !== '' && field.name !== 'Value';
  if (named) parts.push(field.name);
  const labels = field.labels ?? {};
  if (Object.keys(labels).length > 0) {
    const only = singleLabel(frames);
    const text = only === undefined ? labelText(labels) : labels[only];
    if (text !== undefined && text !== '') parts.push(text);
  }
  return parts.length > 0 ? parts.join(' ') : field.name || 'Value';
}

/** The one label all series have, when there is just one: then its value says it all. */
function singleLabel(frames: readonly Frame[]): string | undefined {
  let only: string | undefined;
  for (const frame of frames) {
    for (const field of frame.fields) {
      for (const label of Object.keys(field.labels ?? {})) {
        if (only !== undefined && only !== label) return undefined;
        only = label;
      }
    }
  }
  return only;
}

export function labelText(labels: Record<string, string>): string {
  const { __name__: metric = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([k, v]) => `${k}="${v}"`);
  if (pairs.length === 0) return metric;
  return `${metric}{${pairs.join(', ')}}`;
}

/** 'Value', 'Value' → 'Value 1', 'Value 2'; names that occur once stay. */
export function numbered(names: readonly string[]): string[] {
  const count = new Map<string, number>();
  for (const n of names) count.set(n, (count.get(n) ?? 0) + 1);
  const used = new Map<string, number>();
  return names.map((n) => {
    if ((count.get(n) ?? 0) < 2) return n;
    const at = (used.get(n) ?? 0) + 1;
    used.set(n, at);
    return `${n} ${at}`;
  });
}

/** Names of a frame's columns as transformations and overrides mean them. */
export function columnNames(frame: Frame, frames: readonly Frame[]): string[] {
  return numbered(frame.fields.map((f) => displayName(f, frame, frames)));
}
