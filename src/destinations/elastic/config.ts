// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: elastic` in relay.yaml. */
import { z } from 'zod';
import { templated } from '../../shared/metadata-template.ts';
import { headerText, secret, sensitive } from '../../shared/secret.ts';
import { authorizationConfig } from '../authorization.ts';
import { httpUrl, machineConfig } from '../common.ts';
import { INDEX_NAME, indexTemplateMistake } from './index-name.ts';

const indexName = z
  .string()
  .regex(INDEX_NAME, 'a name of a data stream: lower-case letters, digits, `.`, `_` and `-`, at most 255');

const indexTemplate = z.string().superRefine((text, context) => {
  const message = indexTemplateMistake(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export const elasticConfig = z
  .strictObject({
    type: z.literal('elastic'),
    url: sensitive(z.union([httpUrl, z.array(sensitive(httpUrl)).min(1).max(32)]))
      .refine((url) => new Set([url].flat()).size === [url].flat().length, 'addresses that differ')
      .describe(
        'Base address of Elasticsearch; `/_bulk` is added. Or a list of nodes: batches go to the one with the least to do, and one that fails rests.',
      )
      .meta({ examples: ['https://contoso.es.westeurope.azure.elastic-cloud.com'] }),
    api_key: secret(headerText.min(1).max(8_192))
      .optional()
      .describe('The API key, as `encoded` of the answer that created it has it.')
      .meta({ examples: ['${ELASTIC_API_KEY}'] }),
    auth: authorizationConfig,
    index: z
      .union([indexTemplate, templated(indexName)])
      .default('logs-microsoft_defender_xdr.{table}-default')
      .describe(
        'The data stream of the rows. `{table}` stands for the name of the table, such as `device_process_events`. Or a template, by which columns decide within a closed list.',
      ),
    alert_index: indexName.default('logs-xdr_relay.alert-default').describe('The data stream of alerts.'),
    pipeline: z
      .string()
      .regex(/^[\w.@-]{1,255}$/, 'the id of an ingest pipeline')
      .optional()
      .describe("The ingest pipeline, instead of the data stream's default one.")
      .meta({ examples: ['defender'] }),
    failure_store: z
      .enum(['refuse', 'accept'])
      .default('refuse')
      .describe(
        "What a document in a data stream's failure store is: `refuse`, a refused row, which becomes a dead letter and can be sent again; `accept`, a delivered one.",
      ),
    compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
    ...machineConfig,
  })
  .superRefine(({ api_key, auth }, context) => {
    if (api_key === undefined || auth === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['auth'],
      message: 'left out: `api_key` proves who sends already',
    });
  })
  .describe('Data streams of Elasticsearch, by its bulk API.');

export type ElasticConfig = z.infer<typeof elasticConfig>;
