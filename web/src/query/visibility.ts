/**
 * What a click in the legend hides. `only` (a plain click) shows the series alone, or all again when it already
 * is; otherwise (with Ctrl, Cmd or Shift) the series itself is switched.
 */
export function toggleSeries(keys: readonly string[], hidden: ReadonlySet<string>, key: string, only: boolean): ReadonlySet<string> {
  if (!only) {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    return next;
  }
  const others = keys.filter((other) => other !== key);
  const alone = !hidden.has(key) && others.every((other) => hidden.has(other));
  return alone ? new Set() : new Set(others);
}
