import { useEffect, useRef, useState } from 'preact/hooks';
import { wasAborted, type Answer, type ApiError } from '../api/client';
import { queryInstant, queryRange, type RangeData } from '../api/prometheus';
import type { QueryData } from '../api/types';
import { graphWindow, type GraphWindow, type PanelState } from './panel';

/** What a panel shows: the last good result stays while the next one is on its way. */
export interface Outcome {
  state: 'idle' | 'loading' | 'done' | 'error';
  table?: { data: QueryData; /** Evaluation time, seconds. */ at: number };
  graph?: { data: RangeData; window: GraphWindow };
  error?: ApiError;
  warnings: string[];
  infos: string[];
  /** Milliseconds the answer took. */
  took: number;
}

const IDLE: Outcome = { state: 'idle', warnings: [], infos: [], took: 0 };

/**
 * Runs the panel's expression whenever what it depends on changes, or `run` does. A newer run cancels the older
 * one, in the browser and thereby on the server.
 */
export function usePanelQuery(panel: PanelState, run: number): Outcome {
  const [outcome, setOutcome] = useState<Outcome>(IDLE);
  const shownFor = useRef('');
  const { expr, tab, range, end, moment } = panel;
  const resolution = JSON.stringify(panel.resolution);

  useEffect(() => {
    if (expr.trim() === '') {
      setOutcome(IDLE);
      return undefined;
    }
    const abort = new AbortController();
    const subject = `${tab} ${expr}`;
    setOutcome((before) => (shownFor.current === subject ? { ...before, state: 'loading' } : { ...IDLE, state: 'loading' }));
    const finish = (next: Outcome): void => {
      if (abort.signal.aborted) return;
      shownFor.current = subject;
      setOutcome(next);
    };
    if (tab === 'table') {
      const at = (moment ?? Date.now()) / 1000;
      void queryInstant({ expr, time: at, stats: true }, abort.signal).then((answer) => {
        if (!wasAborted(answer)) finish(toOutcome(answer, (data) => ({ table: { data, at } })));
      });
    } else {
      const window = graphWindow(panel);
      void queryRange({ expr, ...window, stats: true }, abort.signal).then((answer) => {
        if (!wasAborted(answer)) finish(toOutcome(answer, (data) => ({ graph: { data, window } })));
      });
    }
    return () => abort.abort();
  }, [expr, tab, range, end, moment, resolution, run]);

  return outcome;
}

function toOutcome<T>(answer: Answer<T>, result: (data: T) => Pick<Outcome, 'table' | 'graph'>): Outcome {
  if (!answer.ok) return { ...IDLE, state: 'error', error: answer.error };
  return { state: 'done', warnings: answer.warnings, infos: answer.infos, took: answer.took, ...result(answer.data) };
}
