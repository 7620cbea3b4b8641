/** An index template and a lifecycle policy for the data streams that the relay writes to by default. */
import { jsonFile } from '../../shared/json.ts';
import type { Template, TemplateTable } from '../template.ts';

const NAME = 'microsoft_defender_xdr';
/** Elasticsearch's own template for `logs-*-*` has 100. */
const PRIORITY = 200;
/** A field that is kept and not indexed takes values of any type: a document whose value has another type than the first one's is refused. */
const KEPT = { type: 'object', enabled: false };

/** @see https://www.elastic.co/docs/manage-data/data-store/data-streams/set-up-data-stream */
export const elasticTemplate: Template = ({ tables }) => [
  {
    name: 'elastic-lifecycle-policy.json',
    text: jsonFile({
      policy: {
        phases: {
          hot: { actions: { rollover: { max_age: '30d', max_primary_shard_size: '50gb' } } },
        },
      },
    }),
    use: `PUT _ilm/policy/${NAME}: add the phase "delete" with the age that you keep events for`,
  },
  {
    name: 'elastic-index-template.json',
    text: jsonFile({
      index_patterns: [`logs-${NAME}.*-*`, 'logs-xdr_relay.*-*'],
      priority: PRIORITY,
      data_stream: {},
      composed_of: ['logs@mappings', 'logs@settings', 'ecs@mappings'],
      template: {
        settings: {
          'index.lifecycle.name': NAME,
          'index.mapping.total_fields.limit': 2_000,
        },
        mappings: {
          properties: {
            microsoft: { properties: { defender_xdr: { properties: ofAnyType(tables) } } },
            xdr_relay: { properties: { matched: KEPT } },
          },
        },
      },
      _meta: { description: 'Microsoft Defender XDR by xdr-relay' },
    }),
    use: `PUT _index_template/${NAME}, after the policy`,
  },
];

/** Columns that hold objects in some rows and strings or lists in others. */
function ofAnyType(tables: readonly TemplateTable[]): Readonly<Record<string, object>> {
  const names = tables.flatMap(({ columns }) =>
    [...columns].flatMap(([name, type]) => (type === 'dynamic' || name === 'AdditionalFields' ? [name] : [])),
  );
  return Object.fromEntries([...new Set(names)].sort().map((name) => [name, KEPT]));
}
