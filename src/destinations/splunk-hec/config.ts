// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: splunk_hec` in relay.yaml. */
import { z } from 'zod';
import { durationBetween } from '../../shared/duration.ts';
import { templated } from '../../shared/metadata-template.ts';
import { headerText, secret, sensitive } from '../../shared/secret.ts';
import { httpUrl, machineConfig } from '../common.ts';
import { HEC_PROFILES, profileOf } from './profiles.ts';

export const splunkHecConfig = z
  .strictObject({
    type: z.literal('splunk_hec'),
    url: sensitive(z.union([httpUrl, z.array(sensitive(httpUrl)).min(1).max(32)]))
      .refine((url) => new Set([url].flat()).size === [url].flat().length, 'addresses that differ')
      .describe(
        'Base address, e.g. `https://http-inputs-acme.splunkcloud.com:443`; `/services/collector/event` is added where there is no path. Or a list of them: batches go to the one with the least to do; one that fails rests until its `/services/collector/health` is well.',
      )
      .meta({ examples: ['https://http-inputs-acme.splunkcloud.com:443'] }),
    profile: z
      .enum(HEC_PROFILES)
      .default('splunk')
      .describe(
        'The product: Splunk, or one that speaks its protocol. It decides what of the replies is believed, and the defaults of `auth_scheme` and of the path.',
      ),
    auth_scheme: z
      .enum(['Splunk', 'Bearer'])
      .optional()
      .describe(
        'What stands before the token in the Authorization header. Default: `Bearer` for `crowdstrike_ngsiem`, else `Splunk`.',
      )
      .meta({ examples: ['Bearer'] }),
    token: secret(headerText.min(1))
      .describe('The HEC token.')
      .meta({ examples: ['${SPLUNK_HEC_TOKEN}'] }),
    index: z
      .union([z.string(), templated(z.string().min(1))])
      .optional()
      .describe(
        "The index; or a template, by which columns decide within a closed list. Default: the token's.",
      )
      .meta({ examples: ['defender'] }),
    source: z
      .union([z.string(), templated(z.string().min(1))])
      .optional()
      .describe("`source` of each event; or a template. Default: the blob's name.")
      .meta({ examples: ['xdr-relay'] }),
    sourcetype: z
      .union([z.string(), templated(z.string().min(1))])
      .default('mscs:azure:eventhub:defender:advancedhunting')
      .describe("`sourcetype` of each event. The default is what Splunk's Defender add-on keys on."),
    alert_index: z
      .string()
      .optional()
      .describe('The index of alerts. Default: `index`.')
      .meta({ examples: ['defender_alerts'] }),
    alert_source: z.string().default('xdr_relay:alert').describe('`source` of each alert.'),
    alert_sourcetype: z
      .string()
      .default('xdr_relay:alert')
      .describe('`sourcetype` of each alert. The add-on in deploy/splunk keys on the default.'),
    alert_columns: z
      .boolean()
      .default(false)
      .describe(
        "Also put the row's columns into each alert, which indexes them a second time where the row itself goes to Splunk, too. The shapes `ecs` and `ocsf` always have them.",
      ),
    host: z
      .union([z.string(), templated(z.string().min(1))])
      .optional()
      .describe('`host` of events and alerts without a DeviceName; a template decides for all of them.')
      .meta({ examples: ['defender-xdr'] }),
    compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
    acknowledgement: z
      .boolean()
      .default(false)
      .describe(
        'Wait for indexer acknowledgement: the token must have it switched on, and a balancer must be sticky, by its cookie or by the channel.',
      ),
    acknowledgement_timeout: durationBetween('1s', '30m', 'the rows of a blob wait for it')
      .optional()
      .describe('How long a batch may wait for its acknowledgement before it is sent again. Default: `60s`.')
      .meta({ examples: ['2m'] }),
    ...machineConfig,
  })
  .superRefine((entry, context) => {
    const { noAcknowledgement: why } = profileOf(entry);
    if (entry.acknowledgement && why !== undefined)
      context.addIssue({ code: 'custom', path: ['acknowledgement'], message: `left out: ${why}` });
  })
  .describe("Splunk's HTTP Event Collector, and products that speak its protocol.");

export type SplunkHecConfig = z.infer<typeof splunkHecConfig>;
