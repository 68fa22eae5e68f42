/** What the tooltip of a time series says. Pure. */
import type { TooltipContent, TooltipRow } from '../../charts/tooltip';
import { showValue, shownText, type DisplayContext } from '../../compat/display';
import { bool, obj, str, type JsonObject } from '../../compat/json';
import { formatInstant } from '../../ui/time/zone';
import type { ChartModel } from './model';

export interface TooltipOptions {
  mode: 'single' | 'multi' | 'none';
  sort: 'none' | 'asc' | 'desc';
  hideZeros: boolean;
}

export function tooltipOptions(options: JsonObject): TooltipOptions {
  const t = obj(options['tooltip']);
  const mode = str(t['mode'], 'single');
  const sort = str(t['sort'], 'none');
  return {
    mode: mode === 'multi' || mode === 'none' ? mode : 'single',
    sort: sort === 'asc' || sort === 'desc' ? sort : 'none',
    hideZeros: bool(t['hideZeros']),
  };
}

/** More rows than this cannot be read while hovering. */
const MAX_ROWS = 24;

/** @param focused uPlot's series index (1 is the first) nearest to the pointer. */
export function tooltipContent(
  model: ChartModel,
  options: TooltipOptions,
  index: number,
  focused: number | null,
  ctx: DisplayContext,
): TooltipContent | null {
  const time = model.times[index];
  if (time === undefined || options.mode === 'none') return null;
  const rows = model.series.flatMap((s, i): (TooltipRow & { sort: number })[] => {
    if (s.style.hideTooltip) return [];
    if (options.mode === 'single' && focused !== null && focused !== i + 1) return [];
    const v = valueAt(s.raw, index);
    if (v === undefined || v === null || (options.hideZeros && v === 0)) return [];
    const shown = showValue(s.field, v, ctx);
    return [{ color: shown.color, label: s.name, value: shownText(shown), active: options.mode === 'multi' && focused === i + 1, sort: v }];
  });
  if (rows.length === 0) return null;
  if (options.sort !== 'none') rows.sort((a, b) => (options.sort === 'asc' ? a.sort - b.sort : b.sort - a.sort));
  const title = formatInstant(time * 1000, ctx.timeZone || 'browser');
  const shown = options.mode === 'single' ? rows.slice(0, 1) : rows.slice(0, MAX_ROWS);
  return { title, rows: shown, more: options.mode === 'single' ? 0 : rows.length - shown.length };
}

/** Series on another grid have no sample at the hovered time: take the one just before. */
function valueAt(values: readonly (number | null | undefined)[], index: number): number | null | undefined {
  for (let i = index; i >= Math.max(0, index - 4); i--) {
    const v = values[i];
    if (v !== undefined) return v;
  }
  return undefined;
}
