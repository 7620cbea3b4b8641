/**
 * Reads the body of an Elasticsearch bulk request: lines of actions and documents.
 *
 * Sources: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk (the NDJSON structure, "the final line of data must end
 * with a newline", the metadata of each action), and for the words of refusals the issues of https://github.com/elastic/elasticsearch, for
 * example 29309 (newline) and 43774 (action lines).
 */
import { type ElasticError, illegal } from './elastic-errors.ts';
import { isObject } from './json.ts';

/** One action of a bulk request. */
export interface BulkAction {
  readonly name: 'create' | 'delete' | 'index' | 'update';
  readonly index: string;
  readonly id?: string;
  readonly isRouted: boolean;
  /** The line of the document as it was sent; empty for `delete`. */
  readonly source: string;
}

const NAMES: readonly string[] = ['create', 'delete', 'index', 'update'];
/** The metadata that an action may have. Lists are allowed in none of them but `_source`. */
const METADATA: ReadonlySet<string> = new Set(
  '_index _id routing op_type version version_type if_seq_no if_primary_term retry_on_conflict pipeline _source require_alias require_data_stream list_executed_pipelines dynamic_templates'.split(
    ' ',
  ),
);
const MOST_ID_BYTES = 512;

/** The actions of a body, or why Elasticsearch refuses the whole request with 400. `index` is the one in the path. */
export function parsedActions(body: string, index: string | undefined): readonly BulkAction[] | ElasticError {
  if (body === '') return { type: 'parse_exception', reason: 'request body is required' };
  if (!body.endsWith('\n')) return illegal('The bulk request must be terminated by a newline [\\n]');
  const lines = body.slice(0, -1).split('\n');
  const actions: BulkAction[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]?.trim() ?? '';
    if (line === '') continue;
    const action = parsedAction(line, at + 1, index);
    if ('reason' in action) return action;
    if (action.name === 'delete') {
      actions.push({ ...action, source: '' });
      continue;
    }
    at += 1;
    const source = lines[at];
    // Elasticsearch ignores an action whose document is missing at the end of the body.
    if (source !== undefined) actions.push({ ...action, source: source.replace(/\r$/, '') });
  }
  return invalid(actions) ?? actions;
}

function parsedAction(
  line: string,
  number: number,
  defaultIndex: string | undefined,
): Omit<BulkAction, 'source'> | ElasticError {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { type: 'x_content_parse_exception', reason: `[1:1] Unexpected character in line ${number}` };
  }
  const malformed = `Malformed action/metadata line [${number}], expected`;
  if (!isObject(value)) return illegal(`${malformed} START_OBJECT but found [${tokenOf(value)}]`);
  const [entry, more] = Object.entries(value);
  if (entry === undefined) return illegal(`${malformed} FIELD_NAME but found [END_OBJECT]`);
  const [name, metadata] = entry;
  if (!NAMES.includes(name)) {
    return illegal(`${malformed} field [create], [delete], [index] or [update] but found [${name}]`);
  }
  if (!isObject(metadata)) return illegal(`${malformed} START_OBJECT but found [${tokenOf(metadata)}]`);
  if (more !== undefined) return illegal(`${malformed} END_OBJECT but found [FIELD_NAME]`);
  const trouble = metadataTrouble(metadata, number);
  if (trouble !== undefined) return illegal(trouble);
  const { _index: index = defaultIndex, _id: id, routing, op_type: type } = metadata;
  return {
    name: name === 'index' && type === 'create' ? 'create' : (name as BulkAction['name']),
    index: index === undefined || index === null ? '' : String(index),
    ...(id !== undefined && id !== null && { id: String(id) }),
    isRouted: routing !== undefined && routing !== null,
  };
}

function metadataTrouble(metadata: Readonly<Record<string, unknown>>, number: number): string | undefined {
  for (const [field, value] of Object.entries(metadata)) {
    if (!METADATA.has(field)) {
      return `Action/metadata line [${number}] contains an unknown parameter [${field}]`;
    }
    const isStructure = typeof value === 'object' && value !== null;
    if (isStructure && field !== '_source' && field !== 'dynamic_templates') {
      return `Malformed action/metadata line [${number}], expected a simple value for field [${field}] but found [${tokenOf(value)}]`;
    }
  }
  return undefined;
}

/** What Elasticsearch finds wrong with a request after it is read. One action is enough to refuse all of them. */
function invalid(actions: readonly BulkAction[]): ElasticError | undefined {
  const faults = actions.length === 0 ? ['no requests added'] : actions.flatMap(faultsOf);
  if (faults.length === 0) return undefined;
  const numbered = faults.map((fault, at) => `${at + 1}: ${fault};`).join('');
  return { type: 'action_request_validation_exception', reason: `Validation Failed: ${numbered}` };
}

function faultsOf({ name, index, id }: BulkAction): readonly string[] {
  const bytes = Buffer.byteLength(id ?? '');
  return [
    ...(index === '' ? ['index is missing'] : []),
    ...(id === undefined && (name === 'delete' || name === 'update') ? ['id is missing'] : []),
    ...(bytes > MOST_ID_BYTES
      ? [`id [${id}] is too long, must be no longer than ${MOST_ID_BYTES} bytes but was: ${bytes}`]
      : []),
  ];
}

function tokenOf(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (value === null) return 'VALUE_NULL';
  if (typeof value === 'object') return 'START_OBJECT';
  return `VALUE_${typeof value}`.toUpperCase();
}
