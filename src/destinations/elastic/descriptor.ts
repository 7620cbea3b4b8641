// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `elastic`. */
import { authorizationSecrets } from '../authorization.ts';
import type { HttpDescriptor } from '../descriptor.ts';
import { secretsInUrl } from '../reply.ts';
import { type ElasticConfig, elasticConfig } from './config.ts';
import { elasticDocuments } from './encode.ts';
import { MOST_REPLY_BYTES } from './reply.ts';
import { elasticSender } from './send.ts';
import { elasticTemplate } from './template.ts';

/** Elasticsearch's own index templates make data streams of these names; an index of another name is an ordinary one without a template. */
const BUILT_IN = /^(?:logs|metrics|traces|synthetics)-.+-.+$/;

function unmatched(key: 'index' | 'alert_index', name: string) {
  if (BUILT_IN.test(name)) return [];
  return [
    {
      key,
      message: `no index template of Elasticsearch itself makes a data stream of "${name}": without one of your own it becomes an ordinary index`,
      hint: 'name it like logs-<dataset>-<namespace>, or create an index template with data_stream first',
    },
  ];
}

export const elastic: HttpDescriptor<typeof elasticConfig> & { readonly audience: 'machines' } = {
  type: 'elastic',
  title: 'Elasticsearch',
  who: 'Elasticsearch',
  audience: 'machines',
  needs: 'http',
  config: elasticConfig,
  metadata: {
    keys: ['index'],
    // A constant names no column, and is filled in by the encoding.
    of: ({ index }) => (typeof index === 'string' ? {} : { index }),
  },
  defaults: { batch: { items: 2_000, bytes: 2_097_152, ageMs: 1_000 }, concurrency: 4 },
  warnings: ({ index, alert_index }: ElasticConfig) => [
    ...unmatched('index', typeof index === 'string' ? index : index.default),
    ...unmatched('alert_index', alert_index),
  ],
  timeoutMs: 60_000,
  maxReplyBytes: MOST_REPLY_BYTES,
  shape: 'ecs',
  encode: elasticDocuments,
  template: elasticTemplate,
  addresses: ({ url }) => [url].flat(),
  secrets: ({ api_key, auth, url }) => [
    ...(api_key === undefined ? [] : [api_key]),
    ...authorizationSecrets(auth),
    ...[url].flat().flatMap(secretsInUrl),
  ],
  secretLooks: [/\b(ApiKey[ \t]+)[\w+/=.~:-]{8,}/gi],
  send: elasticSender,
  least: { type: 'elastic', url: 'https://elastic.example', api_key: 'a2V5LWlkOmtleQ==' },
  example: `elastic:
  type: elastic
  url: https://contoso.es.westeurope.azure.elastic-cloud.com
  api_key: \${ELASTIC_API_KEY}
`,
  variables: [
    {
      name: 'ELASTIC_API_KEY',
      hint: 'Kibana: Stack Management, API keys; privileges create_doc and auto_configure on logs-microsoft_defender_xdr.*-* and logs-xdr_relay.*-*',
    },
  ],
  inNewFile: 'off',
  docs: 'A batch is accepted when the bulk API answers for each document that it was created, or, with 409, that it was there before. Documents that are refused by themselves are dead letters, the others are stored. See docs/destinations/elastic.md.',
};
