import { computed, effect, signal } from '@preact/signals';
import { recall, remember } from '../ui/storage';

export type ThemeChoice = 'auto' | 'light' | 'dark';
export type Theme = 'light' | 'dark';

function isChoice(value: unknown): value is ThemeChoice {
  return value === 'auto' || value === 'light' || value === 'dark';
}

const systemDark = signal(true);

/** What the user chose; `?theme=` in the address wins for this visit without being remembered. */
export const themeChoice = signal<ThemeChoice>('auto');

/** What is drawn. Charts read this to pick their colours. */
export const theme = computed<Theme>(() => {
  if (themeChoice.value !== 'auto') return themeChoice.value;
  return systemDark.value ? 'dark' : 'light';
});

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice;
  remember('theme', choice);
}

/** Called once, before the first paint. */
export function startTheme(): void {
  const media = window.matchMedia('(prefers-color-scheme: dark)');
  systemDark.value = media.matches;
  media.addEventListener('change', (event) => {
    systemDark.value = event.matches;
  });
  const asked = new URL(window.location.href).searchParams.get('theme');
  themeChoice.value = isChoice(asked) ? asked : recall('theme', isChoice, 'auto');
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
  });
}
