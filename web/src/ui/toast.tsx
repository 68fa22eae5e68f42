import { signal } from '@preact/signals';

const message = signal('');
let timer = 0;

/** Says something for two seconds at the bottom of the window. */
export function toast(text: string): void {
  window.clearTimeout(timer);
  message.value = text;
  timer = window.setTimeout(() => {
    message.value = '';
  }, 2000);
}

/** Where toasts appear; always in the DOM so that screen readers notice changes. */
export function ToastArea() {
  return (
    <div class="toast-area" role="status" aria-live="polite">
      {message.value !== '' && <div class="toast">{message.value}</div>}
    </div>
  );
}
