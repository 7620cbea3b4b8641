/** The destinations that the demo can show. */
import { datadog } from './datadog.ts';
import { elastic } from './elastic.ts';
import { googleSecops } from './google-secops.ts';
import type { StandName } from './names.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { splunk } from './splunk.ts';
import type { StandKind } from './stand.ts';
import { sumo } from './sumo.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

export const STANDS: Readonly<Record<StandName, StandKind>> = {
  splunk,
  slack,
  webhook,
  teams,
  pagerduty,
  elastic,
  datadog,
  sumo,
  google_secops: googleSecops,
};
