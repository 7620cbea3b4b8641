/** Encodes and decodes dead letters: their names, their JSON, and their metadata. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { hourOf } from '../shared/blob-ref.ts';
import { messageOf } from '../shared/errors.ts';
import { sourcePath } from '../shared/event.ts';
import { deadLetterRecord, ROW_ENCODINGS } from './dead-letter-schema.ts';
import {
  type DeadLetter,
  DeadLetterError,
  type DeadLetterFilter,
  type DeadLetterSummary,
  UnreadableLetterError,
} from './dead-letters.ts';

/** The size limit of a stored letter: room for a row of 16 MiB and the payload made from it. */
export const MAX_LETTER_BYTES = 64 * 1_048_576;

/** The folder of letters without a destination. Destination names cannot begin with an underscore. */
const NO_DESTINATION = '_unreadable';

/** The folder of rows that the relay still tries to deliver. They are separate so that listing them does not list the others. */
const ISOLATING = '_isolating/';

const NAME =
  /^(?:(?:_unreadable|[a-z0-9-]{1,63})\/(?:\d{4}\/\d{2}\/\d{2}|undated)|_isolating\/[a-z0-9-]{1,63})\/[0-9a-f]{64}\.json$/;

/** The folder of a destination's letters: `<destination>/`. */
export function letterFolder(destination: string | null | undefined): string {
  return `${destination ?? NO_DESTINATION}/`;
}

/** The common prefix of all letters that can pass a filter. */
export function filterFolder({ destination, isolating = false }: DeadLetterFilter): string {
  const folder = destination === undefined ? '' : letterFolder(destination);
  return isolating ? `${ISOLATING}${folder}` : folder;
}

/** Whether a name has the form that {@link letterName} makes. */
export function isLetterName(name: string): boolean {
  return NAME.test(name);
}

/**
 * The blob name of a letter: `<destination>/<yyyy>/<mm>/<dd>/<hash>.json`, with the date of the source blob's hour, or `undated`; and
 * `_isolating/<destination>/<hash>.json` while the relay still tries to deliver the row.
 *
 * If the same destination refuses the same row again, the name is the same, whatever the reason and the time. The hash is computed from
 * the event id, or from the bytes of a row that could not be read and has no event id.
 */
