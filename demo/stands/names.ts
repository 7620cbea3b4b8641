/** What `demo --to` takes. Apart from the stands, so that the command line need not load them. */

export const STAND_NAMES = [
  'splunk',
  'slack',
  'webhook',
  'teams',
  'pagerduty',
  'sentinel',
  'elastic',
  'otlp',
  'kafka',
  'archive',
  'datadog',
  'sumo',
  'google_secops',
] as const;

export type StandName = (typeof STAND_NAMES)[number];

/** What the demo shows where `--to` names nothing. */
export const USUAL_STANDS: readonly StandName[] = ['splunk', 'slack', 'webhook'];
