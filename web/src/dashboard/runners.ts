/** The runners of all panels of a page, by key; a panel that was shown before keeps its data when it comes back. */
import { signal } from '@preact/signals';
import type { Frame } from '../compat/frames';
import type { PlacedPanel } from './layout';
import { PanelRunner } from './panel-runner';
import { runPanel } from './run-panel';
import type { DashboardState } from './state';

export class Runners {
  private readonly all = new Map<string, { runner: PanelRunner; scope: string }>();
  /** Keys of panels in view. */
  readonly visible = signal<ReadonlySet<string>>(new Set());

  constructor(private readonly state: DashboardState) {}

  of(placed: PlacedPanel): PanelRunner {
    const scope = JSON.stringify(placed.panel.scoped ?? {});
    const known = this.all.get(placed.key);
    if (known && known.scope === scope) return known.runner;
    known?.runner.stop();
    const runner = new PanelRunner(this.state, placed.panel, (id) => this.framesOf(id));
    this.all.set(placed.key, { runner, scope });
    return runner;
  }

  setVisible(key: string, on: boolean): void {
    const next = new Set(this.visible.peek());
    if (on === next.has(key)) return;
    if (on) next.add(key);
    else next.delete(key);
    this.visible.value = next;
  }

  /** All visible panels have an answer. */
  settled(): boolean {
    const keys = [...this.visible.value];
    return keys.length > 0 && keys.every((k) => this.all.get(k)?.runner.phase.value !== 'loading');
  }

  stop(): void {
    for (const { runner } of this.all.values()) runner.stop();
  }

  /** Data of another panel for panels whose source is that panel. */
  private async framesOf(id: number): Promise<Frame[]> {
    const panels = this.state.dashboard.items.flatMap((i) => (i.kind === 'panel' ? [i.panel] : i.row.panels));
    const panel = panels.find((p) => p.id === id);
    if (!panel) return [];
    const data = await runPanel(panel, {
      span: this.state.span.peek(),
      zone: this.state.zone.peek(),
      variables: this.state.variables.peek(),
      names: this.state.names(),
      scrape: this.state.scrape,
      width: 800,
      sharedFrom: () => Promise.resolve([]),
      signal: new AbortController().signal,
    });
    return data.raw;
  }
}
