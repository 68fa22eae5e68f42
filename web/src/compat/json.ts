/**
 * Reading untyped JSON. A dashboard file is somebody else's data: every field may be missing or of another type,
 * so nothing is cast; a value is asked for with the type that is needed and a fallback.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(v: unknown): v is JsonObject {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}

/** The object itself, or an empty one for anything that is not an object. */
export function obj(v: unknown): JsonObject {
  return isObject(v) ? v : {};
}

export function arr(v: unknown): Json[] {
  return Array.isArray(v) ? (v as Json[]) : [];
}

/** All members of a list that are objects. */
export function objects(v: unknown): JsonObject[] {
  return arr(v).filter(isObject);
}

export function str(v: unknown, fallback = ''): string {
  if (typeof v === 'string') return v;
  return typeof v === 'number' || typeof v === 'boolean' ? String(v) : fallback;
}

/** A number, also when it was written as text (`"10"`); undefined when there is none. */
export function num(v: unknown): number | undefined {
  if (typeof v === 'number') return Number.isFinite(v) ? v : undefined;
  if (typeof v === 'string' && v.trim() !== '') {
    const n = Number(v);
    return Number.isFinite(n) ? n : undefined;
  }
  return undefined;
}

export function bool(v: unknown, fallback = false): boolean {
  return typeof v === 'boolean' ? v : fallback;
}

export function strings(v: unknown): string[] {
  return arr(v).filter((s): s is string => typeof s === 'string');
}
