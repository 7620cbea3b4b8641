/** All views and acts of the console. */
import type { Act, View } from './page.ts';

export const VIEWS: readonly View[] = [];

export const ACTS: readonly Act[] = [];
