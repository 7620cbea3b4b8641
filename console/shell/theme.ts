/** Light or dark: what the person chose, kept in this browser, else what the system says. */
import { signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'xdr-relay-theme';
const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

export const theme = signal<Theme>('auto');
/** Counts up when colours change, so that what is drawn on a canvas is drawn again. */
export const themeChanges = signal(0);

export function startTheme(): void {
  const kept = readKept();
  chooseTheme(THEMES.find((one) => one === kept) ?? 'auto');
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    themeChanges.value += 1;
  });
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  document.documentElement.dataset.theme = chosen;
  themeChanges.value += 1;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // A browser that keeps nothing shows the chosen theme until the page is closed.
  }
}

export function nextTheme(): Theme {
  return THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto';
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
