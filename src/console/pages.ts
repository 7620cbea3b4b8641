/** All views and acts of the console. */
import { deadLetterActs } from './dead-letters/acts.ts';
import { deadLetterViews } from './dead-letters/views.ts';
import { destinationActs } from './destinations/acts.ts';
import { destinationViews } from './destinations/views.ts';
import type { Act, View } from './page.ts';

export const VIEWS: readonly View[] = [...destinationViews, ...deadLetterViews];

export const ACTS: readonly Act[] = [...destinationActs, ...deadLetterActs];
