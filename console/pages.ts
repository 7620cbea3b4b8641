/** All pages of the console, in the order of the navigation. Each is loaded when it is first opened. */
import type { ComponentType } from 'preact';

export interface PageEntry {
  /** Its address below /console/: `dead-letters`. */
  readonly path: string;
  /** Its name in the navigation, its heading and the window's title. */
  readonly title: string;
  readonly load: () => Promise<{ readonly Page: ComponentType }>;
}

export const PAGES: readonly PageEntry[] = [
  { path: 'now', title: 'Now', load: () => import('./pages/now/page.tsx') },
  { path: 'tables', title: 'Tables', load: () => import('./pages/tables/page.tsx') },
  { path: 'destinations', title: 'Destinations', load: () => import('./pages/destinations.tsx') },
  { path: 'rules', title: 'Rules', load: () => import('./pages/rules/page.tsx') },
  { path: 'alerts', title: 'Alerts', load: () => import('./pages/alerts/page.tsx') },
  { path: 'dead-letters', title: 'Dead letters', load: () => import('./pages/dead-letters.tsx') },
  { path: 'setup', title: 'Setup', load: () => import('./pages/setup/page.tsx') },
  { path: 'playground', title: 'Playground', load: () => import('./pages/playground/page.tsx') },
];
