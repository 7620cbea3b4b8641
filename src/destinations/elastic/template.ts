/** An index template and a lifecycle policy for the data streams that the relay writes to by default. */
import { jsonFile } from '../../shared/json.ts';
import type { Shape } from '../shapes.ts';
import type { Template, TemplateTable } from '../template.ts';

const NAME = 'microsoft_defender_xdr';
/**
 * A keyword of more than 32,766 bytes is refused with its document by Lucene, and `ecs@mappings` bounds no field `*.name`; a character has four bytes at
 * most. A longer value stays in the document and is not indexed. Elasticsearch has the setting from 8.16 on, and this default in the mode `logsdb`.
 */
const MOST_KEYWORD = 8_191;
/** Elasticsearch's own template for `logs-*-*` has 100. */
const PRIORITY = 200;
/** A field that is kept and not indexed takes values of any type: a document whose value has another type than the first one's is refused. */
const KEPT = { type: 'object', enabled: false };

/** Where values of any type stand in the documents of a shape, events and alerts: objects that have columns, and the list of matched values. */
const PLACES: Readonly<
  Record<
    Shape,
    { readonly columns: readonly (readonly string[])[]; readonly matched: readonly [string, ...string[]] }
  >
> = {
  // Alerts have the shape `relay`.
  raw: { columns: [['properties'], ['event']], matched: ['matched'] },
  relay: { columns: [['event']], matched: ['matched'] },
  ecs: { columns: [['microsoft', 'defender_xdr']], matched: ['xdr_relay', 'matched'] },
  ocsf: { columns: [['unmapped']], matched: ['unmapped', 'xdr_relay', 'matched'] },
};

/** @see https://www.elastic.co/docs/manage-data/data-store/data-streams/set-up-data-stream */
export const elasticTemplate: Template = ({ tables, shape = 'ecs' }) => [
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
          'index.mapping.ignore_above': MOST_KEYWORD,
        },
        mappings: { properties: fieldsOfAnyType(tables, shape) },
      },
      _meta: { description: 'Microsoft Defender XDR by xdr-relay' },
    }),
    use: `PUT _index_template/${NAME}, after the policy`,
  },
];

/** A mapping's `properties`. */
interface Fields {
  [name: string]: { properties: Fields } | typeof KEPT;
}

function fieldsOfAnyType(tables: readonly TemplateTable[], shape: Shape): Fields {
  const { columns, matched } = PLACES[shape];
  const fields: Fields = {};
  for (const path of columns) Object.assign(within(fields, path), columnsOfAnyType(tables));
  within(fields, matched.slice(0, -1))[matched.at(-1) ?? ''] = KEPT;
  return fields;
}

/** The fields of an object, which is made where it is not there yet. */
function within(fields: Fields, path: readonly string[]): Fields {
  let at = fields;
  for (const step of path) {
    const next = at[step];
    if (next !== undefined && 'properties' in next) {
      at = next.properties;
      continue;
    }
    const properties: Fields = {};
    at[step] = { properties };
    at = properties;
  }
  return at;
}

/** Columns that hold objects in some rows and strings or lists in others. */
function columnsOfAnyType(tables: readonly TemplateTable[]): Fields {
  const names = tables.flatMap(({ columns }) =>
    [...columns].flatMap(([name, type]) => (type === 'dynamic' || name === 'AdditionalFields' ? [name] : [])),
  );
  return Object.fromEntries([...new Set(names)].sort().map((name) => [name, KEPT]));
}
