/** What this browser remembers. Storage may be blocked or full: then nothing is remembered and nothing breaks. */

const PREFIX = 'meterbox.';

/** The stored value if `accept` recognises it, else `fallback`. */
export function recall<T>(key: string, accept: (value: unknown) => value is T, fallback: T): T {
  try {
    const text = window.localStorage.getItem(PREFIX + key);
    if (text === null) return fallback;
    const value: unknown = JSON.parse(text);
    return accept(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    window.localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Private mode or a full quota: the choice lasts for this page only.
  }
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

export function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isString);
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}
