import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  selectedCompletion,
  selectedCompletionIndex,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { completionClient } from './client';
import type { EditorEvents, EditorHandle } from './handle';

/** The full editor: highlighting, completion from the server's names, underlined mistakes. */
export function mountEditor(
  host: HTMLElement,
  options: EditorEvents & { text: string; caret: number; label: string },
): { handle: EditorHandle; destroy: () => void } {
  const promql = new PromQLExtension().activateLinter(true).setComplete({ remote: completionClient(), maxMetricsMetadata: 10_000 });
  const view = new EditorView({
    parent: host,
    state: EditorState.create({
      doc: options.text,
      selection: { anchor: Math.min(options.caret, options.text.length) },
      extensions: [
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': options.label }),
        placeholder('Expression (Enter runs it, Shift+Enter starts a new line)'),
        syntaxHighlighting(HIGHLIGHT),
        THEME,
        promql.asExtension(),
        Prec.highest(
          keymap.of([
            { key: 'Tab', run: acceptCompletion },
            {
              key: 'Enter',
              run: (editor) => {
                if (wantsCompletion(editor) && acceptCompletion(editor)) return true;
                closeCompletion(editor);
                options.onRun();
                return true;
              },
            },
            { key: 'Shift-Enter', run: insertNewlineAndIndent },
          ]),
        ),
        autocompletion({ icons: false }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    handle: {
      text: () => view.state.doc.toString(),
      setText: (text) => {
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: text.length } });
      },
      insert: (text) => {
        view.dispatch(view.state.replaceSelection(text));
      },
      focus: () => view.focus(),
    },
    destroy: () => {
      promql.destroy();
      view.destroy();
    },
  };
}

/**
 * Whether Enter means the entry that the list offers: one was moved to, or a word is being typed that is not
 * complete yet. After `up)` the list offers operators, but Enter means "run".
 */
function wantsCompletion(view: EditorView): boolean {
  const offered = selectedCompletion(view.state);
  if (offered === null) return false;
  if ((selectedCompletionIndex(view.state) ?? 0) > 0) return true;
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  const word = /[\w:.]+$/.exec(line.text.slice(0, head - line.from))?.[0] ?? '';
  return word !== '' && word !== offered.label;
}

/** Colours are tokens, so that a theme switch needs no new editor. */
const THEME = EditorView.theme({
  '&': { fontSize: 'var(--t-14)', backgroundColor: 'transparent', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { padding: '0.5rem 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 0.5rem' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-placeholder': { color: 'var(--text-3)', fontFamily: 'var(--font)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 30%, transparent)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--surface-3)', outline: '1px solid var(--line-strong)' },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', border: '1px solid var(--line)', borderRadius: 'var(--r-2)', boxShadow: 'var(--shadow)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: 'var(--t-12)', maxHeight: '18rem', minWidth: '16rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.2rem 0.5rem', display: 'flex', gap: '0.75rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionDetail': { marginLeft: 'auto', color: 'var(--text-3)', fontStyle: 'normal' },
  '.cm-tooltip .cm-completionInfo': { padding: '0.5rem', maxWidth: '24rem', fontSize: 'var(--t-12)', color: 'var(--text-2)' },
  '.cm-diagnostic': { fontSize: 'var(--t-12)', padding: '0.3rem 0.5rem' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--bad)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--warn)' },
});

const HIGHLIGHT = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--code-keyword)', fontWeight: '600' },
  { tag: [tags.function(tags.variableName), tags.definitionKeyword], color: 'var(--code-function)' },
  { tag: tags.labelName, color: 'var(--code-label)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.literal], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--text-3)', fontStyle: 'italic' },
  { tag: [tags.operator, tags.arithmeticOperator, tags.compareOperator], color: 'var(--text-2)' },
]);
