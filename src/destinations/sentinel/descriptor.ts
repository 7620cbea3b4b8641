// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `sentinel`. */
import { cloudOfIngestion } from '../../azure/cloud.ts';
import type { HttpDescriptor } from '../descriptor.ts';
import { secretsInUrl } from '../reply.ts';
import { sentinelConfig } from './config.ts';
import { sentinelRecords } from './encode.ts';
import { sentinelSender } from './send.ts';
import { sentinelTemplate } from './template.ts';

/** With the separators and the brackets of 5,000 records below 1 MB, of which nobody says whether it is 1,000,000 bytes or 48,576 more. */
const MOST = { items: 5_000, bytes: 990_000 };

export const sentinel: HttpDescriptor<typeof sentinelConfig> & { readonly audience: 'machines' } = {
  type: 'sentinel',
  title: 'Microsoft Sentinel',
  who: 'Azure Monitor',
  audience: 'machines',
  needs: 'http',
  config: sentinelConfig,
  defaults: { batch: { items: 2_000, bytes: MOST.bytes, ageMs: 1_000 }, concurrency: 4 },
  batch: (_, limits) => ({
    ...limits,
    items: Math.min(limits.items, MOST.items),
    bytes: Math.min(limits.bytes, MOST.bytes),
  }),
  warnings: ({ rules, cloud }) =>
    cloud === undefined &&
    rules.some(({ endpoint }) => cloudOfIngestion(new URL(endpoint).hostname) === undefined)
      ? [
          {
            key: 'rules',
            message:
              'the address of an endpoint does not tell its cloud, so tokens are asked for as in the public cloud',
            hint: 'set `cloud` if it is in another one',
          },
        ]
      : [],
  timeoutMs: 60_000,
  shape: 'raw',
  encode: sentinelRecords,
  template: sentinelTemplate,
  addresses: ({ rules }) => rules.map(({ endpoint }) => endpoint),
  secrets: ({ client_secret, rules }) => [
    ...(client_secret === undefined ? [] : [client_secret]),
    ...rules.flatMap(({ endpoint }) => secretsInUrl(endpoint)),
  ],
  secretLooks: [/\b(Bearer[ \t]+)[\w+/=.~-]{8,}/gi],
  send: sentinelSender,
  least: {
    type: 'sentinel',
    rules: [
      {
        id: 'dcr-00000000000000000000000000000000',
        endpoint: 'https://a.westeurope-1.ingest.monitor.azure.com',
      },
    ],
  },
  example: `sentinel:
  type: sentinel
  rules: [{ id: dcr-00000000000000000000000000000000, endpoint: "https://a1b2.westeurope-1.ingest.monitor.azure.com" }]
  tenant_id: 00000000-0000-0000-0000-000000000000
  client_id: 11111111-1111-1111-1111-111111111111
  # Without these three the relay signs in as it does to its storage account: with a managed identity, for example.
  client_secret: \${SENTINEL_CLIENT_SECRET}
`,
  variables: [
    {
      name: 'SENTINEL_CLIENT_SECRET',
      hint: 'Entra ID: App registrations, Certificates & secrets; the application needs the role Monitoring Metrics Publisher on the data collection rules',
    },
  ],
  inNewFile: 'off',
  docs: 'A batch is accepted when the Logs Ingestion API answers 204. A row larger than 1 MB is a dead letter. `xdr-relay destinations template` makes the data collection rules and the tables; see docs/destinations/sentinel.md.',
};
