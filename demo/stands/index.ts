/** The destinations that the demo can show. */
import { archive } from './archive.ts';
import { datadog } from './datadog.ts';
import { elastic } from './elastic.ts';
import { googleSecops } from './google-secops.ts';
import { kafka } from './kafka.ts';
import type { StandName } from './names.ts';
import { otlp } from './otlp.ts';
import { pagerduty } from './pagerduty.ts';
import { sentinel } from './sentinel.ts';
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
  sentinel,
  elastic,
  otlp,
  kafka,
  archive,
  datadog,
  sumo,
  google_secops: googleSecops,
};
