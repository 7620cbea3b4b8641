/**
 * What Elasticsearch demands of a document in a data stream: a timestamp, field names it can resolve, and values that fit the mapping.
 *
 * Sources: https://www.elastic.co/docs/manage-data/data-store/data-streams (`@timestamp` of type date or date_nanos),
 * https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/field-data-types and the pages of the types below,
 * https://www.elastic.co/docs/reference/elasticsearch/index-settings/mapping-limit (depth 20). For the words of refusals:
 * https://github.com/elastic/elasticsearch/issues/102144 (a document without timestamp).
 */
import { isIP } from 'node:net';
import { type ElasticError, type ElasticItemError, illegal, unparsable } from './elastic-errors.ts';
import { duplicateKey, isObject } from './json.ts';

/** A type of field that the receiver checks values against. */
export type FieldType =
  | 'boolean'
  | 'date'
  | 'disabled'
  | 'double'
  | 'flattened'
  | 'ip'
  | 'keyword'
  | 'long'
  | 'text';

/** What is known of the fields of one data stream, by their path. `object` marks a field that has fields. */
export type Mapping = Map<string, FieldType | 'object' | 'dynamic'>;

const METADATA_FIELDS: ReadonlySet<string> = new Set(
  '_id _index _source _routing _field_names _ignored _nested_path _seq_no _version _tier _doc_count'.split(
    ' ',
  ),
);
const MOST_DEPTH = 20;
const ISO =
  /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?)?)?$/;

type Document = Readonly<Record<string, unknown>>;

/** A document, or why Elasticsearch refuses it. */
export type Taken = { readonly document: Document } | { readonly refused: ElasticItemError };

/** Parses a document and checks it. Fields that the mapping did not have are added to it. */
export function takenDocument(source: string, id: string, mapping: Mapping): Taken {
  const document = parsed(source);
  if ('refused' in document) return document;
  const fields: Mapping = new Map();
  const refused =
    objectTrouble(document.document, '', { id, mapping, fields }) ??
    timestampTrouble(document.document, source);
  if (refused !== undefined) return { refused };
  for (const [path, type] of fields) if (!mapping.has(path)) mapping.set(path, type);
  return document;
}

function parsed(source: string): Taken {
  const fail = (cause: ElasticError) => ({ refused: unparsable('[1:1] failed to parse', cause) });
  let document: unknown;
  try {
    document = JSON.parse(source);
  } catch {
    return fail({ type: 'x_content_parse_exception', reason: '[1:1] Unexpected character' });
  }
  if (!isObject(document)) return fail(illegal('document must be an object'));
  const twice = duplicateKey(source);
  if (twice === undefined) return { document };
  return fail({ type: 'x_content_parse_exception', reason: `[1:1] Duplicate field '${twice}'` });
}

interface Place {
  readonly id: string;
  readonly mapping: Mapping;
  /** The fields that this document adds. */
  readonly fields: Mapping;
}

