import { z } from 'zod';
import { durationSchema } from '../../shared/duration.ts';
import { commonConfig, httpUrl } from '../common.ts';

/** `type: splunk_hec` in relay.yaml. */
export const splunkHecConfig = z.strictObject({
  type: z.literal('splunk_hec'),
  /** Base address, e.g. `https://http-inputs-acme.splunkcloud.com:443`; `/services/collector/event` is added where there is no path. */
  url: httpUrl,
  token: z.string().min(1),
  index: z.string().optional(),
  source: z.string().optional(),
  sourcetype: z.string().default('mscs:azure:eventhub:defender:advancedhunting'),
  host: z.string().optional(),
  /** gzip the request. */
  compression: z.enum(['gzip', 'none']).default('gzip'),
  /** Indexer acknowledgement: the token must have it switched on. */
  acknowledgement: z.boolean().default(false),
  /** How long a batch may wait for its acknowledgement before it is sent again. */
  acknowledgement_timeout: durationSchema.optional(),
  ...commonConfig,
});

export type SplunkHecConfig = z.infer<typeof splunkHecConfig>;
