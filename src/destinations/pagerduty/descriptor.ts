// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `pagerduty`. */
import type { HttpDescriptor } from '../descriptor.ts';
import { secretsInUrl } from '../reply.ts';
import { endpointOf, pagerdutyConfig } from './config.ts';
import { pagerdutyMessenger, pagerdutyPlace } from './messenger.ts';
import { readablePagerduty } from './readable.ts';

export const pagerduty: HttpDescriptor<typeof pagerdutyConfig> & { readonly audience: 'people' } = {
  type: 'pagerduty',
  title: 'PagerDuty',
  who: 'PagerDuty',
  audience: 'people',
  needs: 'http',
  config: pagerdutyConfig,
  defaults: { batch: { items: 1_000, bytes: 4_194_304, ageMs: 300 }, concurrency: 2 },
  timeoutMs: 15_000,
  addresses: (config) => [endpointOf(config)],
  secrets: ({ routing_key, url }) => [
    routing_key,
    // A proxy's address may have a key in its query.
    ...(url === undefined ? [] : secretsInUrl(url).filter((part) => !part.startsWith('/'))),
  ],
  secretLooks: [/(\brouting_key["']?\s*[:=]\s*["']?)[A-Za-z0-9]{20,}/gi],
  messenger: pagerdutyMessenger,
  places: (config) => [pagerdutyPlace(config)],
  readable: readablePagerduty,
  least: { type: 'pagerduty', routing_key: '0123456789abcdef0123456789abcdef' },
  example: `on-call:
  type: pagerduty
  routing_key: \${PAGERDUTY_ROUTING_KEY}
`,
  variables: [
    {
      name: 'PAGERDUTY_ROUTING_KEY',
      hint: 'PagerDuty: the service\'s "Integrations", "Events API V2", "Integration Key"',
    },
  ],
  inNewFile: 'off',
  docs: 'An event is accepted when PagerDuty answers 202 with `"status":"success"`. Equal alerts are one alert of PagerDuty, by its `dedup_key`: later ones change it and page nobody again. A summary has at most 1,024 characters, an event at most 500,000 bytes; texts are cut to fit. `critical` is `critical` at PagerDuty, `high` is `error`, `medium` and no severity are `warning`, the rest is `info`. One event a second is sent; after a 429 without a wait the relay pauses for a minute. See docs/destinations/pagerduty.md.',
};
