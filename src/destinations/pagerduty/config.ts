// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: pagerduty` in relay.yaml. */
import { z } from 'zod';
import { secret, sensitive } from '../../shared/secret.ts';
import { commonConfig, httpUrl } from '../common.ts';

/** Where events are sent, by the region of the account (PagerDuty, "Service regions"). */
const ENDPOINTS = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;

export const pagerdutyConfig = z
  .strictObject({
    type: z.literal('pagerduty'),
    routing_key: secret(
      z
        .string()
        .regex(
          /^[A-Za-z0-9]{32}$/,
          'the integration key of an "Events API v2" integration: 32 letters and digits',
        ),
    )
      .describe('The integration key of a service\'s or an event orchestration\'s "Events API v2".')
      .meta({ examples: ['${PAGERDUTY_ROUTING_KEY}'] }),
    region: z
      .enum(['us', 'eu'])
      .default('us')
      .describe('The region of the account: `eu` where its address is `*.eu.pagerduty.com`.')
      .meta({ examples: ['eu'] }),
    url: sensitive(httpUrl)
      .optional()
      .describe('The address of the Events API, instead of that of `region`: for a proxy in between.')
      .meta({ examples: ['https://pagerduty-proxy.contoso.example/v2/enqueue'] }),
    auto_resolve: z
      .boolean()
      .default(false)
      .describe(
        'Whether an alert is resolved when the window of its group ends without further alerts. Off: somebody resolves it.',
      ),
    ...commonConfig,
  })
  .describe('Alerts for the people on call: one PagerDuty alert for each group of equal alerts.');

export type PagerdutyConfig = z.infer<typeof pagerdutyConfig>;

/** The address that events are posted to. */
export function endpointOf({ url, region }: Pick<PagerdutyConfig, 'url' | 'region'>): string {
  return url ?? ENDPOINTS[region];
}
