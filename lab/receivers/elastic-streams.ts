/**
 * What Elasticsearch demands of an action that writes to a data stream, before it reads the document.
 *
 * Sources: https://www.elastic.co/docs/manage-data/data-store/data-streams/use-data-stream (only `create`, by the name of the stream),
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk (privileges),
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create-data-stream (names). For the words of refusals,
 * https://github.com/elastic/elasticsearch/pull/112537 (409).
 */
import type { BulkAction } from './elastic-bulk.ts';
import type { FieldType, Mapping } from './elastic-documents.ts';
import type { ElasticItemError } from './elastic-errors.ts';

/** Which data streams there are, and which of them the key may write to. */
export interface StreamRules {
  readonly exist: readonly RegExp[];
  readonly writable: readonly RegExp[];
  readonly keyId: string;
}

/** Compiles the rules from names with `*`. Without them any stream `logs-*-*` exists, and all are writable. */
export function streamRules(options: {
  readonly apiKey: string;
  readonly dataStreams?: readonly string[];
  readonly mayWrite?: readonly string[];
}): StreamRules {
  const { apiKey, dataStreams = ['logs-*-*'], mayWrite = ['*'] } = options;
  const [keyId = ''] = apiKey.split(':');
  return { exist: dataStreams.map(pattern), writable: mayWrite.map(pattern), keyId };
}

/** Why an action is refused; undefined if it may go on. */
export function streamTrouble(
  { name, index, id, isRouted }: BulkAction,
  { exist, writable, keyId }: StreamRules,
): ElasticItemError | undefined {
  if (!writable.some((each) => each.test(index))) {
    const why = `action [indices:data/write/bulk[s]] is unauthorized for API key id [${keyId}] of user [lab] on indices [${index}], this action is granted by the index privileges [create_doc,create,delete,index,write,all]`;
    return refusal(403, 'security_exception', why);
  }
  const unfit = nameTrouble(index);
  if (unfit !== undefined) return refusal(400, 'invalid_index_name_exception', unfit, { index });
  if (!exist.some((each) => each.test(index))) {
    const why = `no such index [${index}] and [action.auto_create_index] is [false]`;
    return refusal(404, 'index_not_found_exception', why, { index, index_uuid: '_na_' });
  }
  const illegal = (reason: string) => refusal(400, 'illegal_argument_exception', reason);
  if (name !== 'create') {
    return illegal('only write ops with an op_type of create are allowed in data streams');
  }
  if (id === '') return illegal('if _id is specified it must not be empty');
  if (!isRouted) return undefined;
  return illegal(
    `index request targeting data stream [${index}] specifies a custom routing but the [allow_custom_routing] setting is not enabled in the data stream's template.`,
  );
}

function refusal(
  status: number,
  type: string,
  reason: string,
  more: { readonly index?: string; readonly index_uuid?: string } = {},
): ElasticItemError {
  return { status, error: { type, reason, ...more } };
}

function nameTrouble(name: string): string | undefined {
  const invalid = `Invalid index name [${name}], must`;
  if (/[\\/*?"<>| ,#:]/.test(name))
    return `${invalid} not contain the following characters ['\\\\','/','*','?','"','<','>','|',' ',',']`;
  if (/^[-_+.]/.test(name)) return `${invalid} not start with '_', '-', '+', or '.'`;
  if (name !== name.toLowerCase()) return `${invalid} be lowercase`;
  return Buffer.byteLength(name) > 255 ? `${invalid} be no longer than 255 bytes` : undefined;
}

/** What a new data stream's template says of its fields. */
export function mappingOf(mappings: Readonly<Record<string, FieldType>> = {}): Mapping {
  const mapping: Mapping = new Map([['@timestamp', 'date']]);
  for (const [path, type] of Object.entries(mappings)) {
    mapping.set(path, type);
    const steps = path.split('.');
    for (let length = 1; length < steps.length; length += 1) {
      mapping.set(steps.slice(0, length).join('.'), 'object');
    }
  }
  return mapping;
}

/** The name of the write index. */
export function backingIndex(stream: string, generation: number): string {
  return `.ds-${stream}-2026.01.01-${String(generation).padStart(6, '0')}`;
}

/** The refusal of an id that the write index has. */
export function conflict(id: string, index: string): ElasticItemError {
  const reason = `[${id}]: version conflict, document already exists (current version [1])`;
  const error = { type: 'version_conflict_engine_exception', reason };
  return { status: 409, error: { ...error, index_uuid: 'x0x0x0x0x0x0x0x0x0x0xw', shard: '0', index } };
}

function pattern(name: string): RegExp {
  const parts = name.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