export function letterName(letter: DeadLetter): string {
  const { destination, source, id, rule, row } = letter;
  const identity = id ?? createHash('sha256').update(row).digest('hex');
  const hash = createHash('sha256')
    .update(JSON.stringify([sourcePath(source), source.offset, destination ?? null, identity, rule ?? null]))
    .digest('hex');
  if (letter.isolating) return `${ISOLATING}${letterFolder(destination)}${hash}.json`;
  const hour = hourOf(source.blob);
  const day = hour === undefined ? 'undated' : new Date(hour).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${letterFolder(destination)}${day}/${hash}.json`;
}

/**
 * Encodes a letter as JSON. The row is text if it is UTF-8, so that a person can read it; otherwise base64.
 *
 * A letter beyond 64 MiB is stored without its payload, which the rules can make again. If the row alone is too long, throws
 * `dead_letter_too_large`.
 */
export function encodeLetter(letter: DeadLetter, storedOn: number): Buffer {
  const { destination, row, payload, ...rest } = letter;
  const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  const head = { v: 1, storedOn, ...(destination !== undefined && { destination }), ...rest };
  for (const encoding of ROW_ENCODINGS) {
    if (bytes.length > MAX_LETTER_BYTES || (encoding === 'utf8' && !isUtf8(bytes))) continue;
    const body = { ...head, encoding, row: bytes.toString(encoding) };
    for (const more of payload === undefined || payload.length > MAX_LETTER_BYTES
      ? [{}]
      : [{ payload }, {}]) {
      const content = Buffer.from(JSON.stringify({ ...body, ...more }));
      if (content.length <= MAX_LETTER_BYTES) return content;
    }
  }
  throw new DeadLetterError(
    'dead_letter_too_large',
    `The row at ${letter.source.offset} of ${letter.source.blob} is too long for the dead letters`,
  );
}

/** Decodes a stored letter. Throws {@link UnreadableLetterError}. */
export function decodeLetter(
  content: Buffer,
  name: string,
  etag: string,
): { letter: DeadLetter; storedOn: number } {
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch (thrown) {
    throw new UnreadableLetterError(`${name} is not JSON: ${messageOf(thrown)}`, etag);
  }
  const parsed = deadLetterRecord.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UnreadableLetterError(
      `${name} is not a dead letter this version can read: ${issue?.path.join('.')}: ${issue?.message}`,
      etag,
    );
  }
  const { storedOn, destination, reason, message, length, encoding, row } = parsed.data;
  const { name: sourceName, ...place } = parsed.data.source;
  const source = { ...(sourceName !== undefined && { name: sourceName }), ...place };
  const { id, table, rule, details, payload, answers, isolating } = parsed.data;
  return {
    storedOn,
    letter: {
      destination,
      reason,
      message,
      source,
      length,
      row: new Uint8Array(Buffer.from(row, encoding)),
      ...(payload !== undefined && { payload }),
      ...(id !== undefined && { id }),
      ...(table !== undefined && { table }),
      ...(rule !== undefined && { rule }),
      ...(details !== undefined && { details }),
      ...(answers !== undefined && { answers }),
      ...(isolating !== undefined && { isolating }),
    },
  };
}

export function summaryOfLetter(name: string, letter: DeadLetter, storedOn: number): DeadLetterSummary {
  const { destination, reason, source, length, id, table, rule, isolating } = letter;
  return {
    name,
    destination,
    reason,
    storedOn,
    blob: encodeURIComponent(source.blob.toWellFormed()).length > MAX_METADATA_BLOB ? undefined : source.blob,
    offset: source.offset,
    length,
    ...(source.name !== undefined && { source: source.name }),
    ...(id !== undefined && { id }),
    ...(table !== undefined && { table }),
    ...(rule !== undefined && { rule }),
    ...(isolating !== undefined && { nextTry: isolating.next }),
  };
}

/** The length limit of the blob path in metadata. All metadata of a blob may have 8 KiB (Microsoft Learn, "Set Blob Metadata"). */
const MAX_METADATA_BLOB = 4096;
const MAX_METADATA_TEXT = 512;

/** Encodes a summary as blob metadata, in which names must be C# identifiers and values printable ASCII. */
export function letterMetadata(summary: DeadLetterSummary): Record<string, string> {
  const { destination, reason, storedOn, source, blob, offset, length, id, table, rule, nextTry } = summary;
  const texts = { destination, reason, source, blob, id, table, rule };
  const metadata: Record<string, string> = {
    stored: String(storedOn),
    offset: String(offset),
    length: String(length),
    ...(nextTry !== undefined && { next: String(nextTry) }),
  };
  for (const [key, value] of Object.entries(texts)) {
    if (value === undefined) continue;
    const limit = key === 'blob' ? MAX_METADATA_BLOB : MAX_METADATA_TEXT;
    metadata[key] = percentEncoded(value, limit);
  }
  return metadata;
}

/** Percent-encodes text; text that is too long is cut after a whole character. */
function percentEncoded(text: string, limit: number): string {
  let encoded = '';
  for (const character of text.toWellFormed()) {
    const next = encodeURIComponent(character);
    if (encoded.length + next.length > limit) break;
    encoded += next;
  }
  return encoded;
}

const integer = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
const decoded = z.lazy(() =>
  z.string().transform((text, context) => {
    try {
      return decodeURIComponent(text);
    } catch {
      context.addIssue('not percent-encoded');
      return z.NEVER;
    }
  }),
);
const metadataSchema = z.lazy(() =>
  z.object({
    stored: integer,
    offset: integer,
    length: integer,
    next: integer.optional(),
    reason: decoded,
    destination: decoded.optional(),
    source: decoded.optional(),
    blob: decoded.optional(),
    id: decoded.optional(),
    table: decoded.optional(),
    rule: decoded.optional(),
  }),
);

/** Decodes what {@link letterMetadata} wrote; undefined for a blob that is not a letter. */
export function summaryFromMetadata(
  name: string,
  metadata: Readonly<Record<string, string>> | undefined,
): DeadLetterSummary | undefined {
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success || !isLetterName(name)) return undefined;
  const { stored, offset, length, next, reason, destination, source, blob, id, table, rule } = parsed.data;
  return {
    name,
    destination,
    reason,
    storedOn: stored,
    blob,
    offset,
    length,
    ...(source !== undefined && { source }),
    ...(id !== undefined && { id }),
    ...(table !== undefined && { table }),
    ...(rule !== undefined && { rule }),
    ...(next !== undefined && { nextTry: next }),
  };
}

/** Whether a letter passes a filter. */
export function passes(summary: DeadLetterSummary, filter: DeadLetterFilter): boolean {
  const { destination, source, reason, from = 0, to = Number.POSITIVE_INFINITY, isolating = false } = filter;
  if ((summary.nextTry !== undefined) !== isolating) return false;
  if (destination !== undefined && summary.destination !== (destination ?? undefined)) return false;
  if (source !== undefined && summary.source !== source) return false;
  if (reason !== undefined && summary.reason !== reason) return false;
  return summary.storedOn >= from && summary.storedOn < to;
}
