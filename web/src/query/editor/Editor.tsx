import { useEffect, useRef, useState } from 'preact/hooks';
import type { EditorHandle } from './handle';

/**
 * The expression field. A plain textarea at first paint, so that typing can begin at once; the full editor comes as
 * a chunk of its own when the browser is idle and takes over text, caret and focus.
 */
export function Editor(props: { initial: string; label: string; onRun: () => void; onChange: (text: string) => void; onHandle: (handle: EditorHandle) => void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [upgraded, setUpgraded] = useState(false);

  useEffect(() => {
    const element = area.current;
    if (element) {
      fit(element);
      props.onHandle(areaHandle(element, (text) => latest.current.onChange(text)));
    }
    let gone = false;
    let destroy = (): void => undefined;
    const cancel = whenIdle(() => {
      import('./codemirror').then(
        ({ mountEditor }) => {
          if (gone || !host.current) return;
          const had = area.current;
          const focused = had !== null && document.activeElement === had;
          const mounted = mountEditor(host.current, {
            text: had?.value ?? props.initial,
            caret: had?.selectionEnd ?? 0,
            label: props.label,
            onRun: () => latest.current.onRun(),
            onChange: (text) => latest.current.onChange(text),
          });
          destroy = mounted.destroy;
          setUpgraded(true);
          if (focused) mounted.handle.focus();
          latest.current.onHandle(mounted.handle);
        },
        () => undefined, // Without the editor chunk the textarea stays, and works.
      );
    });
    return () => {
      gone = true;
      cancel();
      destroy();
    };
  }, []);

  return (
    <div class="editor">
      {!upgraded && (
        <textarea
          ref={area}
          class="editor-plain"
          rows={1}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          aria-label={props.label}
          placeholder="Expression (Enter runs it, Shift+Enter starts a new line)"
          defaultValue={props.initial}
          onInput={(event) => {
            fit(event.currentTarget);
            props.onChange(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
              event.preventDefault();
              props.onRun();
            }
          }}
        />
      )}
      <div ref={host} hidden={!upgraded} />
    </div>
  );
}

function areaHandle(area: HTMLTextAreaElement, onChange: (text: string) => void): EditorHandle {
  const changed = (): void => {
    fit(area);
    onChange(area.value);
  };
  return {
    text: () => area.value,
    setText: (text) => {
      area.value = text;
      changed();
    },
    insert: (text) => {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
      changed();
    },
    focus: () => area.focus(),
  };
}

/** As high as its text. */
function fit(area: HTMLTextAreaElement): void {
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight}px`;
}

/** After the first paint and when nothing else is to do; a second at most. */
function whenIdle(run: () => void): () => void {
  if ('requestIdleCallback' in window) {
    const id = window.requestIdleCallback(run, { timeout: 1000 });
    return () => window.cancelIdleCallback(id);
  }
  const id = globalThis.setTimeout(run, 200);
  return () => globalThis.clearTimeout(id);
}
