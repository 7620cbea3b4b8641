/** Parses one row as Azure wrote it into the row that rules evaluate, or returns why it cannot be read. */
import type { CodeOf } from '../../shared/error-codes.ts';
import { messageOf } from '../../shared/errors.ts';
import type { Row, RowSource } from '../../shared/event.ts';
import { eventId } from '../../shared/event-id.ts';
import { parseExact } from '../../shared/exact-numbers.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { isPlumbing, PLUMBING_PREFIX } from '../../shared/plumbing.ts';
import { ByteRow } from './byte-row.ts';
import { PageRow } from './page-row.ts';
import type { RawRow } from './raw-row.ts';
import { scanRow } from './scan.ts';
import { tableOf } from './table.ts';

/** Telemetry never nests deeper than this, and deeper nesting would overflow the stack of the code that walks it. */
export const DEPTH_LIMIT = 128;

/**
 * Telemetry never has more members and elements than this. JSON.parse takes 180 ms for 300,000 of them and blocks everything else
 * meanwhile. Only large rows are checked, because small ones cannot contain so many.
 */
export const VALUES_LIMIT = 50_000;
const MANY_VALUES_FROM = 256 * 1024;

/** The reasons why a row cannot be read, which become the reasons of dead letters. */
export type BadRowReason = CodeOf<'rows'>;

export type ParsedRow =
  | { readonly ok: true; readonly row: Row; readonly repaired: boolean }
  | { readonly ok: false; readonly reason: BadRowReason; readonly message: string };

const REPLACEMENT = '\ufffd';

/**
 * A row of a scanned page that stays bytes, as nearly all do; undefined for a row that {@link parseRow} has to parse. For those who read
 * many rows: it makes no object for the result. The parameters are those of {@link parseRow}.
 */
export function plainRow(raw: RawRow, blob: string, limit: number, source?: string): Row | undefined {
  const isPlain = raw instanceof PageRow && raw.isPlain && raw.to - raw.from <= limit;
  return isPlain ? new ByteRow(raw, blob, source) : undefined;
}

/**
 * Parses one row of a Defender stream.
 *
 * A row of a scanned page stays bytes unless the scan found something unusual. Otherwise it is parsed as a whole; this parsing defines how
 * every row is read.
 *
 * Bytes that are not UTF-8 become U+FFFD and the row is delivered (`repaired`), because an attacker's invalid byte must not keep an event
 * from arriving. Numbers that a double cannot hold keep their digits (ExactNumber).
 *
 * @param blob `container/name`, for the row's source.
 * @param limit the length limit of a row in bytes.
 * @param source the source's name, if it has one.
 */
export function parseRow(raw: RawRow, blob: string, limit: number, source?: string): ParsedRow {
  const plain = plainRow(raw, blob, limit, source);
  if (plain) return { ok: true, repaired: false, row: plain };
  if (raw.truncated || lengthOf(raw) > limit) {
    return bad('row_too_large', `The row has ${raw.end - raw.offset} bytes; the limit is ${limit}`);
  }
  const values = raw.bytes.length > MANY_VALUES_FROM ? scanRow(raw.bytes).values : 0;
  if (values > VALUES_LIMIT) {
    return bad('too_many_values', `The row has more than ${VALUES_LIMIT} members and elements`);
  }
  const text = raw.bytes.toString('utf8');
  let value: JsonValue;
  try {
    value = parseExact(text);
  } catch (error) {
    return bad('not_json', messageOf(error));
  }
  if (!isJsonObject(value)) return bad('not_an_object', 'The row is JSON, but no object');
  const { properties: span, depth } = scanRow(raw.bytes);
  if (depth > DEPTH_LIMIT)
    return bad('too_deep', `The row nests ${depth} levels; the limit is ${DEPTH_LIMIT}`);
  const category = Object.hasOwn(value, 'category') ? value.category : undefined;
  if (typeof category !== 'string' || category === '') return bad('no_category', 'The row has no category');
  const properties = Object.hasOwn(value, 'properties') ? value.properties : undefined;
  if (!isJsonObject(properties) || !span) return bad('no_properties', 'The row has no properties object');

  const { properties: _, ...envelope } = value;
  const plumbed = text.includes(PLUMBING_PREFIX);
  const columns = plumbed ? withoutPlumbing(properties) : properties;
  return {
    ok: true,
    repaired: text.includes(REPLACEMENT) && !raw.bytes.includes(REPLACEMENT),
    row: new JsonRow(category, raw.bytes.subarray(span.start, span.end), {
      properties: columns,
      envelope,
      text: plumbed ? undefined : onOneLine(text),
      source: { ...(source !== undefined && { name: source }), blob, offset: raw.offset },
    }),
  };
}

/**
 * A row of a JSON document may span lines, and what takes one row a line (files, NDJSON) would cut it there. JSON has line
 * feeds only between values: in strings they are escaped.
 */
function onOneLine(text: string): string {
  return text.includes('\n') ? text.replace(/\r?\n/g, ' ') : text;
}

/** A row that was parsed as a whole. Its id is computed on first use, because most rows that a filter drops need none. */
class JsonRow implements Row {
  readonly table: string;
  readonly properties: JsonObject;
  readonly envelope: JsonObject;
  readonly text: string | undefined;
  readonly source: RowSource;
  readonly #category: string;
  /** A view of the page, released once the id is computed. */
  #bytes: Buffer | undefined;
  #id = '';

  constructor(
    category: string,
    bytes: Buffer,
    { properties, envelope, text, source }: Omit<Row, 'id' | 'table'>,
  ) {
    this.table = tableOf(category);
    this.properties = properties;
    this.envelope = envelope;
    this.text = text;
    this.source = source;
    this.#category = category;
    this.#bytes = bytes;
  }

  get id(): string {
    if (this.#bytes) {
      this.#id = eventId(this.#category, this.#bytes);
      this.#bytes = undefined;
    }
    return this.#id;
  }
}

/** The length of a row, computed without making a view of a scanned row's bytes. */
function lengthOf(raw: RawRow): number {
  return raw instanceof PageRow ? raw.to - raw.from : raw.bytes.length;
}

function withoutPlumbing(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !isPlumbing(name)));
}

function bad(reason: BadRowReason, message: string): ParsedRow {
  return { ok: false, reason, message };
}
