import { useEffect, useRef } from 'preact/hooks';
import { navigate } from '../shell/router';
import { Modal } from '../ui/Modal';

export interface KeyActions {
  help: () => void;
  back: () => void;
  refresh: () => void;
  kiosk: () => void;
  zoomOut: () => void;
  shift: (direction: -1 | 1) => void;
  absolute: () => void;
  rows: (open: boolean) => void;
  /** Key of the panel under the pointer or with the focus. */
  view: (panelKey: string) => void;
}

/** Two keys in a row count as one chord within this time. */
const CHORD_MS = 1000;

const KEYS: readonly (readonly [string, string])[] = [
  ['?', 'Show these shortcuts'],
  ['Esc', 'Back from full screen or kiosk'],
  ['v', 'Full screen for the panel under the pointer'],
  ['d r', 'Refresh'],
  ['d k', 'Kiosk mode'],
  ['d ⇧E / d ⇧C', 'Open or close all rows'],
  ['t z', 'Zoom out'],
  ['t ← / t →', 'Move the range back or forward'],
  ['t a', 'Make the range absolute'],
  ['g h / g d / g e', 'Home, dashboards, query page'],
];

/** Grafana's shortcuts, outside of inputs and dialogs. */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let prefix = '';
    let at = 0;
    const onKey = (e: KeyboardEvent): void => {
      if (e.ctrlKey || e.metaKey || e.altKey || typing(e)) return;
      const chord = Date.now() - at < CHORD_MS && prefix !== '' ? `${prefix} ${e.key}` : e.key;
      prefix = '';
      const run = action(chord, latest.current);
      if (run) {
        e.preventDefault();
        run();
      } else if (chord.length === 1 && 'dtg'.includes(chord)) {
        prefix = chord;
        at = Date.now();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function typing(e: KeyboardEvent): boolean {
  const t = e.target;
  if (!(t instanceof HTMLElement)) return false;
  return t.isContentEditable || t.closest('input, textarea, select, dialog, .popover') !== null;
}

function action(chord: string, a: KeyActions): (() => void) | null {
  switch (chord) {
    case '?':
      return a.help;
    case 'Escape':
      return a.back;
    case 'd r':
      return a.refresh;
    case 'd k':
      return a.kiosk;
    case 'd E':
      return () => a.rows(true);
    case 'd C':
      return () => a.rows(false);
    case 't z':
      return a.zoomOut;
    case 't a':
      return a.absolute;
    case 't ArrowLeft':
      return () => a.shift(-1);
    case 't ArrowRight':
      return () => a.shift(1);
    case 'g h':
      return () => navigate('');
    case 'g d':
      return () => navigate('grafana/');
    case 'g e':
      return () => navigate('prometheus/query');
    case 'v': {
      const key = document.querySelector<HTMLElement>('.panel:hover, .panel:focus-within')?.dataset['panelKey'];
      return key === undefined ? null : () => a.view(key);
    }
    default:
      return null;
  }
}

export function KeyHelp(props: { onClose: () => void }) {
  return (
    <Modal title="Keyboard shortcuts" onClose={props.onClose}>
      <dl class="key-help">
        {KEYS.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
