/** What a panel can do with its expression field, whichever of the two it currently is. */
export interface EditorHandle {
  text: () => string;
  setText: (text: string) => void;
  /** Puts text at the caret. */
  insert: (text: string) => void;
  focus: () => void;
}

export interface EditorEvents {
  /** Enter was pressed. */
  onRun: () => void;
  onChange: (text: string) => void;
}
