import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/**
 * A button with a popover under it. Escape and a click elsewhere close it; focus returns to the button.
 * Arrow keys move between `.menu-item`s.
 */
export function Menu(props: {
  button: ComponentChildren;
  /** Accessible name of the button when its content is only an icon. */
  label?: string;
  buttonClass?: string;
  popoverClass?: string;
  align?: 'left' | 'right';
  title?: string;
  children: (close: () => void) => ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => setOpen(false);

  useEffect(() => {
    if (!open) return undefined;
    const onPointer = (event: PointerEvent): void => {
      if (event.target instanceof Node && !anchor.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointer);
    return () => document.removeEventListener('pointerdown', onPointer);
  }, [open]);

  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && open) {
      event.stopPropagation();
      close();
      button.current?.focus();
    } else if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      if (moveFocus(anchor.current, event.key === 'ArrowDown' ? 1 : -1)) event.preventDefault();
    }
  };

  return (
    <div class="menu-anchor" ref={anchor} onKeyDown={onKey}>
      <button
        type="button"
        ref={button}
        class={`btn ${props.buttonClass ?? ''}`}
        aria-haspopup="true"
        aria-expanded={open}
        aria-label={props.label}
        title={props.title ?? props.label}
        onClick={() => setOpen(!open)}
      >
        {props.button}
      </button>
      {open && (
        <Popover class={props.popoverClass} align={props.align ?? 'left'}>
          {props.children(close)}
        </Popover>
      )}
    </div>
  );
}

/** Moves itself back into the window when it would stick out at the side. */
function Popover(props: { class?: string | undefined; align: 'left' | 'right'; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const rect = element.getBoundingClientRect();
    const margin = 8;
    const width = document.documentElement.clientWidth;
    if (rect.right > width - margin) element.style.translate = `${width - margin - rect.right}px 0`;
    else if (rect.left < margin) element.style.translate = `${margin - rect.left}px 0`;
  }, []);
  return (
    <div ref={box} class={`popover ${props.align} ${props.class ?? ''}`}>
      {props.children}
    </div>
  );
}

function moveFocus(root: HTMLElement | null, step: 1 | -1): boolean {
  if (root === null) return false;
  const items = [...root.querySelectorAll<HTMLElement>('.menu-item:not(:disabled)')];
  if (items.length === 0) return false;
  const active = document.activeElement;
  if (active instanceof HTMLInputElement && active.type === 'text' && step === -1) return false;
  const at = items.findIndex((item) => item === active);
  const next = at < 0 ? (step === 1 ? 0 : items.length - 1) : (at + step + items.length) % items.length;
  items[next]?.focus();
  return true;
}
