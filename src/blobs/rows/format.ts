/** Detects the format of a blob, or of a file, by its first bytes. */
import { jsonMistake } from '../../shared/json-mistake.ts';

/** The formats of blobs. */
export type Format = 'lines' | 'document' | 'gzip';

/** The formats of files, which also people write: `objects` are JSON objects one after the other, each on as many lines as it takes. */
export type FileFormat = Format | 'objects';

/** How many bytes suffice to detect the format. */
export const FORMAT_BYTES = 512;

const GZIP_MAGIC = [0x1f, 0x8b] as const;
const DOCUMENT = /^\ufeff?\s*(?:\[|\{\s*"records"\s*:\s*\[)/;

/**
 * Detects the format by a blob's first bytes: gzip by its magic number (RFC 1952, section 2.3.1), a document by the opening of a JSON array
 * or of `{"records": [`, and JSON Lines otherwise.
 */
export function formatOf(head: Uint8Array): Format {
  if (head[0] === GZIP_MAGIC[0] && head[1] === GZIP_MAGIC[1]) return 'gzip';
  return DOCUMENT.test(Buffer.from(head).toString('utf8')) ? 'document' : 'lines';
}

/** The first line of a file, from its `{` on, and the next line that is not blank, up to its first character. */
const TWO_LINES = /^\ufeff?\s*(\{[^\n]*)\n(?:\s*\n)?([ \t]*\S)/;

/**
 * Detects the format of a file: that of a blob, or `objects` where the first line is the beginning of an object that the next line goes on
 * with, as in the output of `jq`. Where the next line begins an object itself, the first one is a line that was cut.
 */
export function fileFormatOf(head: Uint8Array): FileFormat {
  const format = formatOf(head);
  if (format !== 'lines') return format;
  const [, first = '', next] = TWO_LINES.exec(Buffer.from(head).toString('utf8')) ?? [];
  return next !== undefined && next !== '{' && jsonMistake(first)?.at === first.length ? 'objects' : 'lines';
}
