import { effect, signal } from '@preact/signals';
import { path, query, setQuery } from '../shell/router';
import { recall, remember, isString } from '../ui/storage';
import { isZone, type Zone } from '../ui/time/zone';
import type { Refresh } from '../ui/time/refresh';
import { decodePanels, encodePanels, NEW_PANEL, type PanelState } from './panel';

/** The page's panels with a key that stays with a panel when others come and go. */
export interface KeyedPanel {
  key: number;
  panel: PanelState;
}

let nextKey = 1;
const keyed = (panel: PanelState): KeyedPanel => ({ key: nextKey++, panel });

export const panels = signal<readonly KeyedPanel[]>([]);

/** Counts refreshes of the whole page. */
export const refreshes = signal(0);

export const refresh = signal<Refresh>('');

export const zone = signal<Zone>('browser');

/** Follows the address while the page is open: back and forward bring their panels back. */
export function openQueryPage(): () => void {
  zone.value = recall('zone', (v): v is string => isString(v) && isZone(v), 'browser');
  return effect(() => {
    if (path.value !== 'prometheus/query') return;
    const params = query.value;
    refresh.value = params.get('refresh') ?? '';
    const wanted = decodePanels(params);
    const current = panels.peek();
    if (current.length > 0 && encodePanels(current.map((p) => p.panel)).toString() === encodePanels(wanted).toString()) return;
    const list = wanted.length > 0 ? wanted : [NEW_PANEL];
    panels.value = list.map((panel, i) => {
      const known = current[i];
      return known && known.panel.expr === panel.expr ? { key: known.key, panel } : keyed(panel);
    });
  });
}

export function chooseZone(next: Zone): void {
  zone.value = next;
  remember('zone', next);
}

export function chooseRefresh(next: Refresh): void {
  refresh.value = next;
  write();
}

export function changePanel(key: number, change: Partial<PanelState>): void {
  panels.value = panels.value.map((p) => (p.key === key ? { key, panel: { ...p.panel, ...change } } : p));
  write();
}

export function addPanel(): void {
  panels.value = [...panels.value, keyed(NEW_PANEL)];
  write();
}

export function duplicatePanel(key: number): void {
  panels.value = panels.value.flatMap((p) => (p.key === key ? [p, keyed(p.panel)] : [p]));
  write();
}

export function removePanel(key: number): void {
  const left = panels.value.filter((p) => p.key !== key);
  panels.value = left.length > 0 ? left : [keyed(NEW_PANEL)];
  write();
}

function write(): void {
  const params = encodePanels(panels.value.map((p) => p.panel));
  if (refresh.value !== '') params.set('refresh', refresh.value);
  setQuery(params);
}
