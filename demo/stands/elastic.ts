/** Elasticsearch's bulk API, with the index template that the relay writes for it. */
import { randomBytes } from 'node:crypto';
import {
  type ElasticDocument,
  type ElasticReceiverOptions,
  startElasticReceiver,
} from '../../lab/receivers/elastic.ts';
import { isObject } from '../../lab/receivers/json.ts';
import { variable } from '../../lab/relay-config.ts';
import { descriptorOf } from '../../src/destinations/list.ts';
import { shippedSchema } from '../../src/rules/schema/index.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

export const elastic: StandKind = {
  name: 'elastic',
  audience: 'machines',
  title: 'Elasticsearch',
  async start({ arrivedById }) {
    const came = ({ source: { event, rule, xdr_relay: own } }: ElasticDocument) => {
      // Rows of Defender's own alerts have a rule, too: an alert of the relay names its row.
      const ofRow = isObject(own) ? own.event_id : undefined;
      if (ofRow === undefined) arrivedById(String(isObject(event) && event.id));
      else arrivedById(String(ofRow), isObject(rule) ? String(rule.name) : undefined);
    };
    const receiver = await startElasticReceiver({
      apiKey: `lab:${randomBytes(16).toString('hex')}`,
      mappings: mappingsOfTemplate(),
      onDocument: came,
      // Of rows that Defender wrote twice there is one document.
      onConflict: came,
    });
    return {
      entry: { type: 'elastic', url: receiver.origin, api_key: variable('LAB_ELASTIC_KEY'), ...ON_LOOPBACK },
      secrets: { LAB_ELASTIC_KEY: receiver.apiKey },
      close: () => receiver.close(),
    };
  },
};

/** The fields of `xdr-relay destinations template elastic`. */
function mappingsOfTemplate(): NonNullable<ElasticReceiverOptions['mappings']> {
  const tables = shippedSchema.tableNames.map((name) => ({
    name,
    columns: shippedSchema.find(name)?.columns ?? new Map(),
  }));
  const files = descriptorOf('elastic').template?.({ tables, shape: undefined }) ?? [];
  const { template } = JSON.parse(files.find(({ name }) => name.includes('index-template'))?.text ?? '{}');
  return Object.fromEntries(disabledIn(template.mappings.properties, ''));
}

function* disabledIn(properties: unknown, prefix: string): Generator<readonly [string, 'disabled']> {
  if (!isObject(properties)) return;
  for (const [name, field] of Object.entries(properties)) {
    if (!isObject(field)) continue;
    if (field.enabled === false) yield [`${prefix}${name}`, 'disabled'];
    yield* disabledIn(field.properties, `${prefix}${name}.`);
  }
}
