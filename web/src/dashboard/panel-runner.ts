/** A panel's life: asks when it is seen, gives up when superseded, keeps the last answer while a new one is on its way. */
import { batch, signal } from '@preact/signals';
import type { Frame } from '../compat/frames';
import type { Panel } from '../compat/model';
import { needsData, unsupported } from '../panels/registry';
import { runPanel, type PanelData } from './run-panel';
import type { DashboardState } from './state';

export type PanelPhase = 'loading' | 'done' | 'error' | 'nodata';

export class PanelRunner {
  readonly data = signal<PanelData | null>(null);
  readonly phase = signal<PanelPhase>('loading');
  readonly busy = signal(false);
  private running: AbortController | null = null;
  private answeredTick = -1;

  constructor(
    private readonly state: DashboardState,
    readonly panel: Panel,
    private readonly sharedFrom: (panelId: number) => Promise<Frame[]>,
  ) {}

  /** Asks unless the answer of this tick is there already. */
  async run(width: number): Promise<void> {
    const tick = this.state.tick.peek();
    if (this.answeredTick === tick || !this.state.ready.peek()) return;
    this.answeredTick = tick;
    this.running?.abort();
    if (!needsData(this.panel.type) || unsupported(this.panel) !== null) {
      this.phase.value = 'done';
      return;
    }
    const mine = new AbortController();
    this.running = mine;
    this.setBusy(true);
    const data = await runPanel(this.panel, {
      span: this.state.span.peek(),
      zone: this.state.zone.peek(),
      variables: this.state.variables.peek(),
      names: this.state.names(),
      scrape: this.state.scrape,
      width,
      sharedFrom: this.sharedFrom,
      signal: mine.signal,
    });
    if (mine.signal.aborted) return;
    batch(() => {
      this.data.value = data;
      this.phase.value = phaseOf(data);
      this.setBusy(false);
    });
  }

  stop(): void {
    this.running?.abort();
    this.setBusy(false);
    this.answeredTick = -1;
  }

  private setBusy(on: boolean): void {
    if (this.busy.peek() === on) return;
    this.busy.value = on;
    this.state.busy.value = this.state.busy.peek() + (on ? 1 : -1);
  }
}

function phaseOf(data: PanelData): PanelPhase {
  if (hasValues(data.frames)) return 'done';
  return data.errors.length > 0 ? 'error' : 'nodata';
}

/** A zero is data; a frame without rows, or with gaps only, is not. */
function hasValues(frames: readonly Frame[]): boolean {
  return frames.some((f) => f.fields.some((x) => x.type !== 'time' && x.values.some((v) => v !== null)));
}
