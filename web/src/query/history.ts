import { signal } from '@preact/signals';
import { isStringArray, recall, remember } from '../ui/storage';

const MAX = 50;

/** Expressions that were run in this browser, newest first. */
export const history = signal<readonly string[]>([]);

export function loadHistory(): void {
  history.value = recall('queryHistory', isStringArray, []);
}

export function addToHistory(expr: string): void {
  const next = withEntry(history.value, expr);
  if (next === history.value) return;
  history.value = next;
  remember('queryHistory', next);
}

export function clearHistory(): void {
  history.value = [];
  remember('queryHistory', []);
}

/** The list with an expression at its front, each once; unchanged for an empty one. */
export function withEntry(list: readonly string[], expr: string): readonly string[] {
  const text = expr.trim();
  if (text === '' || list[0] === text) return list;
  return [text, ...list.filter((other) => other !== text)].slice(0, MAX);
}
