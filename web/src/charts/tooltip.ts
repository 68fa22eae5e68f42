import type uPlot from 'uplot';

export interface TooltipRow {
  color: string;
  label: string;
  value: string;
  /** The series nearest to the pointer. */
  active?: boolean;
}

export interface TooltipContent {
  title: string;
  rows: TooltipRow[];
  /** How many rows were left out. */
  more?: number;
}

/**
 * A tooltip that follows the pointer. It lives in the body, so that no panel clips it.
 * @param content asked on each move with the hovered data index and the focused series (`null` when none is near)
 */
export function tooltipPlugin(content: (u: uPlot, index: number, focused: number | null) => TooltipContent | null): uPlot.Plugin {
  let box: HTMLDivElement | null = null;
  let focused: number | null = null;
  let inside = false;

  const hide = (): void => {
    if (box) box.hidden = true;
  };
  const show = (u: uPlot): void => {
    const index = u.cursor.idx;
    const left = u.cursor.left ?? -1;
    const top = u.cursor.top ?? -1;
    if (!box || !inside || index === null || index === undefined || left < 0) return hide();
    const filled = content(u, index, focused);
    if (filled === null) return hide();
    fill(box, filled);
    box.hidden = false;
    place(box, u.over.getBoundingClientRect(), left, top);
  };

  return {
    hooks: {
      init: [
        (u) => {
          box = document.createElement('div');
          box.className = 'chart-tooltip';
          box.hidden = true;
          document.body.append(box);
          u.over.addEventListener('mouseenter', () => {
            inside = true;
          });
          u.over.addEventListener('mouseleave', () => {
            inside = false;
            hide();
          });
        },
      ],
      setSeries: [
        (_u, index) => {
          focused = index;
        },
      ],
      setCursor: [show],
      destroy: [
        () => {
          box?.remove();
          box = null;
        },
      ],
    },
  };
}

function fill(box: HTMLElement, content: TooltipContent): void {
  const title = document.createElement('div');
  title.className = 'chart-tooltip-title';
  title.textContent = content.title;
  const rows = content.rows.map((row) => {
    const line = document.createElement('div');
    line.className = row.active === true ? 'chart-tooltip-row active' : 'chart-tooltip-row';
    const swatch = document.createElement('span');
    swatch.className = 'swatch';
    swatch.style.background = row.color;
    const label = document.createElement('span');
    label.className = 'chart-tooltip-label';
    label.textContent = row.label;
    const value = document.createElement('span');
    value.className = 'chart-tooltip-value';
    value.textContent = row.value;
    line.append(swatch, label, value);
    return line;
  });
  box.replaceChildren(title, ...rows);
  if (content.more !== undefined && content.more > 0) {
    const more = document.createElement('div');
    more.className = 'chart-tooltip-more';
    more.textContent = `and ${content.more} more`;
    box.append(more);
  }
}

const GAP = 14;

function place(box: HTMLElement, over: DOMRect, left: number, top: number): void {
  const x = over.left + left;
  const y = over.top + top;
  const { width, height } = box.getBoundingClientRect();
  const right = x + GAP + width <= window.innerWidth - 4;
  box.style.left = `${Math.max(right ? x + GAP : x - GAP - width, 4)}px`;
  box.style.top = `${Math.min(Math.max(y + GAP, 4), Math.max(window.innerHeight - height - 4, 4))}px`;
}
