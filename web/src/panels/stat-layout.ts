/** How several values share a panel: rows and columns of equal boxes. Pure. */

export type Orientation = 'auto' | 'horizontal' | 'vertical';

export interface BoxLayout {
  columns: number;
  rows: number;
  width: number;
  height: number;
}

const GAP = 4;

/**
 * `auto` fills the panel with boxes whose shape is nearest to 2.5:1; `vertical` puts them side by side, `horizontal`
 * under each other (the names are Grafana's: they say how a single value lies, not the row).
 */
export function boxLayout(n: number, width: number, height: number, orientation: Orientation): BoxLayout {
  const count = Math.max(1, n);
  const boxed = (columns: number): BoxLayout => {
    const rows = Math.ceil(count / columns);
    return { columns, rows, width: (width - GAP * (columns - 1)) / columns, height: (height - GAP * (rows - 1)) / rows };
  };
  if (orientation === 'vertical') return boxed(count);
  if (orientation === 'horizontal') return boxed(1);
  let best = boxed(1);
  let bestScore = Infinity;
  for (let columns = 1; columns <= count; columns++) {
    const box = boxed(columns);
    if (box.width < 40 && columns > 1) break;
    const empty = box.columns * box.rows - count;
    const score = Math.abs(Math.log(box.width / Math.max(1, box.height) / 2.5)) + empty * 0.15;
    if (score < bestScore) {
      best = box;
      bestScore = score;
    }
  }
  return best;
}
