/** The records that destinations for machines send, as JSON Schemas: those in schemas/ are made of these. */
import { z } from 'zod';
import { alertRecord } from './output-schemas/alert.ts';
import { eventRecord, rawRow } from './output-schemas/event.ts';
import { hecAlert, hecEvent } from './output-schemas/hec.ts';
import { cloudEvent, webhookBatch, webhookSingle } from './output-schemas/webhook.ts';

const SCHEMAS: ReadonlyMap<string, { readonly title: string; readonly schema: z.ZodType }> = new Map([
  ['event.schema.json', { title: 'xdr-relay event, shape relay', schema: eventRecord }],
  ['row.schema.json', { title: 'xdr-relay event, shape raw', schema: rawRow }],
  ['alert.schema.json', { title: 'xdr-relay alert, shapes relay and raw', schema: alertRecord }],
  ['hec-event.schema.json', { title: 'xdr-relay event for Splunk HEC', schema: hecEvent }],
  ['hec-alert.schema.json', { title: 'xdr-relay alert for Splunk HEC', schema: hecAlert }],
  [
    'webhook.schema.json',
    {
      title: 'xdr-relay body of a webhook',
      schema: z.union([webhookBatch, webhookSingle, cloudEvent, z.array(cloudEvent).min(1)]),
    },
  ],
]);

/**
 * The JSON Schemas of what destinations send (draft 2020-12), by file name. They allow further members everywhere, because a later version
 * of the relay may add some.
 */
export function outputSchemas(): ReadonlyMap<string, object> {
  return new Map(
    [...SCHEMAS].map(([name, { title, schema }]) => [
      name,
      {
        title,
        ...z.toJSONSchema(schema, {
          reused: 'ref',
          override: ({ jsonSchema }) => {
            if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
          },
        }),
      },
    ]),
  );
}
