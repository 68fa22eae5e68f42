import { useRef, useState } from 'preact/hooks';
import { formatQuery } from '../api/prometheus';
import { Icon } from '../ui/Icon';
import { Empty, Loading, Notice } from '../ui/Notice';
import { toast } from '../ui/toast';
import { Editor } from './editor/Editor';
import type { EditorHandle } from './editor/handle';
import { Explorer } from './Explorer';
import { GraphControls } from './GraphControls';
import { GraphTab } from './GraphTab';
import { addToHistory } from './history';
import { MomentControls } from './InstantPicker';
import { PanelMenu } from './PanelMenu';
import type { PanelState } from './panel';
import { changePanel, refreshes, zone } from './state';
import { ResultStats } from './ResultStats';
import { TableTab } from './TableTab';
import { usePanelQuery, type Outcome } from './usePanelQuery';

/** One expression with its result. */
export function QueryPanel(props: { id: number; index: number; panel: PanelState }) {
  const { id, panel } = props;
  const editor = useRef<EditorHandle | null>(null);
  const [draft, setDraft] = useState(panel.expr);
  const [runs, setRuns] = useState(0);
  const [exploring, setExploring] = useState(false);
  const outcome = usePanelQuery(panel, runs + refreshes.value);
  const change = (next: Partial<PanelState>): void => changePanel(id, next);

  const run = (text: string = editor.current?.text() ?? ''): void => {
    const expr = text.trim();
    if (expr !== '') addToHistory(expr);
    if (expr === panel.expr) setRuns((n) => n + 1);
    else change({ expr });
  };
  const put = (expr: string): void => {
    editor.current?.setText(expr);
    run(expr);
  };
  const format = async (): Promise<void> => {
    const answer = await formatQuery(editor.current?.text() ?? '');
    if (answer.ok) editor.current?.setText(answer.data);
    else toast(answer.error.message);
  };

  const name = `Expression ${props.index + 1}`;
  return (
    <section class="card query-panel" aria-label={name} data-panel={props.index} data-state={stateOf(outcome)}>
      <div class="query-head">
        <Editor
          initial={panel.expr}
          label={name}
          onRun={() => run()}
          onChange={setDraft}
          onHandle={(handle) => {
            editor.current = handle;
          }}
        />
        <button type="button" class="btn primary query-run" onClick={() => run()} title="Run (Enter)">
          {outcome.state === 'loading' ? <span class="spinner" /> : <Icon name="play" />}
          Run
        </button>
        <PanelMenu id={id} onExplore={() => setExploring(true)} onFormat={() => void format()} onChoose={put} />
      </div>
      <div class="query-bar">
        <div class="tabs" role="tablist" aria-label="Result">
          <Tab label="Table" icon="table" on={panel.tab === 'table'} choose={() => change({ tab: 'table' })} />
          <Tab label="Graph" icon="chart" on={panel.tab === 'graph'} choose={() => change({ tab: 'graph' })} />
        </div>
        {panel.tab === 'table' ? (
          <MomentControls value={panel.moment} zone={zone.value} onChange={(moment) => change({ moment })} />
        ) : (
          <GraphControls panel={panel} zone={zone.value} onChange={change} />
        )}
      </div>
      <div class="query-body" role="tabpanel" aria-busy={outcome.state === 'loading'}>
        <Messages outcome={outcome} />
        {draft.trim() !== panel.expr && panel.expr !== '' && draft.trim() !== '' && (
          <p class="caption query-stale">The result is of the expression before your changes. Press Enter to run it.</p>
        )}
        <Result outcome={outcome} panel={panel} change={change} onExplore={() => setExploring(true)} />
      </div>
      <ResultStats outcome={outcome} panel={panel} />
      {exploring && (
        <Explorer
          onClose={() => setExploring(false)}
          onInsert={(text) => {
            setExploring(false);
            editor.current?.insert(text);
            editor.current?.focus();
          }}
          onRun={(expr) => {
            setExploring(false);
            put(expr);
          }}
        />
      )}
    </section>
  );
}

/** For tests and for people who watch with other tools: what the panel currently is. */
function stateOf(outcome: Outcome): string {
  if (outcome.state !== 'done') return outcome.state;
  const result = outcome.table?.data ?? outcome.graph?.data;
  const empty = result !== undefined && (result.resultType === 'vector' || result.resultType === 'matrix') && result.result.length === 0;
  return empty ? 'nodata' : 'done';
}

function Tab(props: { label: string; icon: 'table' | 'chart'; on: boolean; choose: () => void }) {
  return (
    <button type="button" class="tab row" role="tab" aria-selected={props.on} onClick={props.choose}>
      <Icon name={props.icon} />
      {props.label}
    </button>
  );
}

function Messages(props: { outcome: Outcome }) {
  const { error, warnings, infos } = props.outcome;
  return (
    <>
      {error && (
        <Notice kind="bad" title={errorTitle(error.kind)}>
          <span class="mono">{error.message}</span>
        </Notice>
      )}
      {warnings.map((text) => (
        <Notice key={text} kind="warn">
          {text}
        </Notice>
      ))}
      {infos.map((text) => (
        <Notice key={text} kind="info">
          {text}
        </Notice>
      ))}
    </>
  );
}

function errorTitle(kind: string): string {
  const titles: Record<string, string> = {
    bad_data: 'The expression is not valid',
    execution: 'The query failed',
    timeout: 'The query took too long',
    canceled: 'The query was cancelled',
    network: 'No connection',
  };
  return titles[kind] ?? 'Error';
}

function Result(props: { outcome: Outcome; panel: PanelState; change: (next: Partial<PanelState>) => void; onExplore: () => void }) {
  const { outcome, panel } = props;
  if (outcome.state === 'idle') {
    return (
      <Empty icon="query" title="Nothing has been asked yet">
        <p>Type an expression above and press Enter, or pick a metric.</p>
        <button type="button" class="btn" style="margin-top: var(--s-3)" onClick={props.onExplore}>
          <Icon name="explore" />
          Explore metrics
        </button>
      </Empty>
    );
  }
  if (panel.tab === 'table' && outcome.table) return <TableTab data={outcome.table.data} zone={zone.value} />;
  if (panel.tab === 'graph' && outcome.graph) {
    return <GraphTab outcome={outcome.graph} panel={panel} zone={zone.value} onChange={props.change} />;
  }
  return outcome.state === 'loading' ? <Loading label="Asking" /> : null;
}
