/** Detects the format of a blob by its first bytes. */

/** The formats of blobs. */
export type Format = 'lines' | 'document' | 'gzip';

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
