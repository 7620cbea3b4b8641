/** All views and acts of the console. */
import { alertsActs } from './alerts/acts.ts';
import { alertsViews } from './alerts/views.ts';
import { AUDIT_VIEWS } from './audit/views.ts';
import { captureActs, captureViews } from './capture/pages.ts';
import { deadLetterActs } from './dead-letters/acts.ts';
import { deadLetterViews } from './dead-letters/views.ts';
import { destinationActs } from './destinations/acts.ts';
import { destinationViews } from './destinations/views.ts';
import { attention } from './now/attention.ts';
import { now } from './now/now.ts';
import type { Act, View } from './page.ts';
import { rulesViews } from './rules/views.ts';
import { setupActs, setupViews } from './setup/pages.ts';
import { tableViews } from './tables/views.ts';

export const VIEWS: readonly View[] = [
  attention,
  now,
  ...tableViews,
  ...destinationViews,
  ...deadLetterViews,
  ...rulesViews,
  ...alertsViews,
  ...captureViews,
  ...setupViews,
  ...AUDIT_VIEWS,
];

export const ACTS: readonly Act[] = [
  ...destinationActs,
  ...deadLetterActs,
  ...alertsActs,
  ...captureActs,
  ...setupActs,
];
