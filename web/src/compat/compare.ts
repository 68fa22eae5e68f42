/** Order of cells in tables, legends and variable options. */
import type { Cell } from './reducers';

/** Numbers by size, texts as people sort them ('gpu2' before 'gpu10'), nothing last. */
export function compareCells(a: Cell, b: Cell): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b;
  return collator.compare(String(a), String(b));
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