function objectTrouble(object: Document, prefix: string, place: Place): ElasticItemError | undefined {
  for (const [name, value] of Object.entries(object)) {
    const trouble = nameTrouble(name, prefix) ?? fieldTrouble(`${prefix}${name}`, value, place);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function nameTrouble(name: string, prefix: string): ElasticItemError | undefined {
  if (prefix === '' && METADATA_FIELDS.has(name)) {
    return unparsable(
      `[1:1] Field [${name}] is a metadata field and cannot be added inside a document. Use the index API request parameters.`,
    );
  }
  const refused = (reason: string) => unparsable('[1:1] failed to parse', illegal(reason));
  if (name.trim() === '') return refused('field name cannot contain only whitespace');
  if (name.split('.').some((part) => part.trim() === '')) {
    return refused(
      `field name starting or ending with a [.] makes object resolution ambiguous: [${prefix}${name}]`,
    );
  }
  return undefined;
}

/** Checks one field and, because Elasticsearch reads `a.b` as `b` in the object `a`, each object above it. */
function fieldTrouble(path: string, value: unknown, place: Place): ElasticItemError | undefined {
  if (value === null) return undefined;
  const steps = path.split('.');
  if (steps.length + 1 > MOST_DEPTH) {
    const reason = `Limit of mapping depth [${MOST_DEPTH}] has been exceeded due to object field [${steps.slice(0, -1).join('.')}]`;
    return { status: 400, error: illegal(reason) };
  }
  for (let length = 1; length < steps.length; length += 1) {
    const above = steps.slice(0, length).join('.');
    if (isOpaque(typeAt(above, place))) return undefined;
    const trouble = markedAs('object', above, place);
    if (trouble !== undefined) return trouble;
  }
  // https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/enabled: non-object data is taken there, too.
  if (typeAt(path, place) === 'disabled') return undefined;
  if (Array.isArray(value)) {
    for (const item of value.flat(Number.POSITIVE_INFINITY)) {
      const trouble = fieldTrouble(path, item, place);
      if (trouble !== undefined) return trouble;
    }
    return undefined;
  }
  if (!isObject(value)) return markedAs('dynamic', path, place) ?? valueTrouble(path, value, place);
  if (typeAt(path, place) === 'flattened') return undefined;
  return markedAs('object', path, place) ?? objectTrouble(value, `${path}.`, place);
}

/** Elasticsearch makes no fields of what is in such an object. */
function isOpaque(type: FieldType | 'object' | 'dynamic' | undefined): boolean {
  return type === 'flattened' || type === 'disabled';
}

function typeAt(path: string, { mapping, fields }: Place): FieldType | 'object' | 'dynamic' | undefined {
  return mapping.get(path) ?? fields.get(path);
}

/** A field is an object in all documents or in none. */
function markedAs(kind: 'object' | 'dynamic', path: string, place: Place): ElasticItemError | undefined {
  const known = typeAt(path, place);
  if (known === undefined) place.fields.set(path, kind);
  if (known === undefined || (known === 'object') === (kind === 'object')) return undefined;
  if (known === 'object') {
    return unparsable(
      `[1:1] object mapping for [${path}] tried to parse field [${path}] as object, but found a concrete value`,
    );
  }
  const type = known === 'dynamic' ? 'keyword' : known;
  return unparsable(
    `[1:1] failed to parse field [${path}] of type [${type}] in document with id '${place.id}'.`,
    { type: 'illegal_state_exception', reason: `Can't get text on a START_OBJECT at 1:1` },
  );
}

function valueTrouble(path: string, value: unknown, place: Place): ElasticItemError | undefined {
  const type = typeAt(path, place);
  const why = type === undefined ? undefined : (VALUES[type]?.(value) ?? undefined);
  if (why === undefined) return undefined;
  return unparsable(
    `[1:1] failed to parse field [${path}] of type [${type}] in document with id '${place.id}'. Preview of field's value: '${String(value)}'`,
    illegal(why),
  );
}

/** By type, why a value does not fit; undefined if it does. Elasticsearch coerces numbers in strings, and takes any scalar as text. */
const VALUES: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  boolean: (value) =>
    typeof value === 'boolean' || ['true', 'false', ''].includes(String(value))
      ? undefined
      : `Failed to parse value [${String(value)}] as only [true] or [false] are allowed.`,
  date: (value) =>
    isDate(value)
      ? undefined
      : `failed to parse date field [${String(value)}] with format [strict_date_optional_time||epoch_millis]`,
  double: (value) =>
    typeof value !== 'boolean' && isNumber(value) ? undefined : `For input string: "${String(value)}"`,
  flattened: (value) =>
    `Failed to parse object: expecting token of type [START_OBJECT] but found [${typeof value}]`,
  ip: (value) => (isIP(String(value)) === 0 ? `'${String(value)}' is not an IP string literal.` : undefined),
  long: (value) => {
    if (typeof value === 'boolean' || !isNumber(value)) return `For input string: "${String(value)}"`;
    return Math.abs(Number(value)) >= 2 ** 63
      ? `Value [${String(value)}] is out of range for a long`
      : undefined;
  },
};

function isNumber(value: unknown): boolean {
  return String(value).trim() !== '' && Number.isFinite(Number(value));
}

function isDate(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value);
  return typeof value === 'string' && (ISO.test(value) || /^-?\d{1,19}$/.test(value));
}

function timestampTrouble(document: Document, source: string): ElasticItemError | undefined {
  const { '@timestamp': timestamp } = document;
  const at = `[1:${source.length}] failed to parse`;
  if (timestamp === undefined || timestamp === null) {
    const reason = 'data stream timestamp field [@timestamp] is missing';
    return unparsable(`${at}: ${reason}`, illegal(reason));
  }
  if (!Array.isArray(timestamp)) return undefined;
  const reason = 'data stream timestamp field [@timestamp] encountered multiple values';
  return timestamp.length === 1 ? undefined : unparsable(`${at}: ${reason}`, illegal(reason));
}
